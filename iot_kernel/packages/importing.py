"""Asks a board what it can import, and from where."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.board import FileBoard
from iot_kernel.snippets import snippet
from iot_kernel.text import literal

ASK_TIMEOUT = 10.0  # s; the slowest board answers within one

_READ_ONLY = "/rom"  # a file system in flash that only a programmer writes
_LIBRARY = "lib"


@dataclass(frozen=True, slots=True)
class Imports:
    """How a board imports.

    Attributes:
        mpy: its ``sys.implementation._mpy``; None where it imports sources only.
        path: its ``sys.path``; None where the firmware has none, and looks in its one directory.
        here: its current directory.
    """

    mpy: int | None
    path: tuple[str, ...] | None
    here: str

    @property
    def library(self) -> str | None:
        """The directory for packages: the first of its path that is called ``lib``; None without such."""
        if self.path is None:
            return "/"
        names = (self.absolute(path) for path in self.path if not path.startswith(_READ_ONLY))
        return next((path for path in names if posixpath.basename(path) == _LIBRARY), None)

    def absolute(self, path: str) -> str:
        """A path on the board, tidied up; a relative one begins in its current directory."""
        return "/" + posixpath.normpath(posixpath.join(self.here, path)).lstrip("/")


def ask_imports(board: FileBoard) -> Imports:
    """Asks a board what it can import.

    Raises:
        RemoteProtocolError: its answer makes no sense.
        Exception: as ``board.exec`` does.
    """
    answer = board.exec(snippet("imports"), timeout=ASK_TIMEOUT)
    match literal(answer):
        case (int() | None as mpy, None, str(here)):
            return Imports(mpy, None, here)
        case (int() | None as mpy, list(path), str(here)) if all(isinstance(entry, str) for entry in path):
            return Imports(mpy, tuple(path), here)
    raise RemoteProtocolError("asking the board what it can import", answer.encode())
