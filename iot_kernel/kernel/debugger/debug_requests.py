"""Answers what frontends ask about code and variables of boards; nothing of the debugger is loaded before.

On the kernel's event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iot_kernel.syntax.cell import BoardCode, Target

if TYPE_CHECKING:
    from iot_kernel.debugging.frontend.debugged_board import AskSubkernel, Request
    from iot_kernel.kernel.debugger.debug_session import DebugSession
    from iot_kernel.kernel.variables_panel import AskBoard, ListedBoard, VariablesPanel
    from iot_kernel.kernel.wiring import Wiring


class DebugRequests:
    """The debugger and the variables panels of one kernel. The constructor touches nothing.

    Args:
        loop: the kernel's event loop.
        target: gives where plain cells run.
        ask_board: asks the current board for variables.
        publish: takes events for the frontends.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        target: Callable[[], Target],
        ask_board: AskBoard,
        publish: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._loop = loop
        self._target = target
        self._ask_board = ask_board
        self._publish = publish
        #: the debugger; None before a frontend begins to debug, or a cell needs its prompt
        self.debugger: DebugSession | None = None

    def load(self, wiring: Wiring) -> DebugSession:
        """Returns the debugger."""
        if self.debugger is None:
            from iot_kernel.kernel.board_pieces import board_pieces
            from iot_kernel.kernel.debugger.copied_modules import CopiedModules
            from iot_kernel.kernel.debugger.debug_session import DebugSession

            def cut(code: str) -> list[BoardCode]:
                return board_pieces(code, self._target(), wiring.magics)

            copied = CopiedModules(wiring.session)
            self.debugger = DebugSession(self._loop, cut, self._publish, copied, wiring.past)
        return self.debugger

    async def answer(
        self, request: Request, wiring: Wiring, ask: AskSubkernel, *, is_idle: bool
    ) -> dict[str, Any] | None:
        """Answers a request; None where the sub-kernel does. Whether no cell runs says ``is_idle``."""
        answer = None
        if self.debugger is not None or request.get("command") == "initialize":
            answer = await self.load(wiring).answer(request, ask, is_idle=is_idle)
        if answer is None:
            return await self._panel.answer(request, self._target(), self._listed_board(wiring), ask)
        if request.get("command") == "scopes" and answer["success"]:
            answer["body"]["scopes"] += await self._panel.scopes(request, ask)
        return answer

    def _listed_board(self, wiring: Wiring) -> ListedBoard:
        from iot_kernel.kernel.variables_panel import ListedBoard

        why_not = self.debugger.why_not() if self.debugger is not None else None
        return ListedBoard(wiring.session.name, why_not)

    @cached_property
    def _panel(self) -> VariablesPanel:
        from iot_kernel.kernel.variables_panel import VariablesPanel

        return VariablesPanel(self._ask_board)

    async def close(self) -> None:
        """Lets go what stands, and has boards stop nowhere any more."""
        if self.debugger is not None:
            await self.debugger.close()
