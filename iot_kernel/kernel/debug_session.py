"""Debugs cells on boards: the adapter of the frontends on the event loop, code that stands on other threads.

The adapter (`iot_kernel.debugging.adapter`) decides; here its commands reach the current board, and what the
board says reaches the adapter. `run` is the worker thread's, all the rest the event loop's. A board gets its
side of the debugger with the first cell that needs it, and nothing of it before.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from iot_kernel.api.worker import in_thread
from iot_kernel.debugging.adapter import Adapter
from iot_kernel.debugging.breakpoints import CutCell
from iot_kernel.debugging.checkpoints import Plan
from iot_kernel.debugging.commands import Pauses, Step
from iot_kernel.debugging.debugged_board import AskSubkernel, Request
from iot_kernel.debugging.errors import CannotDebugError, NotStoppedError
from iot_kernel.debugging.messages import Stopped, Variable, VariablePage
from iot_kernel.debugging.modules import ModuleFile
from iot_kernel.debugging.table import StackFrame
from iot_kernel.debugging.variable_rows import Row
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.debug_link import Event
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.kernel.cell_io import CellIO, run_plainly
from iot_kernel.kernel.copied_modules import CopiedModules
from iot_kernel.kernel.earlier_functions import give_checkpoints
from iot_kernel.kernel.log_points import LogPoints
from iot_kernel.kernel.module_imports import ModuleImports
from iot_kernel.kernel.post_mortem import still_there
from iot_kernel.kernel.prompted_runs import PromptedRuns
from iot_kernel.kernel.ran_cells import RanCode
from iot_kernel.kernel.variable_view import variable_view
from iot_kernel.syntax.cell import BoardCode

Result = TypeVar("Result")

_HAS_FRONTEND = "the debugger of the frontend is on, so that the cell stops there, and no prompt is shown\n"
_WAITS = "no breakpoint stops {}: the board has it without breakpoints; run its cell again\n"


@dataclass(slots=True)
class _Side:
    """The debugger of a board.

    Attributes:
        device: the board.
        debugger: its debugger.
        imports: what it imports instead of its files.
        pauses: where it has been told to stop; None where it does not have its side of the debugger.
        why_not: why it cannot be debugged.
        held: ends what waits behind a cell that has failed.
    """

    device: Device
    debugger: BoardDebugger
    imports: ModuleImports
    pauses: Pauses | None = None
    why_not: str = ""
    held: threading.Event | None = None

    def tell(self, pauses: Pauses) -> None:
        """Tells the board where to stop, unless it knows."""
        if pauses != self.pauses:
            self.debugger.set_pauses(pauses)
            self.pauses = pauses


class DebugSession:
    """The debugger of one kernel's board cells. The constructor touches nothing.

    Args:
        loop: the kernel's event loop.
        cut: cuts cells; called on the event loop.
        publish: takes events for the frontends; called on the event loop.
        copied: the modules of the current board that came from here.
        past: gives what ran on the current board since it started, the latest last; from any thread.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        cut: CutCell,
        publish: Callable[[Row], None],
        copied: CopiedModules,
        past: Callable[[], Sequence[RanCode]],
    ) -> None:
        self._loop = loop
        self._copied = copied
        self._adapter = Adapter(cut, publish, copied, variable_view, past)
        self._log_points = LogPoints(loop, self._take)
        self._side: _Side | None = None
        self._commands = asyncio.Lock()  # they reach the board in the order in which requests come
        self._steps_on: str | None = None  # the cell whose piece ended within a step
        self._leaving: asyncio.Task[None] | None = None  # kept, or it might be collected before it has run
        self.prompts = PromptedRuns(self._adapter, self._on_loop)

    async def answer(self, request: Request, ask: AskSubkernel, *, is_idle: bool = False) -> Row | None:
        """Answers a request; None where it is not about a board. Whether no cell runs says ``is_idle``."""
        return await self._adapter.answer(request, self, ask, is_idle=is_idle)

    async def close(self) -> None:
        """Lets go what stands, and has boards stop nowhere any more: the kernel goes away."""
        side = self._side
        if side is not None and side.pauses is not None:
            with suppress(IoTKernelError):
                await in_thread(side.debugger.detach)

    # Cells, on the worker thread

    def run(self, device: Device, piece: BoardCode, cell: CellIO) -> str | None:
        """Runs a piece of a cell as `Device.run_cell` does, with checkpoints where it needs them."""
        steps_on, self._steps_on = self._steps_on == cell.name, None
        if steps_on and self._adapter.is_attached:
            self._on_loop(self._adapter.pause_next)
        elif steps_on and cell.steps:
            cell = replace(cell, stops=True)
        if not self._adapter.is_attached and self.prompts.needs_prompt(piece, cell):
            return self._run_prompted(self._side_of(device), piece, cell)
        if self._adapter.is_attached and cell.stops:
            self._on_loop(self._adapter.pause_next)
            cell.on_error_text(_HAS_FRONTEND)
        if not self._adapter.is_attached and self._side is None:
            self._adapter.ran.append(cell.code)
            return self._run_plainly(device, piece, cell)
        side = self._side_of(device)
        for name in self._on_loop(lambda: self._adapter.waiting(cell.code)):
            cell.on_error_text(_WAITS.format(name))
        earlier = self._on_loop(lambda: self._adapter.earlier.to_exchange(cell.code))
        follows = self._on_loop(lambda: self._adapter.follows(cell.code)) or bool(earlier)
        modules = self._on_loop(lambda: self._adapter.wanted(cell.code, follows=follows))
        pauses = self._on_loop(self._adapter.pauses)
        may_stop = side.pauses is not None and (pauses or side.pauses)
        if side.why_not or not (follows or modules or may_stop):
            return self._run_plainly(device, piece, cell)
        try:
            self._attach(side)  # first: it says which numbers the checkpoints of others have
            if not self._adapter.table.traced.is_possible:
                say = cell.on_error_text
                give_checkpoints(side.debugger, earlier, self._adapter.earlier, self._on_loop, say)
            return self._run_debugged(side, piece, cell, modules, follows=follows)
        except CannotDebugError as error:
            side.why_not = str(error)
            cell.on_error_text(f"breakpoints do not stop this cell: {error}\n")
        return self._run_plainly(device, piece, cell)

    def _run_plainly(self, device: Device, piece: BoardCode, cell: CellIO) -> str | None:
        self._adapter.on_vain_pause = cell.on_error_text
        try:
            return run_plainly(device, piece.code, cell)
        finally:
            self._adapter.on_vain_pause = None

    def _run_prompted(self, side: _Side, piece: BoardCode, cell: CellIO) -> str | None:
        if side.why_not and not cell.steps:
            return run_plainly(side.device, piece.code, cell)
        try:
            self._attach(side)
        except CannotDebugError as error:
            if cell.steps:
                raise
            side.why_not = str(error)
            cell.on_error_text(f"the debugger does not help with this cell: {error}\n")
            return run_plainly(side.device, piece.code, cell)
        self._repeated(side, lambda: side.tell({}))
        value = self.prompts.run(side, piece, cell)
        self._steps_on = cell.name if side.debugger.is_stepping else None
        return value

    def _run_debugged(
        self, side: _Side, piece: BoardCode, cell: CellIO, modules: Sequence[ModuleFile], *, follows: bool
    ) -> str | None:
        has_imports = self._repeated(side, lambda: side.imports.prepare(modules, cell.on_error_text))
        plan = Plan(piece.code, stops=False, left_alone=())
        if follows:
            plan = self._on_loop(lambda: self._adapter.plan(cell.code, piece))
            self.prompts.note(cell, piece)
        for left in plan.left_alone:
            cell.on_error_text(
                f"no breakpoint stops {left.name or 'this cell'} (line {left.line}): {left.why}\n"
            )
        pauses = self._on_loop(self._adapter.pauses)
        self._repeated(side, lambda: side.tell(pauses))
        try:
            with side.imports.standing() if has_imports else nullcontext():
                return self._run_cell(side, plan, cell, follows=follows)
        except DeviceError as error:
            if follows:
                self.prompts.keep(side.debugger, cell, error)
            if follows and self._adapter.stops_on_errors and error.ename != "KeyboardInterrupt":
                self._look_back(side, error, cell)
            raise

    def _run_cell(self, side: _Side, plan: Plan, cell: CellIO, *, follows: bool) -> str | None:
        self._adapter.is_running = True
        try:
            value = side.debugger.run_cell(
                plan.source,
                cell.on_output,
                listens=follows,
                follows=follows and self._adapter.stops_on_errors,
                stops=plan.stops,
                on_input=cell.on_input,
                on_error_text=cell.on_error_text,
                on_begin=cell.on_begin,
                on_survived=cell.on_survived,
                number=cell.number,
            )
        finally:
            self._adapter.is_running = False
        self._steps_on = cell.name if side.debugger.is_stepping else None
        return value

    def _look_back(self, side: _Side, error: DeviceError, cell: CellIO) -> None:
        """Lets the user look at what a cell that has failed left, until it is told to go on."""
        try:
            stack = still_there(error, side.debugger.last_frames())
        except IoTKernelError:
            return
        if not stack:
            return
        text = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        cell.on_error_text(f"{text}; the cell stands where it was raised\n")  # frontends do not show it
        side.held = held = threading.Event()
        try:
            self._on_loop(lambda: self._adapter.stops.take_error(stack, text))
            cell.hold(held)
        finally:
            side.held = None
            self._on_loop(self._adapter.stops.leave)

    def _side_of(self, device: Device) -> _Side:
        side = self._side
        if side is None or side.device is not device:
            if side is not None:
                side.debugger.lost()
            debugger = BoardDebugger(device, self._on_event)
            debugger.table = self._adapter.table
            imports = ModuleImports(debugger.modules, self._adapter.modules, self._on_loop)
            self._side = side = _Side(device, debugger, imports)
            self._watch(side)
        return side

    def _watch(self, side: _Side) -> None:
        """Notes when the board loses its side of the debugger."""
        on_break = side.device.callbacks.on_break

        def broke() -> None:
            side.pauses, side.why_not = None, ""
            side.imports.lost()
            side.debugger.lost()
            self.prompts.lose()
            on_break()

        side.device.callbacks.on_break = broke

    def _attach(self, side: _Side) -> None:
        """Gives a board its side of the debugger, unless it has that."""
        if side.pauses is None:
            side.debugger.attach()
            side.debugger.set_pauses({})
            side.pauses = {}

    def _repeated(self, side: _Side, function: Callable[[], Result]) -> Result:
        """Calls what asks a board that waits for code; once more where that has lost its side unseen."""
        try:
            return function()
        except DeviceError as error:
            if error.ename != "NameError":
                raise
            side.pauses = None
            self._attach(side)
            return function()

    def keep_names(self, device: Device | None) -> None:
        """Has cells run so that their names are kept when they fail.

        Args:
            device: the board that is connected; None where none is yet.

        Raises:
            CannotDebugError: the board cannot be debugged, and why.
        """
        if device is not None:
            self._attach(self._side_of(device))
        self.prompts.keeps_names = True

    @property
    def opens_on_errors(self) -> bool:
        """Whether the prompt opens when a cell fails; a frontend that debugs has ways of its own."""
        return self.prompts.keeps_names and not self._adapter.is_attached

    def debugger_of(self, device: Device | None) -> BoardDebugger | None:
        """Returns the debugger of a board that has its side of that; None for any other one."""
        side = self._side
        is_there = side is not None and side.pauses is not None and side.device is device
        return side.debugger if side is not None and is_there else None

    def _on_loop(self, function: Callable[[], Result]) -> Result:
        async def call() -> Result:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    # What the board says

    def _on_event(self, said: Event) -> None:
        if self.prompts.take(said):
            return
        with suppress(RuntimeError):  # the event loop is closed, and nobody listens
            self._loop.call_soon_threadsafe(self._log_points.put, said)

    def _take(self, said: Event) -> None:
        if isinstance(said, Stopped) and not self._adapter.is_attached:
            self._leaving = self._loop.create_task(self._let_go())
        else:
            self._adapter.stops.take(said)

    async def _let_go(self) -> None:
        with suppress(IoTKernelError):
            await self.go(Step.CONTINUE)

    # Commands for the board: implements `DebuggedBoard`

    async def go(self, step: Step) -> None:
        """The code that stands goes on."""
        held = self._side.held if self._side is not None else None
        if held is not None:
            held.set()
        else:
            await self._ask(lambda side: side.debugger.go(step))

    async def pause(self) -> None:
        """The running code stops."""
        await self._ask(lambda side: side.debugger.pause())

    async def set_pauses(self, pauses: Pauses) -> None:
        """Exchanges where code stops."""
        await self._ask(lambda side: side.tell(pauses))

    async def imported(self, modules: Sequence[ModuleFile]) -> Sequence[str | bool | None]:
        """Which texts modules have on the board."""
        if self._side is None or self._side.pauses is None or not self._side.debugger.modules.is_there:
            return await in_thread(lambda: self._copied.imported(modules))
        files = [module.file for module in modules]
        return [key for _, key in await self._ask(lambda side: side.debugger.modules.told(files))]

    async def file_text(self, file: str) -> str:
        """Reads a file of the board."""
        return await self._ask(lambda side: side.debugger.file_text(file))

    async def local(self, frame: StackFrame, start: int) -> VariablePage:
        """The local variables of a frame."""
        return await self._ask(lambda side: side.debugger.local(frame, start))

    async def wide(self, module: str | None, start: int) -> VariablePage:
        """Globals, or the names of a class in the making."""
        return await self._ask(lambda side: side.debugger.wide(module, start))

    async def children(self, reference: int, start: int) -> VariablePage:
        """What is inside of a variable."""
        return await self._ask(lambda side: side.debugger.children(reference, start))

    async def evaluate(self, frame: StackFrame, code: str) -> Variable:
        """The value of an expression."""
        return await self._ask(lambda side: side.debugger.evaluate(frame, code))

    async def execute(self, frame: StackFrame, code: str) -> Sequence[str]:
        """Executes statements."""
        return await self._ask(lambda side: side.debugger.execute(frame, code))

    async def _ask(self, function: Callable[[_Side], Result]) -> Result:
        side = self._side
        if side is None:
            raise NotStoppedError
        async with self._commands:
            return await in_thread(lambda: function(side))
