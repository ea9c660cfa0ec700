"""Debugs cells on boards: the adapter of the frontends on the event loop, code that stands on other threads.

The adapter (`iot_kernel.debugging.frontend.adapter`) decides; here its commands reach the current board, and
what the board says reaches the adapter. `run` is the worker thread's, all the rest the event loop's. A board
gets its side of the debugger with the first cell that needs it, and nothing of it before.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace

from iot_kernel.api.worker import in_thread
from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.frontend.adapter import Adapter
from iot_kernel.debugging.frontend.breakpoints import CutCell
from iot_kernel.debugging.frontend.debugged_board import AskSubkernel, Request
from iot_kernel.debugging.frontend.debugged_cells import DebuggedCells
from iot_kernel.debugging.frontend.modules import ModuleFile
from iot_kernel.debugging.frontend.variable_rows import Row
from iot_kernel.debugging.instrumentation.checkpoints import Plan
from iot_kernel.debugging.messages import Stopped
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.debug_link import Event
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.kernel.cell_io import CellIO, run_plainly
from iot_kernel.kernel.debugger.board_commands import BoardCommands
from iot_kernel.kernel.debugger.copied_modules import CopiedModules
from iot_kernel.kernel.debugger.debugged_device import DebuggedDevice
from iot_kernel.kernel.debugger.earlier_functions import give_checkpoints
from iot_kernel.kernel.debugger.log_points import LogPoints
from iot_kernel.kernel.debugger.post_mortem import still_there
from iot_kernel.kernel.debugger.prompted_runs import PromptedRuns
from iot_kernel.kernel.on_loop import OnLoop
from iot_kernel.kernel.ran_cells import RanCode
from iot_kernel.kernel.variable_view import variable_view
from iot_kernel.repl.halves import whole
from iot_kernel.syntax.cell import BoardCode

_HAS_FRONTEND = "the debugger of the frontend is on, so that the cell stops there, and no prompt is shown\n"
_WAITS = "no breakpoint stops {}: the board has it without breakpoints; run its cell again\n"


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
        self._on_loop = OnLoop(loop)
        self._cells = DebuggedCells(cut, copied, past)
        self._adapter = Adapter(self._cells, publish, variable_view)
        self._log_points = LogPoints(loop, self._take)
        self._board: DebuggedDevice | None = None
        self._commands = BoardCommands(lambda: self._board, copied)
        self._steps_on: str | None = None  # the cell whose piece ended within a step
        self._leaving: asyncio.Task[None] | None = None  # kept, or it might be collected before it has run
        self.prompts = PromptedRuns(self._cells, self._on_loop)

    @property
    def is_attached(self) -> bool:
        """Whether a frontend debugs."""
        return self._cells.is_attached

    async def answer(self, request: Request, ask: AskSubkernel, *, is_idle: bool = False) -> Row | None:
        """Answers a request; None where it is not about a board. Whether no cell runs says ``is_idle``."""
        return await self._adapter.answer(request, self._commands, ask, is_idle=is_idle)

    def why_not(self) -> CannotDebugError | None:
        """Why breakpoints do not stop the current board; None where they may, or no frontend debugs."""
        return self._commands.why_not() if self._cells.is_attached else None

    async def close(self) -> None:
        """Lets go what stands, and has boards stop nowhere any more: the kernel goes away."""
        if self._board is not None and self._board.is_attached:
            with suppress(IoTKernelError):
                await in_thread(self._board.debugger.detach)

    # Cells, on the worker thread

    def run(self, device: Device, piece: BoardCode, cell: CellIO) -> str | None:
        """Runs a piece of a cell as `Device.run_cell` does, with checkpoints where it needs them."""
        steps_on, self._steps_on = self._steps_on == cell.name, None
        if steps_on and self._cells.is_attached:
            self._on_loop(self._cells.pause_next)
        elif steps_on and cell.steps:
            cell = replace(cell, stops=True)
        if not self._cells.is_attached and self.prompts.needs_prompt(piece, cell):
            return self._run_prompted(self._debugged(device), piece, cell)
        if self._cells.is_attached and cell.stops:
            self._on_loop(self._cells.pause_next)
            cell.on_error_text(_HAS_FRONTEND)
        if not self._cells.is_attached and self._board is None:
            self._cells.note_undebugged(cell.code)
            return self._run_plainly(device, piece, cell)
        board = self._debugged(device)
        for name in self._on_loop(lambda: self._cells.waiting(cell.code)):
            cell.on_error_text(_WAITS.format(name))
        earlier = self._on_loop(lambda: self._cells.earlier.to_exchange(cell.code))
        follows = self._on_loop(lambda: self._cells.follows(cell.code)) or bool(earlier)
        modules = self._on_loop(lambda: self._cells.wanted(cell.code, follows=follows))
        pauses = self._on_loop(self._cells.pauses)
        may_stop = board.is_attached and (pauses or board.may_stop)
        if board.why_not or not (follows or modules or may_stop):
            return self._run_plainly(device, piece, cell)
        try:
            board.attach()  # first: it says which numbers the checkpoints of others have
            if not self._cells.table.traced.is_possible:
                say = cell.on_error_text
                give_checkpoints(board.debugger, earlier, self._cells.earlier, self._on_loop, say)
            return self._run_debugged(board, piece, cell, modules, follows=follows)
        except CannotDebugError as error:
            board.give_up(error)
            cell.on_error_text(f"breakpoints do not stop this cell, since {error}\n")
        return self._run_plainly(device, piece, cell)

    def _run_plainly(self, device: Device, piece: BoardCode, cell: CellIO) -> str | None:
        self._adapter.on_vain_pause = cell.on_error_text
        try:
            return whole(run_plainly(device, piece.code, cell))
        finally:
            self._adapter.on_vain_pause = None

    def _run_prompted(self, board: DebuggedDevice, piece: BoardCode, cell: CellIO) -> str | None:
        if board.why_not and not cell.steps:
            return whole(run_plainly(board.device, piece.code, cell))
        try:
            board.attach()
        except CannotDebugError as error:
            if cell.steps:
                raise
            board.give_up(error)
            cell.on_error_text(f"the debugger does not help with this cell, since {error}\n")
            return whole(run_plainly(board.device, piece.code, cell))
        board.ask(lambda: board.tell({}))
        value = self.prompts.run(board, piece, cell)
        self._steps_on = cell.name if board.debugger.is_stepping else None
        return value

    def _run_debugged(
        self,
        board: DebuggedDevice,
        piece: BoardCode,
        cell: CellIO,
        modules: Sequence[ModuleFile],
        *,
        follows: bool,
    ) -> str | None:
        has_imports = board.ask(lambda: board.imports.prepare(modules, cell.on_error_text))
        plan = Plan(piece.code, stops=False, left_alone=())
        if follows:
            plan = self._on_loop(lambda: self._cells.plan(cell.code, piece))
            self.prompts.note(cell, piece)
        for left in plan.left_alone:
            cell.on_error_text(
                f"no breakpoint stops {left.name or 'this cell'} (line {left.line}): {left.why}\n"
            )
        pauses = self._on_loop(self._cells.pauses)
        board.ask(lambda: board.tell(pauses))
        try:
            with board.imports.mounted() if has_imports else nullcontext():
                return self._run_cell(board, plan, cell, follows=follows)
        except DeviceError as error:
            if follows:
                self.prompts.keep(board.debugger, cell, error)
            if follows and self._cells.stops_on_errors and error.ename != "KeyboardInterrupt":
                self._look_back(board, error, cell)
            raise

    def _run_cell(self, board: DebuggedDevice, plan: Plan, cell: CellIO, *, follows: bool) -> str | None:
        self._adapter.on_vain_pause = cell.on_error_text
        self._adapter.is_running = True
        try:
            value = board.debugger.run_cell(
                plan.source,
                cell.on_output,
                listens=follows,
                follows=follows and self._cells.stops_on_errors,
                stops=plan.stops,
                on_input=cell.on_input,
                on_error_text=cell.on_error_text,
                on_begin=cell.on_begin,
                on_survived=cell.on_survived,
                number=cell.number,
            )
        finally:
            self._adapter.is_running = False
            self._adapter.on_vain_pause = None
        self._steps_on = cell.name if board.debugger.is_stepping else None
        return value

    def _look_back(self, board: DebuggedDevice, error: DeviceError, cell: CellIO) -> None:
        """Lets the user look at what a cell that has failed left, until it is told to go on."""
        try:
            stack = still_there(error, board.debugger.last_frames())
        except IoTKernelError:
            return
        if not stack:
            return
        text = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        cell.on_error_text(f"{text}; the cell stands where it was raised\n")  # frontends do not show it
        board.held = held = threading.Event()
        try:
            self._on_loop(lambda: self._adapter.stops.take_error(stack, text))
            cell.hold(held)
        finally:
            board.held = None
            self._on_loop(self._adapter.stops.leave)

    def _debugged(self, device: Device) -> DebuggedDevice:
        board = self._board
        if board is None or board.device is not device:
            if board is not None:
                board.debugger.lost()
            cells = self._cells
            self._board = board = DebuggedDevice(
                device, cells.table, cells.modules, self._on_loop, self._on_event, self.prompts.lose
            )
        return board

    def keep_names(self, device: Device | None) -> None:
        """Has cells run so that their names are kept when they fail.

        Args:
            device: the board that is connected; None where none is yet.

        Raises:
            CannotDebugError: the board cannot be debugged, and why.
        """
        if device is not None:
            self._debugged(device).attach()
        self.prompts.keeps_names = True

    @property
    def opens_on_errors(self) -> bool:
        """Whether the prompt opens when a cell fails; a frontend that debugs has ways of its own."""
        return self.prompts.keeps_names and not self._cells.is_attached

    def debugger_of(self, device: Device | None) -> BoardDebugger | None:
        """Returns the debugger of a board that has its side of that; None for any other one."""
        board = self._board
        is_there = board is not None and board.is_attached and board.device is device
        return board.debugger if board is not None and is_there else None

    # What the board says

    def _on_event(self, said: Event) -> None:
        if self.prompts.take(said):
            return
        with suppress(RuntimeError):  # the event loop is closed, and nobody listens
            self._loop.call_soon_threadsafe(self._log_points.put, said)

    def _take(self, said: Event) -> None:
        if isinstance(said, Stopped) and not self._cells.is_attached:
            self._leaving = self._loop.create_task(self._let_go())
        else:
            self._adapter.stops.take(said)

    async def _let_go(self) -> None:
        with suppress(IoTKernelError):
            await self._commands.go(Step.CONTINUE)
