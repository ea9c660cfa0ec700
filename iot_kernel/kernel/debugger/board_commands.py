"""Passes what frontends ask of a board on to it, one command after the other. On the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from iot_kernel.api.worker import in_thread
from iot_kernel.debugging.commands import Pauses, Step
from iot_kernel.debugging.errors import CannotDebugError, NotStoppedError
from iot_kernel.debugging.frontend.modules import ModuleFile
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.messages import Variable, VariablePage
from iot_kernel.device.cannot_debug import why_never
from iot_kernel.kernel.debugger.copied_modules import CopiedModules
from iot_kernel.kernel.debugger.debugged_device import DebuggedDevice

Result = TypeVar("Result")


class BoardCommands:
    """Implements `DebuggedBoard` for the board that runs cells. The constructor touches nothing.

    Args:
        current: gives that board; None where no cell was debugged yet.
        copied: the modules of the current board that came from here.
    """

    def __init__(self, current: Callable[[], DebuggedDevice | None], copied: CopiedModules) -> None:
        self._current = current
        self._copied = copied
        self._commands = asyncio.Lock()  # they reach the board in the order in which requests come

    def why_not(self) -> CannotDebugError | None:
        """Why no code of the current board stops; None where it may."""
        device = self._copied.device
        if device is None:
            return None
        board = self._current()
        found_out = board.why_not if board is not None and board.device is device else None
        return found_out or why_never(device)

    async def go(self, step: Step) -> None:
        """The code that stands goes on."""
        board = self._current()
        held = board.held if board is not None else None
        if held is not None:
            held.set()
        else:
            await self._ask(lambda board: board.debugger.go(step))

    async def pause(self) -> None:
        """The running code stops."""
        await self._ask(lambda board: board.debugger.pause())

    async def set_pauses(self, pauses: Pauses) -> None:
        """Exchanges where code stops."""
        await self._ask(lambda board: board.tell(pauses))

    async def imported(self, modules: Sequence[ModuleFile]) -> Sequence[str | bool | None]:
        """Which texts modules have on the board."""
        board = self._current()
        if board is None or not board.is_attached or not board.debugger.modules.is_there:
            return await in_thread(lambda: self._copied.imported(modules))
        files = [module.file for module in modules]
        return [key for _, key in await self._ask(lambda board: board.debugger.modules.told(files))]

    async def file_text(self, file: str) -> str:
        """Reads a file of the board."""
        return await self._ask(lambda board: board.debugger.file_text(file))

    async def local(self, frame: StackFrame, start: int) -> VariablePage:
        """The local variables of a frame."""
        return await self._ask(lambda board: board.debugger.local(frame, start))

    async def wide(self, module: str | None, start: int) -> VariablePage:
        """Globals, or the names of a class in the making."""
        return await self._ask(lambda board: board.debugger.wide(module, start))

    async def children(self, reference: int, start: int) -> VariablePage:
        """What is inside of a variable."""
        return await self._ask(lambda board: board.debugger.children(reference, start))

    async def evaluate(self, frame: StackFrame, code: str) -> Variable:
        """The value of an expression."""
        return await self._ask(lambda board: board.debugger.evaluate(frame, code))

    async def execute(self, frame: StackFrame, code: str) -> Sequence[str]:
        """Executes statements."""
        return await self._ask(lambda board: board.debugger.execute(frame, code))

    async def _ask(self, function: Callable[[DebuggedDevice], Result]) -> Result:
        board = self._current()
        if board is None:
            raise NotStoppedError
        async with self._commands:
            return await in_thread(lambda: function(board))
