"""A virtual board for tests: its address, and a way to pull its plug.

Its process belongs to the transport that opens the address; here is only what a test does to it from outside.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from tools import boards


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
    try:
        return path.read_bytes().split(b"\0")
    except OSError:  # the process ended meanwhile, or is another user's
        return []
