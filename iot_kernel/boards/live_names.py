"""Names and files of the current board: asked while it waits for code, and from memory while it is busy.

What was asked since the last code ran is answered from memory, so that each letter costs no question. What is
older is told only where the board cannot be asked.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from iot_kernel.debugging.messages import VariablePage
from iot_kernel.device import lookup
from iot_kernel.device.children import LONGEST_VALUE, LittleMemoryError, Path, children
from iot_kernel.device.lookup import Found, NameDescription, Place
from iot_kernel.device.modules_in_c import is_in_c
from iot_kernel.errors import IoTKernelError
from iot_kernel.snippets import SHADOWED
from iot_kernel.syntax.bindings import Imported

#: things whose names are remembered, the latest; what a notebook shows at a time are far fewer
MOST_THINGS = 200

#: Why a board is not asked: code runs on it.
BUSY = "busy"

#: what was asked for
_Key = tuple[str | bool, ...]


class NamedBoard(Protocol):
    """What is needed of a board; `iot_kernel.device.device.Device` is one."""

    @property
    def platform(self) -> str:
        """Its ``sys.platform``."""

    @property
    def is_open(self) -> bool:
        """Whether there is a link to it."""

    @property
    def runs(self) -> int:
        """How often code ran on it that may have changed what there is."""

    def answer_when_idle(self, code: str) -> str | None:
        """Runs code that prints an answer; None where the board is busy or not at its prompt."""


@dataclass(frozen=True, slots=True)
class ToldVariables:
    """What a board has told of its variables, or of what is inside of one.

    Attributes:
        page: now or, of the variables themselves, the last time; None where nothing is known or there.
        why: it could not be asked now; empty where it was.
    """

    page: VariablePage | None = None
    why: str = ""


class LiveNames:
    """What one kernel knows of names and files on its board. Thread-safe; the constructor touches nothing."""

    def __init__(self) -> None:
        self._asking_turn = threading.Lock()
        self._names_lock = threading.Lock()
        self._known: OrderedDict[_Key, dict[str, tuple[int, Found]]] = OrderedDict()
        self._board: object = None
        self._modules: tuple[int, tuple[str, ...]] | None = None
        self._variables: VariablePage | None = None
        self._firmware: tuple[str, ...] | None = None

    def names(
        self,
        board: NamedBoard,
        place: Place,
        prefix: str,
        *,
        keys: bool = False,
        meanwhile: Place | None = None,
        may_ask: bool = True,
    ) -> Found | None:
        """Names in a thing.

        Args:
            board: the current one.
            place: where it is; no names for variables and builtins.
            prefix: letters with which the names begin.
            keys: of a dictionary instead.
            meanwhile: a place that will do while the board cannot be asked, if it has told of that one.
            may_ask: whether the board may be asked now.

        Returns:
            None where nothing is there, or nothing is known and the board cannot be asked.
        """
        platform = board.platform

        def ask(execute: lookup.Execute) -> Found | None:
            if not may_ask:
                raise _BusyError
            may_import = self._may_import(board, place)
            return lookup.names(execute, place, prefix, platform=platform, keys=keys, may_import=may_import)

        other = None if meanwhile is None else _key(meanwhile, keys)
        return self._answer(board, _key(place, keys), prefix, ask, other)

    def files(self, board: NamedBoard, directory: str, prefix: str) -> Found | None:
        """Names in a directory; see `lookup.files`.

        Returns:
            None where there is none, or nothing is known and the board cannot be asked.
        """
        platform = board.platform

        def ask(execute: lookup.Execute) -> Found | None:
            return lookup.files(execute, directory, prefix, platform=platform)

        return self._answer(board, ("files", directory), prefix, ask)

    def variables(self, board: NamedBoard, prefix: str) -> Found | None:
        """Variables that can be copied to the host; None where nothing is known and it cannot be asked."""
        platform = board.platform

        def ask(execute: lookup.Execute) -> Found | None:
            return lookup.variables(execute, prefix, platform=platform)

        return self._answer(board, ("variables",), prefix, ask)

    def modules(self, board: NamedBoard) -> tuple[str, ...]:
        """Modules that the board can import; what was told last where it cannot be asked."""
        with self._names_lock:
            self._notice(board)
            age = board.runs
            if self._modules is not None and self._modules[0] == age:
                return self._modules[1]
        with contextlib.suppress(_BusyError, IoTKernelError, OSError):
            self._modules = age, lookup.modules(self._execute(board), platform=board.platform)
        return self.remembered_modules(board)

    def remembered_modules(self, board: NamedBoard) -> tuple[str, ...]:
        """Modules that the board can import as it told them last; asks nobody."""
        with self._names_lock:
            self._notice(board)
            return () if self._modules is None else self._modules[1]

    def describe(self, board: NamedBoard, place: Place) -> NameDescription | None:
        """What is at a place; None where that is unknown, or the board cannot be asked."""
        execute = self._execute(board)
        try:
            may_import = self._may_import(board, place)
            return lookup.describe(execute, place, platform=board.platform, may_import=may_import)
        except (_BusyError, IoTKernelError, OSError):
            return None

    def _may_import(self, board: NamedBoard, place: Place) -> bool:
        """Whether the board has the module of a place in C; it is asked once for its firmware's modules."""
        if not isinstance(place, Imported) or not is_in_c(place.module):
            return False
        with self._names_lock:
            self._notice(board)
            listed = self._firmware
        if listed is None:
            listed = lookup.firmware_modules(self._execute(board), platform=board.platform)
            self._firmware = listed
        plain = place.module.removeprefix("u")
        return not {place.module, *((plain, f"u{plain}") if plain in SHADOWED else ())}.isdisjoint(listed)

    def _answer(
        self,
        board: NamedBoard,
        key: _Key,
        prefix: str,
        ask: Callable[[lookup.Execute], Found | None],
        other: _Key | None = None,
    ) -> Found | None:
        """Answers from memory, or asks the board; where it cannot be asked, the other key will do."""
        with self._names_lock:
            self._notice(board)
            age = board.runs
            old = self._remembered(key, prefix)
        if old is not None and old[0] == age:
            return old[1]
        try:
            found = ask(self._execute(board))
        except (_BusyError, IoTKernelError, OSError):
            with self._names_lock:
                old = old or (None if other is None else self._remembered(other, prefix))
            return None if old is None else old[1]
        if found is not None:
            self._remember(key, prefix, age, found)
        return found

    def children(
        self, board: NamedBoard, path: Path = (), start: int = 0, longest: int = LONGEST_VALUE
    ) -> ToldVariables:
        """What a thing on the board consists of, its variables for a start; see `children.children`.

        The first page of the variables is told from memory where the board cannot be asked.
        """
        with self._names_lock:
            self._notice(board)
        try:
            page = children(self._execute(board), path, start, platform=board.platform, longest=longest)
        except LittleMemoryError as error:
            why = str(error)
        except (_BusyError, IoTKernelError, OSError) as error:
            why = BUSY if isinstance(error, _BusyError) else "no answer"
            why = why if board.is_open else "not connected"
        else:
            if not path and not start:
                self._variables = page
            return ToldVariables(page)
        return ToldVariables(None if path or start else self._variables, why)

    def _notice(self, board: NamedBoard) -> None:
        if board is not self._board:
            self._board = board
            self._known.clear()
            self._modules = self._variables = self._firmware = None

    def _remembered(self, key: _Key, prefix: str) -> tuple[int, Found] | None:
        """What was found for these letters, or for fewer of them if that was all there is; the newest."""
        answers = self._known.get(key, {})
        fitting = [
            (age, _narrowed(found, prefix))
            for asked, (age, found) in answers.items()
            if asked == prefix or (found.is_whole and prefix.startswith(asked))
        ]
        return max(fitting, key=lambda answer: answer[0], default=None)

    def _remember(self, key: _Key, prefix: str, age: int, found: Found) -> None:
        with self._names_lock:
            answers = self._known.setdefault(key, {})
            if any(other < age for other, _ in answers.values()):
                answers.clear()
            answers[prefix] = (age, found)
            self._known.move_to_end(key)
            while len(self._known) > MOST_THINGS:
                self._known.popitem(last=False)

    def _execute(self, board: NamedBoard) -> lookup.Execute:
        def execute(code: str) -> str:
            with self._asking_turn:  # one question after the other: the second is no reason to call it busy
                answer = board.answer_when_idle(code)
            if answer is None:
                raise _BusyError("the board is busy")
            return answer

        return execute


class _BusyError(Exception):
    """The board cannot be asked now."""


def _key(place: Place, keys: bool) -> _Key:
    if isinstance(place, Imported):
        return ("imported", place.module, *place.path, keys)
    return ("names", *place, keys)


def _narrowed(found: Found, prefix: str) -> Found:
    return Found(tuple(name for name in found.names if name.startswith(prefix)), found.is_whole)
