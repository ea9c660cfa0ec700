"""Answers what JupyterLab's variables panel asks: the board's variables beside the sub-kernel's. No I/O.

The panel speaks the debug adapter protocol (https://microsoft.github.io/debug-adapter-protocol) and Jupyter's
``inspectVariables`` and ``richInspectVariables``. What is about the sub-kernel's variables is left to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from iot_kernel.device.children import Child, Page, Path, in_order
from iot_kernel.magics.tables import Note, as_bundle
from iot_kernel.magics.who import as_table
from iot_kernel.syntax.cell import Target

Row = dict[str, Any]
Request = Mapping[str, Any]

#: Numbers by which the panel asks for parts of ours. debugpy counts from 1 or takes addresses of objects.
REFERENCES = range(1 << 30, (1 << 30) + (1 << 20))

#: What the sub-kernel lists of its own accord.
_NOBODYS = frozenset(
    {"In", "Out", "exit", "quit", "get_ipython", "open", "special variables", "function variables"}
)

#: Asks the current board for a page of what a path leads to; None where it cannot be asked or finds nothing.
AskBoard = Callable[[Path, int], Awaitable[Page | None]]

#: Passes a request on to the sub-kernel; None where there is none.
AskHost = Callable[[Request], Awaitable[Request | None]]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a number stands for: a page of something on the board; the sub-kernel's variables when None."""

    path: Path | None
    start: int = 0


class VariablesPanel:
    """What one kernel has told panels. The constructor touches nothing.

    Args:
        ask_board: asks the current board.
    """

    def __init__(self, ask_board: AskBoard) -> None:
        self._ask_board = ask_board
        self._parts: list[_Part] = []

    async def answer(self, request: Request, target: Target, board: str, ask_host: AskHost) -> Row | None:
        """Answers a request.

        Args:
            request: as the frontend sent it.
            target: where plain cells run: whose variables are listed, with one row for all of the other's.
            board: the name of the current board; empty where there is none.
            ask_host: asks the sub-kernel.

        Returns:
            None where the sub-kernel answers.
        """
        arguments = request.get("arguments") or {}
        reference, name = arguments.get("variablesReference"), arguments.get("variableName")
        match request.get("command"):
            case "inspectVariables":
                return _response(request, variables=await self._inspect(request, target, board, ask_host))
            case "variables" if isinstance(reference, int) and reference in REFERENCES:
                return _response(
                    request, variables=await self._children(request, reference - REFERENCES[0], ask_host)
                )
            case "richInspectVariables" if target is Target.BOARD and "frameId" not in arguments:
                page = await self._ask_board((str(name),), 0)
                return _response(request, data={} if page is None else _rendered(page), metadata={})
        return None

    async def _inspect(self, request: Request, target: Target, board: str, ask_host: AskHost) -> list[Row]:
        self._parts.clear()
        hosts = await _hosts_variables(request, ask_host)
        if target is Target.HOST:
            return [*hosts, self._row(f"({board})", "variables of the board", _Part(()))] if board else hosts
        rows = await self._page(_Part(()))
        if any(row.get("name") not in _NOBODYS for row in hosts):
            rows.append(self._row("(%%host)", "variables of this computer", _Part(None)))
        return rows

    async def _children(self, request: Request, index: int, ask_host: AskHost) -> list[Row]:
        if index >= len(self._parts):  # of a list that was made before the last one
            return []
        part = self._parts[index]
        return await _hosts_variables(request, ask_host) if part.path is None else await self._page(part)

    async def _page(self, part: _Part) -> list[Row]:
        path = part.path or ()
        page = await self._ask_board(path, part.start)
        if page is None:
            return []
        rows = [self._child(path, child) for child in (page.children if path else in_order(page.children))]
        if page.rest is not None:
            rows.append(self._row("…", f"more, from {page.rest:,} on", _Part(path, page.rest)))
        return rows

    def _child(self, path: Path, child: Child) -> Row:
        part = _Part((*path, child.step)) if child.has_children else None
        return self._row(child.name, child.value, part, child.kind)

    def _row(self, name: str, value: str, part: _Part | None, kind: str = "") -> Row:
        reference = 0
        if part is not None and len(self._parts) < len(REFERENCES):
            reference = REFERENCES[len(self._parts)]
            self._parts.append(part)
        return {"name": name, "value": value, "type": kind, "variablesReference": reference}


def _rendered(page: Page) -> dict[str, str]:
    rest = [] if page.rest is None else [Note(f"… more, from {page.rest:,} on")]
    return as_bundle([as_table(page.children), *rest])


async def _hosts_variables(request: Request, ask_host: AskHost) -> list[Row]:
    """Asks the sub-kernel for its variables in the name of another request."""
    reply = await ask_host({**request, "command": "inspectVariables", "arguments": {}}) or {}
    variables = (reply.get("body") or {}).get("variables")
    return [row for row in variables if isinstance(row, dict)] if isinstance(variables, list) else []


def _response(request: Request, **body: object) -> Row:
    return {
        "type": "response",
        "seq": request.get("seq", 0),
        "request_seq": request.get("seq", 0),
        "success": True,
        "command": request.get("command", ""),
        "body": body,
    }
