"""The debugger's prompt of a cell that runs on a board, on a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from typing import Self

from iot_kernel.debugging.messages import Stopped
from iot_kernel.debugging.prompt.breakpoints import PromptBreakpoints
from iot_kernel.debugging.prompt.frames import standing_frames
from iot_kernel.debugging.prompt.prompts import SteppingPrompt
from iot_kernel.debugging.prompt.source_texts import SourceTexts
from iot_kernel.device.debug_link import Event
from iot_kernel.errors import IoTKernelError
from iot_kernel.kernel.cell_io import CellIO
from iot_kernel.kernel.debugger.debugged_device import DebuggedDevice
from iot_kernel.kernel.debugger.prompt_talk import PromptTalk

#: s for the thread to notice that the cell has ended; then it is left alone.
_END_TIMEOUT = 5.0

_NOBODY = "the code goes on where it would have stopped: this frontend takes no questions\n"


class PromptedCell:
    """Asks the user what to do whenever the code of a cell stands; a context manager, around its run.

    Args:
        board: where it runs.
        texts: what the checkpoints are in.
        cell: what it talks with.
    """

    def __init__(self, board: DebuggedDevice, texts: SourceTexts, cell: CellIO) -> None:
        self._debugger = board.debugger
        self._board = _StandingSide(board)
        self._interrupt = board.device.interrupt
        self._texts = texts
        self._cell = cell
        self._prompt = SteppingPrompt(self._board, PromptBreakpoints(board.debugger.table, texts))
        self._talk = PromptTalk(cell.ask, cell.on_output)
        self._thread = threading.Thread(target=self._serve, name="IoT debugger prompt", daemon=True)
        #: whether the user has ended the code
        self.was_quit = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._talk.end()
        self._thread.join(_END_TIMEOUT)
        with contextlib.suppress(IoTKernelError):  # the board is out of reach, or nothing stands
            self._board.set_pauses({})
            self._debugger.go()  # another thread

    def take(self, said: Event) -> None:
        """Takes what the board says; on the thread that reads."""
        self._talk.take(said)

    def _serve(self) -> None:
        while (stopped := self._talk.next_stop()) is not None:
            with contextlib.suppress(IoTKernelError):  # it went on by itself, or the cell has ended
                self._stand(stopped)

    def _stand(self, stopped: Stopped) -> None:
        frames = standing_frames(self._debugger.table.stack(stopped.numbers), self._texts)
        if not frames or not self._talk.is_possible:
            self._cell.on_error_text("" if self._talk.is_possible else _NOBODY)
            self._debugger.go()
            return
        reply = self._talk.converse(self._prompt, self._prompt.stand(frames, _note(stopped)))
        if reply is None:
            return
        if reply.step is not None:
            self._debugger.go(reply.step)
            return
        self.was_quit = reply.leaves
        self._board.set_pauses({})
        if not stopped.is_main:
            self._debugger.go()
        self._interrupt()


class _StandingSide:
    """A board whose code stands: implements `PromptBoard`."""

    def __init__(self, board: DebuggedDevice) -> None:
        self.set_pauses = board.tell
        self.local = board.debugger.local
        self.execute = board.debugger.execute


def _note(stopped: Stopped) -> str:
    """What else there is to say of a stop."""
    notes = [] if stopped.is_main else ["another thread stands:"]
    if stopped.reason == "error":
        notes.append(f"a condition failed: {stopped.text}")
    return "\n".join(notes)
