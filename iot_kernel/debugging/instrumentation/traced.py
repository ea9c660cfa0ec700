"""Code that stops without checkpoints, where the firmware has ``sys.settrace``. Pure.

Such code are functions of cells which ran as they are, and modules whose files lie on the board. In the
place of a checkpoint's number the board tells one of their lines: the file, the function, the line where
that begins (for files the module), and the line. All cells are the file ``<stdin>`` there, and each piece of
one begins at line 1.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint, Scope, ScopeKind
from iot_kernel.debugging.instrumentation.instrument import instrument
from iot_kernel.syntax.cell import BoardCode

TracedLine = tuple[str, str, int | str, int]

#: Characters of a file's name; most file systems of boards take fewer.
LONGEST_FILE_NAME = 300

#: Stands for all names that the firmware knows of a frame.
EVERY_NAME = ("*",)

#: Before the name of a file of the board, in paths for frontends.
PREFIX = "board:"

#: Functions of which a board is told, the latest: each takes about 60 bytes there.
MOST_FUNCTIONS = 200

#: What boards call all cells, and code outside of functions.
_CELL, _OUTSIDE = "<stdin>", "<module>"


@dataclass(frozen=True, slots=True)
class TracedFunction:
    """A function of a cell, as the board knows it.

    Attributes:
        name: without those around it.
        first: the line where it begins.
        last: the last line in which it can stop.
    """

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Function:
    path: str
    shift: int
    told: TracedFunction
    scope: Scope
    lines: frozenset[int]


def is_line(value: object) -> bool:
    """Whether something that a board said is a line of such code."""
    match value:
        case (str(file), str(name), int() | str() as where, int(line)):
            texts = (file, name, str(where))
            return line >= 0 and all(len(each) <= LONGEST_FILE_NAME and each.isprintable() for each in texts)
    return False


class TracedCode:
    """What is known of such code. The constructor touches nothing."""

    def __init__(self) -> None:
        #: whether the firmware of the board that runs cells traces lines; None until it was asked
        self.is_possible: bool | None = None
        self._pieces: dict[str, Sequence[BoardCode]] = {}  # of cells that nobody has looked into yet
        self._functions: dict[tuple[str, int], _Function] = {}
        self._checked: dict[str, set[Scope]] = {}  # functions that have checkpoints by now
        self._files: dict[str, str] = {}
        self._modules: dict[str, str] = {}
        self._points: dict[str, dict[int, Checkpoint]] = {}

    def add_cell(self, path: str, pieces: Sequence[BoardCode]) -> None:
        """A cell may be on the board as it is. It is parsed when a board that traces lines needs it.

        Args:
            path: of the cell.
            pieces: what went to the board.
        """
        self._functions = {key: each for key, each in self._functions.items() if each.path != path}
        self._checked.pop(path, None)
        self._pieces.pop(path, None)
        self._pieces[path] = pieces

    def remove(self, path: str, points: Iterable[Checkpoint]) -> None:
        """Functions of a cell have checkpoints by now.

        Args:
            path: of the cell.
            points: the checkpoints.
        """
        checked = {point.scope for point in points}
        self._checked.setdefault(path, set()).update(checked)
        self._functions = {
            key: each
            for key, each in self._functions.items()
            if each.path != path or each.scope not in checked
        }

    def functions(self) -> list[TracedFunction]:
        """Returns the functions to be traced, the latest first."""
        return [each.told for each in self._known().values()][: -MOST_FUNCTIONS - 1 : -1]

    def _known(self) -> dict[tuple[str, int], _Function]:
        """All functions of cells; one that was defined again is the last."""
        for path, pieces in list(self._pieces.items())[-MOST_FUNCTIONS:]:
            for piece in pieces:
                for function in _functions(path, piece):
                    if function.scope in self._checked.get(path, ()):
                        continue
                    key = function.told.name, function.told.first
                    self._functions.pop(key, None)
                    self._functions[key] = function
        self._pieces.clear()
        return self._functions

    async def read(self, path: str, read: Callable[[str], Awaitable[str]]) -> str:
        """Returns the text of a file of the board, which is read once.

        Args:
            path: begins with `PREFIX`.
            read: reads a file while its code stands.
        """
        if path not in self._files:
            self._files[path] = text = await read(path.removeprefix(PREFIX))
            self._points[path] = {point.line: point for point in reversed(instrument(text).checkpoints)}
        return self._files[path]

    def text(self, path: str) -> str | None:
        """Returns the text of a file of the board; None where it is not known."""
        return self._files.get(path)

    def stops(self, path: str) -> list[Checkpoint]:
        """Returns where a file of the board can stop."""
        return list(self._points.get(path, {}).values())

    def place(self, line: TracedLine) -> tuple[str, str, Checkpoint] | None:
        """Finds what a board means by a line: the path, whose globals it has, and a checkpoint there."""
        file, name, where, number = line
        if isinstance(where, str):
            path = PREFIX + file
            self._modules[path] = where
            point = self._points.get(path, {}).get(number)
            return path, where, _checkpoint(number, _scope_in_file(name, point))
        function = self._known().get((name, where))
        if function is None:
            return None
        return function.path, "", _checkpoint(number + function.shift, function.scope)

    def at(self, path: str, line: int) -> list[TracedLine]:
        """Returns what the board calls a line in which a breakpoint stops; empty where nothing is traced."""
        if (point := self._points.get(path, {}).get(line)) is not None:
            name = _short(point.scope) or _OUTSIDE
            return [(path.removeprefix(PREFIX), name, self._modules.get(path, ""), line)]
        return [
            (_CELL, each.told.name, each.told.first, line - each.shift)
            for each in self._known().values()
            if each.path == path and line in each.lines
        ]


def _functions(path: str, piece: BoardCode) -> list[_Function]:
    """The functions in a piece of a cell; those that have no statement which can stop are left out."""
    shift = piece.line - 1
    scopes: dict[Scope, set[int]] = {}
    for point in instrument("\n" * shift + piece.code).checkpoints:
        if point.scope.kind is ScopeKind.FUNCTION:
            scopes.setdefault(point.scope, set()).add(point.line)
    return [
        _Function(
            path,
            shift,
            TracedFunction(_short(scope), scope.line - shift, max(lines) - shift),
            scope,
            frozenset(lines),
        )
        for scope, lines in scopes.items()
    ]


def _short(scope: Scope) -> str:
    return scope.name.rpartition(".")[2]


def _scope_in_file(name: str, point: Checkpoint | None) -> Scope:
    if point is not None and _short(point.scope) == name:
        return point.scope
    return Scope("", ScopeKind.MODULE, 1) if name == _OUTSIDE else Scope(name, ScopeKind.FUNCTION, 0)


def _checkpoint(line: int, scope: Scope) -> Checkpoint:
    names = EVERY_NAME if scope.kind is ScopeKind.FUNCTION else ()
    return Checkpoint(0, line, 0, scope, names)
