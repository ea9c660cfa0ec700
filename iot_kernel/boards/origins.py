"""Remembers which files of this computer were copied to a board, so that errors can show their lines.

What is told has to be true: a file that has changed here since it was copied is not the one on the board, and
a module that was loaded when its file was replaced goes on as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from iot_kernel.device import lookup
from iot_kernel.errors import IoTKernelError

#: files of one board; whole projects have some hundreds
MOST_FILES = 5000

#: bytes of a source that is read to show a line of it; boards have no room for more
LONGEST_SOURCE = 1 << 20

#: Where a board's relative paths may begin.
_HERE = ("/", "/flash/")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a board's module comes from.

    Attributes:
        path: on the board.
        source: the file here.
        digest: of what was copied.
        mark: of the board's life in which it was copied.
        was_loaded: the board had loaded the module before, with another content; None where nobody knows.
        at: when it was copied, by `time.monotonic`.
    """

    path: str
    source: Path
    digest: bytes
    mark: str
    was_loaded: bool | None = False
    at: float = field(default_factory=time.monotonic)

    @property
    def module(self) -> str:
        """The module's name with those of its packages, where boards usually look for modules."""
        inside = self.path.removeprefix("/flash/").removeprefix("/").removeprefix("lib/")
        return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def text(self) -> str | None:
        """The source as it was copied; None where the file here is another one by now."""
        data = _content(self.source)
        if data is None or digest(data) != self.digest:
            return None
        return data.decode(errors="replace")


class Origins:
    """The modules of one board that came from here. Compiled ones are known by their source's path."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Origin] = OrderedDict()
        self._before: OrderedDict[str, Origin] = (
            OrderedDict()
        )  # files that were written or removed since they were copied

    def note(
        self, sources: Mapping[str, Path], mark: str, *, loaded: Collection[str] | None, sent: Collection[str]
    ) -> None:
        """Files of this computer are on the board, as they are here now.

        Args:
            sources: by the board's path; those of compiled modules are their sources.
            mark: of the board's life.
            loaded: files of modules that the board has loaded; None where it cannot tell.
            sent: those of the paths that were not on the board before as they are now.
        """
        loaded_paths = None if loaded is None else {each for file in loaded for each in _paths(file)}
        for path, source in sources.items():
            data = _content(source) if source.suffix == ".py" else None
            if data is None:
                continue
            key, content = _key(path), digest(data)
            old = self._known.get(key) or self._before.pop(key, None)
            if old is not None and old.digest == content:
                self._known[key] = Origin(key, source, content, old.mark, old.was_loaded, old.at)
                continue
            was_loaded = (None if loaded_paths is None else key in loaded_paths) if path in sent else False
            self._known[key] = Origin(key, source, content, mark, was_loaded)
        while len(self._known) > MOST_FILES:
            self._known.popitem(last=False)

    def forget(self, path: str) -> None:
        """A file on the board was written or removed, or a directory with all in it."""
        key = _key(path)
        gone = [each for each in self._known if each == key or each.startswith(f"{key.rstrip('/')}/")]
        self._before |= {each: self._known.pop(each) for each in gone}
        while len(self._before) > MOST_FILES:
            self._before.popitem(last=False)

    def find(self, file: str) -> Origin | None:
        """What is known of a file, as a traceback calls it."""
        return next((self._known[path] for path in _paths(file) if path in self._known), None)

    def all(self) -> list[Origin]:
        """Returns all that is known."""
        return list(self._known.values())

    def replaced(self, mark: str) -> list[Origin]:
        """Modules that the board may go on with as they were, in a life of it."""
        return [each for each in self._known.values() if each.mark == mark and each.was_loaded is not False]


class LoadingBoard(Protocol):
    """What is needed of a board; `iot_kernel.device.device.Device` is one."""

    @property
    def platform(self) -> str:
        """Its ``sys.platform``."""

    @property
    def mark(self) -> str:
        """Stands for its life."""

    def answer_when_idle(self, code: str) -> str | None:
        """Runs code that prints an answer; None where the board is busy or not at its prompt."""


def note_copied(
    origins: Origins, board: LoadingBoard, sources: Mapping[str, Path], sent: Collection[str]
) -> None:
    """Files were copied; asks the board which of the modules it had loaded before.

    Args:
        origins: of the board.
        board: where they are now.
        sources: as for `Origins.note`.
        sent: as for `Origins.note`.
    """
    loaded: Collection[str] | None = None
    if any(path.endswith(".py") for path in sent):
        with contextlib.suppress(IoTKernelError, OSError):
            loaded = lookup.loaded_files(
                lambda code: board.answer_when_idle(code) or "", platform=board.platform
            )
    origins.note(sources, board.mark, loaded=loaded, sent=sent)


def digest(data: bytes) -> bytes:
    """Tells contents of files from one another."""
    return hashlib.sha256(data).digest()


def _key(path: str) -> str:
    return f"/{path.strip('/')}".removesuffix(".mpy") + (".py" if path.endswith(".mpy") else "")


def _paths(file: str) -> list[str]:
    """The paths that a file may have, whose name may count from the board's current directory."""
    if file.startswith("/"):
        return [_key(file)]
    return [_key(f"{here}{file.removeprefix('./')}") for here in _HERE]


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_SOURCE + 1)
    except OSError:
        return None
    return data if len(data) <= LONGEST_SOURCE else None
