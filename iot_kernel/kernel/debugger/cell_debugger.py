"""What one cell has of the debugger, which is loaded when the cell needs it. On the worker thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iot_kernel.debugging.words import BREAKPOINT
from iot_kernel.errors import DeviceError
from iot_kernel.kernel.cell_io import CellIO, run_plainly
from iot_kernel.kernel.debugger.last_failure import FailedCell
from iot_kernel.repl.halves import Halves
from iot_kernel.syntax.cell import BoardCode

if TYPE_CHECKING:
    from iot_kernel.device.device import Device
    from iot_kernel.kernel.debugger.cell_prompts import CellPrompts
    from iot_kernel.kernel.debugger.debug_session import DebugSession
    from iot_kernel.kernel.wiring import Wiring


class CellDebugger:
    """The debugger in one cell. The constructor touches nothing.

    Args:
        wiring: keeps the cell that failed last.
        name: of the cell, as ``In [3]``.
        session: the debugger of this kernel's boards; None where nothing has needed it yet.
        load: gives that where it is needed after all.
    """

    def __init__(
        self,
        wiring: Wiring,
        name: str,
        session: DebugSession | None,
        load: Callable[[], DebugSession],
    ) -> None:
        self._wiring = wiring
        self._name = name
        self._load = load
        self._prompts: CellPrompts | None = None
        #: the debugger of this kernel's boards, if it was loaded
        self.session = session

    def prompts(self, make: Callable[[DebugSession], CellPrompts]) -> CellPrompts:
        """Returns the debugger's prompt in this cell, loading the debugger; ``make`` makes it at first."""
        if self._prompts is None:
            self._prompts = make(self._loaded())
        return self._prompts

    @property
    def is_attached(self) -> bool:
        """Whether a frontend debugs."""
        return self.session is not None and self.session.is_attached

    @property
    def steps(self) -> bool:
        """Whether code is run step by step."""
        return self._prompts is not None and self._prompts.steps

    def take_stop(self) -> bool:
        """Whether code that is about to run stops at its first line."""
        return self._prompts is not None and self._prompts.take_stop()

    def execution(self, device: Device, piece: BoardCode, cell: CellIO) -> Halves[str | None]:
        """Runs code as `Device.cell_execution` does, with checkpoints if somebody has asked for them."""
        if self.session is None and BREAKPOINT in piece.code:
            self._loaded()
        if self.session is None:
            return (yield from run_plainly(device, piece.code, cell))
        yield  # all in the second half: one cell at a time is debugged
        return self.session.run(device, piece, cell)

    def note_failure(self, device: Device, error: DeviceError) -> None:
        """Code of the cell has failed."""
        kept = self.session.prompts.kept if self.session is not None else None
        kept = kept if kept is not None and kept.cell == self._name else None
        past = self._wiring.ran.of(device.mark)
        self._wiring.last_failure.cell = FailedCell(device, device.mark, error, past, kept)

    def opens_on(self, error: BaseException) -> bool:
        """Whether the prompt opens after an error: one of a board, where the user has asked for that."""
        if self.session is None or not self.session.opens_on_errors:
            return False
        return isinstance(error, DeviceError) and error.ename != "KeyboardInterrupt"

    def _loaded(self) -> DebugSession:
        if self.session is None:
            self.session = self._load()
        return self.session
