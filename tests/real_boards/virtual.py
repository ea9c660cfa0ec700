"""A virtual board for tests: its address, and a way to pull its plug.

Its process belongs to the transport that opens the address; here is only what a test does to it from outside.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from tools import boards

LOOKS = 200  # at a process that shows no command, before it counts as one that has none
LOOK_SECONDS = 0.001
LONGEST_COMMAND = 1 << 16  # bytes; those of boards have some hundred


class VirtualBoard:
    """A virtual board with a directory of its own.

    Args:
        directory: Its file system.
        options: More options of the url, such as `boot="3"`.
    """

    def __init__(self, directory: Path, **options: str) -> None:
        self.directory = directory
        query = {"dir": str(directory), "micropython": str(boards.micropython()), **options}
        self.url = "sim://?" + urlencode(query)

    def kill(self) -> None:
        """End the board's process at once, as unplugging it would; nothing happens when it does not run."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def restart(self) -> None:
        """Switch the board off; the next one who opens its address switches it on."""
        self.kill()

    def close(self) -> None:
        """Switch the board off for good."""
        self.kill()

    def processes(self) -> list[int]:
        """Return the processes that run on the board's directory: one while it is on, else none."""
        wanted = os.fsencode(self.directory)
        with os.scandir("/proc") as entries:
            names = [entry.name for entry in entries if entry.name.isdigit()]
        return [int(name) for name in names if wanted in _words(name)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _words(process: str) -> list[bytes]:
    """Return a process's command; one that is just starting another program shows none for a moment.

    Thousands of tests look at all processes: this is what the system offers, without the comfort of `Path`.
    """
    words = b""
    with contextlib.suppress(OSError):  # it ended meanwhile, or is another user's
        for _ in range(LOOKS):
            descriptor = os.open(f"/proc/{process}/cmdline", os.O_RDONLY)
            try:
                words = os.read(descriptor, LONGEST_COMMAND)
            finally:
                os.close(descriptor)
            if words:
                break
            # Threads of the system and dead processes have no program, and this fails.
            os.readlink(f"/proc/{process}/exe")  # noqa: PTH115
            time.sleep(LOOK_SECONDS)
    return words.split(b"\0")
