"""Functions of cells that ran without checkpoints: which of them can get some without running the cell again.

A function can be exchanged by the same one with checkpoints where it is a plain one of the outermost level,
and where the board still has it as its cell has made it: nothing that ran later gives its name another value,
as far as texts tell. Others have to wait until the cell runs again, and the user is told. Pure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from iot_kernel.debugging.frontend.breakpoint import Breakpoint
from iot_kernel.debugging.frontend.breakpoints import Breakpoints
from iot_kernel.debugging.frontend.cell_paths import CellPaths
from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint, ScopeKind
from iot_kernel.debugging.instrumentation.micropython_compiler import constant_names
from iot_kernel.debugging.instrumentation.names import FunctionNode, Names, bound_by
from iot_kernel.debugging.words import all_words, used_words
from iot_kernel.syntax.cell import BoardCode
from iot_kernel.syntax.parsing import parsed

#: Words of code that may give any name another value.
_ANY = frozenset({"exec", "execfile", "globals", "setattr", "__dict__", "__import__"})


class RanPiece(Protocol):
    """Code that ran on the board."""

    @property
    def text(self) -> str:
        """The code."""

    @property
    def line(self) -> int:
        """The line of the cell in which it starts."""

    @property
    def reached(self) -> str:
        """What of it has run for certain."""


Past = Callable[[], Sequence[RanPiece]]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that can be exchanged.

    Attributes:
        name: its name.
        first: the first of its lines in the piece.
        last: the last one.
        mentions: the words in it.
        yields: it is called by asking for its items.
    """

    name: str
    first: int
    last: int
    mentions: Names
    yields: bool


@dataclass(frozen=True, slots=True)
class EarlierPiece:
    """A piece of an earlier cell, and what can be exchanged of it.

    Attributes:
        path: of the cell.
        code: its text.
        piece: the piece.
        functions: those of it.
    """

    path: str
    code: str
    piece: BoardCode
    functions: tuple[Function, ...]

    def has_line(self, function: Function, line: int) -> bool:
        """Whether a line of the cell is one of a function."""
        return function.first <= line - self.piece.line + 1 <= function.last

    def only(self, names: Iterable[str]) -> BoardCode:
        """The piece with nothing but these functions in it, each on its lines."""
        kept = {
            line
            for function in self.functions
            if function.name in names
            for line in range(function.first, function.last + 1)
        }
        lines = self.piece.code.split("\n")
        text = "\n".join(line if number in kept else "" for number, line in enumerate(lines, 1))
        return BoardCode(text, self.piece.line)


class EarlierCells:
    """The cells that ran before. The constructor touches nothing.

    Args:
        breakpoints: those of the frontend.
        paths: of cells.
        cut: cuts cells.
        past: gives what ran on the current board since it started, the latest last.
    """

    def __init__(
        self,
        breakpoints: Breakpoints,
        paths: CellPaths,
        cut: Callable[[str], Sequence[BoardCode]],
        past: Past,
    ) -> None:
        self._breakpoints = breakpoints
        self._paths = paths
        self._cut = cut
        self._past = past
        self._told: set[tuple[str, str]] = set()

    def waiting(self, code: str) -> list[str]:
        """Returns functions with breakpoints that a cell may call and that do not stop, each once.

        They stop after their own cell has run again: frontends do not show what breakpoints say.

        Args:
            code: the text of the cell, which is about to run.
        """
        here, words = self._paths.path(code), used_words(code)
        waiting = {(path, name) for path, name in self._breakpoints.waiting() if path != here}
        self._told &= waiting
        told = {(path, name) for path, name in waiting - self._told if words & set(name.split("."))}
        self._told |= told
        return sorted(name for _, name in told)

    def to_exchange(self, code: str) -> list[EarlierPiece]:
        """Returns what to exchange for the breakpoints that a cell may reach by its words.

        Args:
            code: the text of the cell, which is about to run.
        """
        if not self._breakpoints.listed():
            return []
        past = self._past()
        pieces = [
            piece
            for path, known in self._paths.known()
            if known != code and not self._breakpoints.defined(path)
            for piece in self._pieces(path, known, past)
        ]
        stopping = _growing(set(self._stopping(pieces)), pieces)
        mentioned = all_words(code, [*self._breakpoints.known(), *_known(pieces)])
        return [
            piece
            for piece in pieces
            if any(function.name in stopping & mentioned for function in piece.functions)
        ]

    def exchange(self, piece: EarlierPiece, names: frozenset[str]) -> str:
        """Returns the text that gives a board these functions of a piece anew, with checkpoints."""
        return self._breakpoints.send_functions(piece.path, piece.only(names), names).source

    def set_breakpoints(
        self, path: str, code: str, wanted: Sequence[Mapping[str, Any]]
    ) -> list[Breakpoint] | None:
        """Exchanges the breakpoints of a cell, and tells those that wait for their cell; see `Breakpoints`.

        Returns:
            None where nothing of it goes to boards.
        """
        if not self._cut(code):
            return None
        return self._breakpoints.exchange(path, code, wanted, self._waits(path, code))

    def _waits(self, path: str, code: str) -> Callable[[Checkpoint], bool]:
        past = self._past()
        has_run = any(_last(piece, past) is not None for piece in self._cut(code))
        stops = self._breakpoints.defined(path) | {
            function.name for piece in self._pieces(path, code, past) for function in piece.functions
        }

        def waits(point: Checkpoint) -> bool:
            is_inside = point.scope.kind is not ScopeKind.MODULE
            return has_run and is_inside and point.scope.name.partition(".")[0] not in stops

        return waits

    def _pieces(self, path: str, code: str, past: Sequence[RanPiece]) -> Iterator[EarlierPiece]:
        for piece in self._cut(code):
            if found := exchangeable(piece, past):
                yield EarlierPiece(path, code, piece, found)

    def _stopping(self, pieces: Iterable[EarlierPiece]) -> Iterator[str]:
        for piece in pieces:
            for line in self._breakpoints.lines(piece.path):
                yield from (each.name for each in piece.functions if piece.has_line(each, line))


def exchangeable(piece: BoardCode, past: Sequence[RanPiece]) -> tuple[Function, ...]:
    """Returns the functions that a board still has as a piece of a cell has made them.

    Args:
        piece: the piece.
        past: what ran on the board, the latest last.
    """
    at = _last(piece, past)
    tree = None if at is None else parsed(past[at].reached)
    if at is None or tree is None:
        return ()
    bound = [name for node in ast.walk(tree) for name in bound_by(node)]
    constants = constant_names(tree)
    found = (_function(node, piece.code) for node in tree.body if isinstance(node, FunctionNode))
    return tuple(
        function
        for function in found
        if function is not None and bound.count(function.name) == 1 and not function.mentions & constants
        if not any(_may_bind(later.text, function.name) for later in past[at + 1 :])
    )


def _last(piece: BoardCode, past: Sequence[RanPiece]) -> int | None:
    found = (at for at, ran in enumerate(past) if (ran.text, ran.line) == (piece.code, piece.line))
    return max(found, default=None)


def _function(node: FunctionNode, text: str) -> Function | None:
    given = [*node.args.defaults, *node.args.kw_defaults]
    are_constant = all(default is None or isinstance(default, ast.Constant) for default in given)
    if node.decorator_list or not are_constant:
        return None
    last = node.end_lineno or node.lineno
    words = used_words("\n".join(text.split("\n")[node.lineno - 1 : last]))
    inner = (part for part in ast.walk(node) if isinstance(part, ast.Yield | ast.YieldFrom))
    yields = isinstance(node, ast.AsyncFunctionDef) or any(inner)
    return Function(node.name, node.lineno, last, words - {node.name}, yields)


def _may_bind(text: str, name: str) -> bool:
    """Whether code may give a name another value."""
    words = used_words(text)
    if words & _ANY or re.search(r"\bimport\s*\*", text):
        return True
    if name not in words:
        return False
    tree = parsed(text)
    return tree is None or any(name in bound_by(node) for node in ast.walk(tree))


def _growing(names: set[str], pieces: Sequence[EarlierPiece]) -> set[str]:
    """Adds the functions that mention one of these, and those that mention them."""
    while True:
        more = {each.name for piece in pieces for each in piece.functions if each.mentions & names} - names
        if not more:
            return names
        names = names | more


def _known(pieces: Iterable[EarlierPiece]) -> Iterator[tuple[Names, Names]]:
    for piece in pieces:
        yield from ((frozenset({each.name}), each.mentions) for each in piece.functions)
