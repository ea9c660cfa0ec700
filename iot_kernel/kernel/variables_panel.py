"""Answers what JupyterLab's variables panel asks: the board's variables beside the sub-kernel's. No I/O.

The panel speaks the debug adapter protocol (https://microsoft.github.io/debug-adapter-protocol) and Jupyter's
``inspectVariables`` and ``richInspectVariables``. What is about the sub-kernel's variables is left to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from iot_kernel.boards.live_names import BUSY, ToldVariables
from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.frontend.debugged_board import AskSubkernel, Request
from iot_kernel.debugging.frontend.variable_rows import Row, in_order, more_row, other_row, variable_row
from iot_kernel.debugging.messages import Variable
from iot_kernel.device.children import LONGEST_VALUE, Path
from iot_kernel.kernel.variable_view import note_view, variable_view
from iot_kernel.syntax.cell import Target

#: Numbers by which the panel asks for parts of ours. debugpy counts from 1 or takes addresses of objects.
REFERENCES = range(1 << 30, (1 << 30) + (1 << 20))

#: characters of a text that is shown alone
_LONGEST_ALONE = 400

#: Things of one name that are shown together; the panel asks for what was unfolded by its last name only.
_MOST_ALIKE = 4

#: What the sub-kernel lists of its own accord.
_NOBODYS = frozenset(
    {"In", "Out", "exit", "quit", "get_ipython", "open", "special variables", "function variables"}
)

#: Asks the current board what is inside of what a path leads to: from which one on, characters of a value.
AskBoard = Callable[[Path, int, int], Awaitable[ToldVariables]]


#: The row that says that breakpoints do not stop the board, and those below it.
_BREAKPOINTS = "(breakpoints)"
_WHY = "(why)"
_INSTEAD = "(instead)"


@dataclass(frozen=True, slots=True)
class ListedBoard:
    """The board whose variables a panel lists.

    Attributes:
        name: of the current board; empty where there is none.
        why_not: why breakpoints do not stop it; None where they may, or nobody debugs.
    """

    name: str = ""
    why_not: CannotDebugError | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """Things on the board that a number stands for, from one on.

    Attributes:
        path: to what they are inside of; empty for the variables.
        label: how the user writes that.
        has_names: they are found by name, and not by place.
        start: how many come before.
    """

    path: Path = ()
    label: str = ""
    has_names: bool = True
    start: int = 0

    def inside(self, variable: Variable, place: int) -> _Part | None:
        """Returns where one of them is; None where no name leads there.

        Args:
            variable: one of them.
            place: of it among all of them.
        """
        if not self.has_names:
            step: str | int = place
            label = f"{self.label}[{variable.name}]"
        elif variable.name.isidentifier():
            step = variable.name
            label = f"{self.label}.{step}" if self.label else step
        else:
            return None
        return _Part((*self.path, step), label, has_names=variable.size is None)


class VariablesPanel:
    """What one kernel has told panels. The constructor touches nothing.

    Args:
        ask_board: asks the current board.
    """

    def __init__(self, ask_board: AskBoard) -> None:
        self._ask_board = ask_board
        # None stands for the sub-kernel's variables, and an error for what it says
        self._parts: list[_Part | CannotDebugError | None] = []
        self._told: dict[str, dict[_Part, Variable]] = {}  # by name: those of the board
        self._hosts: set[str] = set()

    async def answer(
        self, request: Request, target: Target, board: ListedBoard, ask_subkernel: AskSubkernel
    ) -> Row | None:
        """Answers a request.

        Args:
            request: as the frontend sent it.
            target: where plain cells run: whose variables are listed, with one row for all of the other's.
            board: the current board.
            ask_subkernel: asks the sub-kernel.

        Returns:
            None where the sub-kernel answers.
        """
        arguments = request.get("arguments") or {}
        reference, name = arguments.get("variablesReference"), arguments.get("variableName")
        match request.get("command"):
            case "inspectVariables":
                return _response(
                    request, variables=await self._inspect(request, target, board, ask_subkernel)
                )
            case "variables" if isinstance(reference, int) and reference in REFERENCES:
                rows = await self._children(request, reference - REFERENCES[0], board, ask_subkernel)
                return _response(request, variables=rows)
            case "richInspectVariables" if "frameId" not in arguments:
                data = _explain(str(name), board.why_not) or await self._render(str(name), target)
                return None if data is None else _response(request, data=data, metadata={})
        return None

    async def scopes(self, request: Request, ask_subkernel: AskSubkernel) -> list[Row]:
        """Returns the scope of the sub-kernel's variables beside those of a frame; none where it has none."""
        if not _has_own(await self._hosts_rows(request, ask_subkernel)):
            return []
        return [
            {"name": "%%host", "expensive": False, "source": {}, "variablesReference": self._number(None)}
        ]

    async def _inspect(
        self, request: Request, target: Target, board: ListedBoard, ask_subkernel: AskSubkernel
    ) -> list[Row]:
        self._parts.clear()
        self._told.clear()
        hosts = await self._hosts_rows(request, ask_subkernel)
        if target is Target.HOST:
            ours = [other_row(f"({board.name})", "the board", self._number(_Part()))]
            return [*hosts, *ours] if board.name else hosts
        rows = await self._page(_Part(), board)
        if _has_own(hosts):
            rows.append(other_row("(%%host)", "this computer", self._number(None)))
        return rows

    async def _children(
        self, request: Request, index: int, board: ListedBoard, ask_subkernel: AskSubkernel
    ) -> list[Row]:
        if index >= len(self._parts):  # of a list that was made before the last one
            return []
        match self._parts[index]:
            case None:
                return await self._hosts_rows(request, ask_subkernel)
            case _Part() as part:
                return await self._page(part, board)
            case CannotDebugError() as why_not:
                rows = [(_WHY, why_not.in_short or why_not.why), (_INSTEAD, why_not.instead)]
                return [other_row(name, text) for name, text in rows if text]

    async def _page(self, part: _Part, board: ListedBoard) -> list[Row]:
        told = await self._ask_board(part.path, part.start, LONGEST_VALUE)
        page, rows = told.page, []
        if board.why_not is not None and part == _Part():
            rows.append(other_row(_BREAKPOINTS, "none here", self._number(board.why_not)))
        if told.why and (page is None or told.why != BUSY):
            rows.append(other_row(f"({board.name or 'board'})", told.why))
        if page is None:
            return rows
        found = {
            id(each): self._note(part, each, place) for place, each in enumerate(page.variables, page.start)
        }
        for each in page.variables if part.path else in_order(page.variables):
            inside = found[id(each)]
            number = self._number(inside) if each.reference and inside is not None else 0
            rows.append(variable_row(each, number))
        if page.rest is not None:
            rows.append(more_row(page.rest, page.total, self._number(replace(part, start=page.rest))))
        return rows

    def _note(self, part: _Part, variable: Variable, place: int) -> _Part | None:
        inside = part.inside(variable, place)
        if inside is not None:
            self._told.setdefault(variable.name, {})[inside] = variable
        return inside

    def _number(self, part: _Part | CannotDebugError | None) -> int:
        if len(self._parts) == len(REFERENCES):
            return 0
        self._parts.append(part)
        return REFERENCES[len(self._parts) - 1]

    async def _render(self, name: str, target: Target) -> dict[str, str] | None:
        """What a panel shows of a thing alone; it knows only the name, which several may have."""
        is_told, is_hosts = name in self._told, name in self._hosts
        if (is_hosts or not is_told) if target is Target.HOST else (is_hosts and not is_told):
            return None
        if not (is_told or name.isidentifier()):
            return note_view(f"{name}: unfold it")
        told = list(self._told.get(name, {_Part((name,), name): None}).items())[-_MOST_ALIKE:]
        views = [view for part, variable in told if (view := await self._view(part, variable)) is not None]
        if not views:
            return None
        return {kind: "".join(view[kind] for view in views) for kind in views[0]}

    async def _view(self, part: _Part, variable: Variable | None) -> dict[str, str] | None:
        told = await self._ask_board(part.path, 0, _LONGEST_ALONE)
        about = variable
        if told.page is not None and told.page.about is not None:
            about = told.page.about
        if about is None:
            return note_view(f"{part.label}: {told.why}") if told.why else None
        return variable_view(part.label, about, told.page if about.reference else None, told.why)

    async def _hosts_rows(self, request: Request, ask_subkernel: AskSubkernel) -> list[Row]:
        """Asks the sub-kernel for its variables in the name of another request."""
        reply = await ask_subkernel({**request, "command": "inspectVariables", "arguments": {}}) or {}
        variables = (reply.get("body") or {}).get("variables")
        rows = [row for row in variables if isinstance(row, dict)] if isinstance(variables, list) else []
        self._hosts = {str(row.get("name")) for row in rows}
        return rows


def _explain(name: str, why_not: CannotDebugError | None) -> dict[str, str] | None:
    """What a panel shows of the rows about breakpoints alone."""
    if why_not is None or name not in (_BREAKPOINTS, _WHY, _INSTEAD):
        return None
    return note_view(str(why_not))


def _has_own(rows: list[Row]) -> bool:
    return any(row.get("name") not in _NOBODYS for row in rows)


def _response(request: Request, **body: object) -> Row:
    return {
        "type": "response",
        "seq": request.get("seq", 0),
        "request_seq": request.get("seq", 0),
        "success": True,
        "command": request.get("command", ""),
        "body": body,
    }
