"""Runs cells with the debugger's prompt, where no frontend debugs; remembers which names boards keep."""

from __future__ import annotations

import zlib
from contextlib import suppress

from iot_kernel.debugging.errors import DebuggerQuitError
from iot_kernel.debugging.frontend.debugged_cells import DebuggedCells
from iot_kernel.debugging.messages import Stopped
from iot_kernel.debugging.prompt.source_texts import SourceTexts
from iot_kernel.debugging.words import BREAKPOINT
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.debug_link import Event
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.kernel.cell_io import CellIO
from iot_kernel.kernel.debugger.debugged_device import DebuggedDevice
from iot_kernel.kernel.debugger.last_failure import KeptNames
from iot_kernel.kernel.debugger.post_mortem import still_there
from iot_kernel.kernel.debugger.prompted_cell import PromptedCell
from iot_kernel.kernel.on_loop import OnLoop
from iot_kernel.syntax.cell import BoardCode


class PromptedRuns:
    """The cells of one kernel that run so. The constructor touches nothing; on the worker thread.

    Args:
        cells: knows all checkpoints; it is the event loop's.
        on_loop: calls a function there.
    """

    def __init__(self, cells: DebuggedCells, on_loop: OnLoop) -> None:
        self._cells = cells
        self._on_loop = on_loop
        self._running: PromptedCell | None = None
        self._may_stop_itself = False  # a function on the board may call what stops it
        self.texts = SourceTexts()
        #: whether cells run so that their names are kept when they fail
        self.keeps_names = False
        #: what the board keeps of the cell that has failed last with checkpoints
        self.kept: KeptNames | None = None

    def needs_prompt(self, piece: BoardCode, cell: CellIO) -> bool:
        """Whether a piece of a cell may stop although no frontend debugs."""
        return self._may_stop_itself or self._needs_checkpoints(piece, cell)

    def _needs_checkpoints(self, piece: BoardCode, cell: CellIO) -> bool:
        if cell.steps or self.keeps_names:
            return True
        if not (self._may_stop_itself or BREAKPOINT in piece.code):
            return False
        return self._on_loop(lambda: self._cells.calls_breakpoint(_key(cell), piece.code))

    def run(self, board: DebuggedDevice, piece: BoardCode, cell: CellIO) -> str | None:
        """Runs a piece of a cell as `Device.run_cell` does; the user is asked what to do where it stands.

        Raises:
            DebuggerQuitError: the user has ended it.
            Exception: as `Device.run_cell`.
        """
        source = piece.code
        if self._needs_checkpoints(piece, cell):
            source = self._on_loop(
                lambda: self._cells.plan_prompted(_key(cell), cell.code, piece, watches=cell.steps)
            )
            self.texts.add(_key(cell), cell.name, cell.code, piece)
        self._note_words(piece)
        self._running = prompted = PromptedCell(board, self.texts, cell)
        try:
            with prompted:
                return board.debugger.run_cell(
                    source,
                    cell.on_output,
                    follows=True,
                    stops=cell.stops,
                    on_input=cell.on_input,
                    on_error_text=cell.on_error_text,
                    on_begin=cell.on_begin,
                    on_survived=cell.on_survived,
                    number=cell.number,
                )
        except DeviceError as error:
            if prompted.was_quit and error.ename == "KeyboardInterrupt":
                raise DebuggerQuitError from error
            self.keep(board.debugger, cell, error)
            raise
        finally:
            self._running = None
            if not self.keeps_names:
                with suppress(IoTKernelError):  # the board is out of reach, or was reset
                    board.debugger.stop_following()

    def note(self, cell: CellIO, piece: BoardCode) -> None:
        """A piece of a cell runs with checkpoints because a frontend debugs."""
        key = self._on_loop(lambda: self._cells.key(cell.code))
        self.texts.add(key, cell.name, cell.code, piece)
        self._note_words(piece)

    def _note_words(self, piece: BoardCode) -> None:
        self._may_stop_itself = self._may_stop_itself or BREAKPOINT in piece.code

    def keep(self, debugger: BoardDebugger, cell: CellIO, error: DeviceError) -> None:
        """Notes the frames of a cell that has failed; from now on the board keeps their names."""
        with suppress(IoTKernelError):
            self.kept = KeptNames(cell.name, still_there(error, debugger.last_frames()))

    def drop_names(self, debugger: BoardDebugger | None) -> None:
        """Keeps no names any more, and has a board forget what it has kept."""
        self.keeps_names, self.kept = False, None
        if debugger is not None:
            with suppress(IoTKernelError):  # the board is out of reach, or was reset
                debugger.stop_following()
                debugger.last_frames()

    # From any thread

    def take(self, said: Event) -> bool:
        """Takes what a board says; returns whether that is about a cell with a prompt."""
        if isinstance(said, Stopped):
            self.kept = None  # the board keeps the names of the place where it stands
        if (running := self._running) is None:
            return False
        running.take(said)
        return True

    def lose(self) -> None:
        """The board has lost its variables, or is out of reach."""
        self.kept, self._may_stop_itself = None, False


def _key(cell: CellIO) -> str:
    """The key of a cell's checkpoints; a frontend may have several cells run under one number."""
    return f"{cell.name}/{zlib.crc32(cell.code.encode(errors='replace')):08x}"
