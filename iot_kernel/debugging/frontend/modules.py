"""Modules of a board whose files came from this computer: breakpoints in them, and which need checkpoints.

A module gets them when it is imported, as long as somebody debugs. What a board has imported before keeps the
text that it has: to import it anew would lose what it holds. No I/O: `ModuleFiles` knows the files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from iot_kernel.debugging.frontend.breakpoint import Breakpoint
from iot_kernel.debugging.frontend.breakpoints import Breakpoints
from iot_kernel.debugging.instrumentation.checkpoints import LeftAlone

#: Modules that one cell can lead to: each text takes memory of the board until it is imported.
MOST_MODULES = 30

#: Files with breakpoints that are not on the board.
MOST_EARLY = 200

IMPORTED_BEFORE = "{} was imported before it could stop; after %softreset, import it again and it stops here"
CHANGED = "the file has changed here since it was copied to the board; copy it again"


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A module on the board, and the file here that it came from.

    Attributes:
        path: of the file here.
        file: of the module on the board.
        name: by which it is imported.
        digest: of what was copied, by SHA-256.
    """

    path: str
    file: str
    name: str
    digest: bytes


class ModuleFiles(Protocol):
    """Which modules of the current board came from here."""

    def known(self) -> Sequence[ModuleFile]:
        """Returns them."""

    def find(self, path: str) -> ModuleFile | None:
        """Returns the one that came from a file here, however its path is written."""

    def text(self, module: ModuleFile) -> str | None:
        """Returns the text as it was copied; None where the file here is another one by now."""


@dataclass(frozen=True, slots=True)
class SentModule:
    """A module with checkpoints.

    Attributes:
        key: stands for this text.
        module: which one it is.
        source: its text.
        left_alone: what in it has no checkpoints.
    """

    key: str
    module: ModuleFile
    source: str
    left_alone: tuple[LeftAlone, ...]


class DebuggedModules:
    """Modules in one kernel's debugger. The constructor touches nothing; not thread-safe.

    Args:
        files: which modules there are.
        breakpoints: those of cells, and of these modules by the paths of their files here.
    """

    def __init__(self, files: ModuleFiles, breakpoints: Breakpoints) -> None:
        self._files = files
        self._breakpoints = breakpoints
        self._early: dict[
            str, Sequence[Mapping[str, Any]]
        ] = {}  # breakpoints in files that are not copied yet
        self._digests: dict[str, bytes] = {}  # by path: of which text breakpoints are
        self._sent: dict[str, str] = {}  # by path: the text that was sent last, without checkpoints
        self._keys: dict[str, tuple[str, bytes, frozenset[int]]] = {}

    # What frontends ask

    def rows(self) -> list[dict[str, Any]]:
        """Returns the modules as `modules` tells them."""
        return [
            {"id": f"board {each.file}", "name": f"{each.name} (board)", "path": each.path}
            for each in self._files.known()
        ]

    def find(self, path: str) -> ModuleFile | None:
        """Returns the module that came from a file."""
        return self._files.find(path)

    def text(self, path: str) -> str | None:
        """Returns the text of a file that is a module's; None where it is none, or has changed."""
        module = self.find(path)
        text = None if module is None else self._files.text(module)
        return self._sent.get(path) if text is None else text

    def exchange(self, module: ModuleFile, wanted: Sequence[Mapping[str, Any]]) -> list[Breakpoint]:
        """Exchanges the breakpoints of a module, as `Breakpoints.exchange` does."""
        text = self._files.text(module)
        self._renew(module)
        made = self._breakpoints.exchange_module(module.path, text, wanted)
        if text is None:
            return [replace(each, is_verified=False, message=each.message or CHANGED) for each in made]
        return made

    def note(self, path: str, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Breakpoints are set in a file that is no module of the board; it may be copied there later."""
        self._early.pop(path, None)
        if wanted and len(self._early) < MOST_EARLY:
            self._early[path] = wanted

    def clear(self) -> None:
        """Forgets all breakpoints, those of cells, too."""
        self._early.clear()
        self._breakpoints.clear()

    def _exchange_early(self) -> None:
        for path in list(self._early):
            if (module := self.find(path)) is not None:
                self.exchange(module, self._early.pop(path))

    # What boards need

    def stops(self, code: str) -> bool:
        """Whether a cell may lead to a module with a breakpoint, as far as names tell."""
        self._exchange_early()
        stopping = self._breakpoints.stopping()
        return bool(stopping) and any(each.path in stopping for each in self._reached(code))

    def wanted(self, code: str, *, follows: bool) -> list[ModuleFile]:
        """Returns the modules that have to be imported with checkpoints.

        Args:
            code: the text of the cell that is about to run.
            follows: its calls are followed, so that it can step into them.
        """
        self._exchange_early()
        stopping = self._breakpoints.stopping()
        if not (follows or stopping):
            return []
        wanted = {each.file: each for each in self._files.known() if each.path in stopping}
        if follows:
            wanted |= {each.file: each for each in self._reached(code)}
        return list(wanted.values())[:MOST_MODULES]

    def has_breakpoints(self, module: ModuleFile) -> bool:
        """Whether one is set in a module."""
        return module.path in self._breakpoints.stopping()

    def is_current(self, module: ModuleFile, key: str | bool | None) -> bool:
        """Whether a key is that of the module's text with checkpoints, whenever they were put in."""
        known = self._keys.get(key) if isinstance(key, str) else None
        return known is not None and known[:2] == (module.path, module.digest)

    def is_ready(self, module: ModuleFile, keys: Collection[str]) -> bool:
        """Whether a board that waits for the import has what `send` would give it."""
        lines = frozenset(self._breakpoints.lines(module.path))
        return any(self._keys.get(key) == (module.path, module.digest, lines) for key in keys)

    def send(self, module: ModuleFile) -> SentModule | None:
        """Puts checkpoints into a module; None where its file here is another one by now."""
        text = self._files.text(module)
        if text is None:
            return None
        self._renew(module)
        made = self._breakpoints.send_module(module.path, text, module.name)
        self._sent[module.path] = text
        key = f"{module.name}-{self._breakpoints.table.highest}"
        self._keys[key] = module.path, module.digest, frozenset(self._breakpoints.lines(module.path))
        return SentModule(key, module, made.source, made.left_alone)

    def _renew(self, module: ModuleFile) -> None:
        """Forgets where an older text of a module stops: its lines are others."""
        if self._digests.get(module.path) != module.digest:
            self._breakpoints.forget_sent(module.path)
            self._digests[module.path] = module.digest

    def _reached(self, code: str) -> list[ModuleFile]:
        """The modules that a cell names, and those that they name."""
        known: dict[str, list[ModuleFile]] = {}
        for module in self._files.known():
            known.setdefault(module.name.rpartition(".")[2], []).append(module)
        reached: dict[str, ModuleFile] = {}
        texts = [code] if known else []
        while texts and len(reached) < MOST_MODULES:
            found = [module for name in _words(texts.pop()) for module in known.pop(name, ())]
            reached |= {module.file: module for module in found}
            texts += [text for module in found if (text := self._files.text(module)) is not None]
        return list(reached.values())


def _words(text: str) -> Iterator[str]:
    return iter(dict.fromkeys(re.findall(r"[^\W\d]\w*", text)))
