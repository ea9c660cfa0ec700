"""A board whose cells are debugged: its side of the debugger, and what it was told. On the worker thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from iot_kernel.debugging.commands import Pauses
from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.frontend.modules import DebuggedModules
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.debug_link import Event
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from iot_kernel.kernel.debugger.module_imports import ModuleImports
from iot_kernel.kernel.on_loop import OnLoop

Result = TypeVar("Result")


class DebuggedDevice:
    """A board, which gets its side of the debugger with the first cell that needs it.

    Args:
        device: the board.
        table: the checkpoints of all that it may get.
        modules: those that can have checkpoints; the event loop's.
        on_loop: calls what touches them.
        on_event: takes what the board says; called on the thread that reads.
        on_lost: called when the board has lost its variables, or is out of reach; from any thread.

    Attributes:
        device: the board.
        debugger: its debugger.
        imports: what it imports instead of its files.
        why_not: why it cannot be debugged, as it was found out; None where it may be possible.
        held: ends what waits behind a cell that has failed.
    """

    def __init__(
        self,
        device: Device,
        table: CheckpointTable,
        modules: DebuggedModules,
        on_loop: OnLoop,
        on_event: Callable[[Event], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.device = device
        self.debugger = BoardDebugger(device, on_event, table)
        self.imports = ModuleImports(self.debugger.modules, modules, on_loop)
        self.why_not: CannotDebugError | None = None
        self.held: threading.Event | None = None
        self._pauses: Pauses | None = None  # as it was told; None where it does not have its side
        self._watch(on_lost)

    def _watch(self, on_lost: Callable[[], None]) -> None:
        on_break = self.device.callbacks.on_break

        def broke() -> None:
            self._pauses = self.why_not = None
            self.imports.lost()
            self.debugger.lost()
            on_lost()
            on_break()

        self.device.callbacks.on_break = broke

    @property
    def is_attached(self) -> bool:
        """Whether it has its side of the debugger."""
        return self._pauses is not None

    @property
    def may_stop(self) -> bool:
        """Whether it has been told to stop anywhere."""
        return bool(self._pauses)

    def attach(self) -> None:
        """Gives it its side of the debugger, unless it has that; raises as `BoardDebugger.attach`."""
        if self._pauses is None:
            self.debugger.attach()
            self.debugger.set_pauses({})
            self._pauses = {}

    def give_up(self, error: CannotDebugError) -> None:
        """It was found out that it cannot be debugged before it was reset."""
        self.why_not = CannotDebugError(
            error.why, error.in_short, error.instead
        )  # a traceback would keep the cell

    def tell(self, pauses: Pauses) -> None:
        """Tells it where to stop, unless it knows."""
        if pauses != self._pauses:
            self.debugger.set_pauses(pauses)
            self._pauses = pauses

    def ask(self, function: Callable[[], Result]) -> Result:
        """Calls what asks it while it waits for code; once more where it has lost its side unseen."""
        try:
            return function()
        except DeviceError as error:
            if error.ename != "NameError":
                raise
            self._pauses = None
            self.attach()
            return function()
