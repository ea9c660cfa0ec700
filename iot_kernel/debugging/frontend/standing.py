"""What a frontend may look at while code of a board stands: frames, scopes and variables, by numbers.

A number is never given out twice in one stretch of `NUMBERS`, so that one of a place which the code has left
finds nothing. No I/O: what the board says is awaited from a `StandingBoard`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Protocol

from iot_kernel.debugging.errors import CommandFailedError, NotStoppedError
from iot_kernel.debugging.frontend.variable_rows import Row, in_order, more_row, other_row, variable_row
from iot_kernel.debugging.instrumentation.checkpoints import ScopeKind
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.instrumentation.traced import EVERY_NAME
from iot_kernel.debugging.messages import Variable, VariablePage
from iot_kernel.syntax.parsing import is_expression

#: Makes MIME types of a variable: how the user writes it, what it is, the first things in it.
Render = Callable[[str, Variable, VariablePage | None], Mapping[str, str]]

#: Of frames and of lists of variables. debugpy counts from 1 or takes addresses; the variables panel has its
#: own ones below.
NUMBERS = range((1 << 30) + (1 << 20), 1 << 31)

#: Characters of an expression that leads to a variable; longer ones are of no use to a person.
LONGEST_PATH = 300

#: Kinds whose items have a place or a key in brackets.
_SUBSCRIPTED = frozenset(
    {"list", "tuple", "dict", "OrderedDict", "bytes", "bytearray", "array", "range", "ndarray"}
)

_UNTOLD = "MicroPython tells no local variables of code that ran without checkpoints"

_NOT_SET = "cannot be set here: {}; where the code stands it can, in a function with a breakpoint"

_PLAIN_NAME = "<module>"  # debugpy's name for what is in no function


class StandingBoard(Protocol):
    """What can be asked of a board while its code stands; raises as `BoardDebugger` does."""

    async def local(self, frame: StackFrame, start: int) -> VariablePage:
        """The local variables of a frame, from one on."""

    async def wide(self, module: str | None, start: int) -> VariablePage:
        """Globals, or with None the names of the class in the making."""

    async def children(self, reference: int, start: int) -> VariablePage:
        """What is inside of a variable."""

    async def evaluate(self, frame: StackFrame, code: str) -> Variable:
        """The value of an expression."""

    async def execute(self, frame: StackFrame, code: str) -> Sequence[str]:
        """Executes statements; the local names that did not get what was assigned to them."""


class What(Enum):
    """Where variables are looked for."""

    LOCAL = auto()
    WIDE = auto()
    CLASS = auto()
    INSIDE = auto()


@dataclass(frozen=True, slots=True)
class Listing:
    """Variables that a number stands for.

    Attributes:
        what: where they are.
        frame: from which they are seen.
        reference: by which the board knows what they are inside of.
        path: an expression for that; empty where there is none.
        kind: the name of its type where it has items, and no attributes.
        start: how many come before.
    """

    what: What
    frame: StackFrame
    reference: int = 0
    path: str = ""
    kind: str = ""
    start: int = 0

    def path_to(self, name: str) -> str | None:
        """Returns the expression for one of its variables; None where there is none."""
        if self.what is not What.INSIDE:
            found = name if name.isidentifier() else ""
        elif not self.path:
            return None
        elif self.kind:
            found = f"{self.path}[{name}]" if self.kind in _SUBSCRIPTED else ""
        else:
            found = f"{self.path}.{name}" if name.isidentifier() else ""
        return found if is_expression(found) and len(found) <= LONGEST_PATH else None


class Standing:
    """The place where code stands.

    Args:
        stack: its frames, the outermost first.
        numbers: gives out the next number.
        render: shows a variable alone.
    """

    def __init__(self, stack: Sequence[StackFrame], numbers: Numbers, render: Render) -> None:
        self._render = render
        self._stack = stack
        self._numbers = numbers
        self._frames: dict[int, StackFrame] = {}
        self._shown: dict[int, StackFrame] = {}
        self._listings: dict[int, Listing] = {}
        self._paths: dict[
            str, str
        ] = {}  # by the last name, all that JupyterLab knows when it shows one alone

    def frames(self) -> list[Row]:
        """Returns the call stack as `stackTrace` tells it: the innermost frame first."""
        if not self._shown:
            self._shown = {self._numbers.next(): frame for frame in reversed(self._stack)}
            self._frames |= self._shown
        return [
            {
                "id": number,
                "name": frame.place.checkpoint.scope.name or _PLAIN_NAME,
                "line": frame.place.checkpoint.line,
                "column": 1,
                "source": {"path": frame.place.key, "sourceReference": 0},
            }
            for number, frame in self._shown.items()
        ]

    def renumber(self, number: object) -> None:
        """Has the frames get new numbers beside those that they have, if this is the innermost one's.

        JupyterLab empties its list of variables when something was evaluated in the console, and asks for
        them again only where the frame that it shows has another number. Then it selects the innermost one;
        who has selected another would evaluate the next expression there unawares.
        """
        with suppress(NotStoppedError):
            if self._frame(number) is self._stack[-1]:
                self._shown = {}

    def scopes(self, number: object) -> list[Row]:
        """Returns the scopes of a frame; a module's local names are its global ones, as debugpy has it."""
        frame = self._frame(number)
        kind = frame.place.checkpoint.scope.kind
        inner = {ScopeKind.FUNCTION: What.LOCAL, ScopeKind.CLASS: What.CLASS}.get(kind, What.WIDE)
        if inner is What.CLASS and frame is not self._stack[-1]:
            inner = What.WIDE  # the board can tell of the innermost frame only
        return [
            {
                "name": name,
                "expensive": False,
                "source": {},
                "variablesReference": self._listed(Listing(what, frame)),
                **({"presentationHint": "locals"} if name == "Locals" else {}),
            }
            for name, what in (("Locals", inner), ("Globals", What.WIDE))
        ]

    async def variables(self, number: object, board: StandingBoard) -> list[Row]:
        """Returns what a number stands for; where there is more, the last row leads to it."""
        listing = self._listing(number)
        page = await self._page(listing, board)
        found = in_order(page.variables) if listing.what is What.WIDE else page.variables
        rows = [self._row(variable, listing) for variable in found] or _untold(listing)
        if page.rest is not None:
            rows.append(more_row(page.rest, page.total, self._listed(replace(listing, start=page.rest))))
        return rows

    async def evaluate(self, number: object, text: str, board: StandingBoard) -> Row:
        """Evaluates an expression, or executes statements, in a frame.

        Args:
            number: of the frame; None for the innermost one.
            text: the code.
            board: where.

        Raises:
            CommandFailedError: it raised; or names could not be set.
        """
        return await self._evaluate(self._frame(number), text, board)

    async def assign(self, number: object, path: str, value: str, board: StandingBoard) -> Row:
        """Gives a new value to what an expression leads to, and returns the value as `evaluate` does."""
        return await self._assign(self._frame(number), path, value, board)

    async def set_variable(self, number: object, name: str, value: str, board: StandingBoard) -> Row:
        """Gives a new value to a variable of a list, as `assign` does."""
        listing = self._listing(number)
        path = listing.path_to(name)
        if path is None:
            raise CommandFailedError("NameError", f"{name} cannot be set from here")
        return await self._assign(listing.frame, path, value, board)

    async def shown_alone(self, number: object, name: str, board: StandingBoard) -> Mapping[str, str]:
        """Returns a variable of a frame, or what was unfolded from one, by MIME types."""
        path = self._paths.get(name, name)
        if not is_expression(path):
            raise CommandFailedError("SyntaxError", "this is no expression")
        value = await board.evaluate(self._frame(number), path.strip())
        page = await board.children(value.reference, 0) if value.reference else None
        return self._render(name, value, page)

    async def _evaluate(self, frame: StackFrame, text: str, board: StandingBoard) -> Row:
        if not is_expression(text):
            await self._execute(frame, text, board)
            return {"result": "", "type": "", "variablesReference": 0}
        path = text.strip()
        value = await board.evaluate(frame, path)
        row = self._row(value, Listing(What.INSIDE, frame), path)
        return {
            "result": row["value"] or f"<{value.kind}>",
            **{name: row[name] for name in ("type", "variablesReference")},
        }

    async def _assign(self, frame: StackFrame, path: str, value: str, board: StandingBoard) -> Row:
        if not (is_expression(path) and is_expression(value)):
            raise CommandFailedError("SyntaxError", "this is no expression")
        await self._execute(frame, f"{path} = ({value})", board)
        return await self._evaluate(frame, path, board)

    async def _execute(self, frame: StackFrame, text: str, board: StandingBoard) -> None:
        if kept := await board.execute(frame, text):
            raise CommandFailedError("NameError", _NOT_SET.format(", ".join(kept)))

    async def _page(self, listing: Listing, board: StandingBoard) -> VariablePage:
        match listing.what:
            case What.LOCAL:
                return await board.local(listing.frame, listing.start)
            case What.WIDE:
                return await board.wide(listing.frame.place.module, listing.start)
            case What.CLASS:
                return await board.wide(None, listing.start)
            case What.INSIDE:
                return await board.children(listing.reference, listing.start)

    def _row(self, variable: Variable, listing: Listing, path: str | None = None) -> Row:
        path = listing.path_to(variable.name) if path is None else path
        number = 0
        if variable.reference:
            kind = "" if variable.size is None else variable.kind
            number = self._listed(Listing(What.INSIDE, listing.frame, variable.reference, path or "", kind))
        row = variable_row(variable, number)
        if path is None:
            return row
        if path == variable.name or variable.name not in self._paths:
            self._paths[variable.name] = path
        return {**row, "evaluateName": path}

    # Numbers

    def _listed(self, listing: Listing) -> int:
        number = self._numbers.next()
        self._listings[number] = listing
        return number

    def _listing(self, number: object) -> Listing:
        listing = self._listings.get(number) if isinstance(number, int) else None
        if listing is None:
            raise NotStoppedError
        return listing

    def _frame(self, number: object) -> StackFrame:
        if number is None and self._stack:
            return self._stack[-1]
        frame = self._frames.get(number) if isinstance(number, int) else None
        if frame is None:
            raise NotStoppedError
        return frame


class Numbers:
    """Gives out the numbers of `NUMBERS`, in turn."""

    def __init__(self) -> None:
        self._at = 0

    def next(self) -> int:
        """Returns the next one."""
        self._at += 1
        return NUMBERS[self._at % len(NUMBERS)]


def _untold(listing: Listing) -> list[Row]:
    """Says why there are no local variables where the board cannot know them."""
    if listing.what is not What.LOCAL or listing.frame.place.checkpoint.names != EVERY_NAME:
        return []
    return [other_row("(unknown)", _UNTOLD)]
