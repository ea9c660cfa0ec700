"""The texts that code on boards came from, so that a debugger can show the lines it stands in. Pure."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from iot_kernel.debugging.instrumentation.checkpoints import Scope, ScopeKind
from iot_kernel.debugging.instrumentation.names import FunctionNode
from iot_kernel.syntax.cell import BoardCode
from iot_kernel.syntax.parsing import parsed

#: Texts that are kept, the latest; a notebook has some hundred cells.
MOST_TEXTS = 1000


@dataclass(frozen=True, slots=True)
class SourceText:
    """A cell or a file.

    Attributes:
        name: for the user: ``In [3]``, or a path.
        lines: as the user sees them; empty where they are not known.
        code: those that the board has got; the others are empty.
    """

    name: str
    lines: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """Returns a line without white space around it; empty where there is none."""
        return "".join(self.lines[number - 1 : number]).strip()

    def function(self, scope: Scope) -> FunctionNode | None:
        """Returns the function that a scope belongs to; None where the text does not tell."""
        if scope.kind is not ScopeKind.FUNCTION:
            return None
        name = scope.name.rpartition(".")[2]
        tree = parsed("\n".join(self.code))
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, FunctionNode) and node.name == name:
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                if first <= scope.line <= node.lineno:
                    return node
        return None

    def extent(self, scope: Scope) -> tuple[int, int]:
        """Returns the first and the last line of a scope; of all of the text where it is no function."""
        node = self.function(scope)
        return (1, len(self.lines)) if node is None else (scope.line, node.end_lineno or scope.line)


class SourceTexts:
    """The texts by the keys that their checkpoints have."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, SourceText] = OrderedDict()

    def add(self, key: str, name: str, cell: str, piece: BoardCode) -> None:
        """A piece of a cell goes to a board.

        Args:
            key: of its checkpoints.
            name: of the cell, for the user.
            cell: all of its text.
            piece: what goes to the board.
        """
        lines = tuple(cell.split("\n"))
        before = self._texts.get(key)
        known = before.code if before is not None and before.lines == lines else ("",) * len(lines)
        self._texts[key] = SourceText(name, lines, _laid_over(known, piece))
        self._texts.move_to_end(key)
        if len(self._texts) > MOST_TEXTS:
            self._texts.popitem(last=False)

    def find(self, key: str) -> SourceText:
        """Returns a text; one without lines where it is not known."""
        return self._texts.get(key) or SourceText(key)


def laid_out(name: str, piece: BoardCode) -> SourceText:
    """Returns the text of a piece of a cell of which nothing else is known."""
    lines = _laid_over((), piece)
    return SourceText(name, lines, lines)


def _laid_over(lines: Sequence[str], piece: BoardCode) -> tuple[str, ...]:
    code = piece.code.split("\n")
    start = piece.line - 1
    before = [*lines[:start], *[""] * (start - len(lines))]
    return (*before, *code, *lines[start + len(code) :])
