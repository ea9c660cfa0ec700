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
        return [
            int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if wanted in _words(path)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _words(path: Path) -> list[bytes]:
    """Return a process's command; one that is just starting another program shows none for a moment."""
    words = b""
    with contextlib.suppress(OSError):  # it ended meanwhile, or is another user's
        for _ in range(LOOKS):
            words = path.read_bytes()
            if words:
                break
            path.with_name("exe").readlink()  # threads of the system and dead processes have no program
            time.sleep(LOOK_SECONDS)
    return words.split(b"\0")
