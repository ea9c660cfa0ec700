"""Where the events of a board go that belong to no cell: stray output, frames, a lost link, a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iot_kernel.debugging.messages import CHANNEL as DEBUG_CHANNEL
from iot_kernel.errors import ConnectionLostError
from iot_kernel.protocol.frames import Damaged, Frame
from iot_kernel.repl.link_state import FrameSink
from iot_kernel.repl.turn_state import drop

TextSink = Callable[[str], None]


@dataclass(slots=True)
class BoardCallbacks:
    """The callbacks of one board; each may be replaced at any time.

    Attributes:
        on_stray: takes text printed while no code runs; called on the thread that reads.
        on_frame: takes frames of pipes, and damaged ones; called on the thread that reads, must not block.
        on_debug: takes what is in frames of a board that is debugged; called as `on_frame` is.
        on_lost: the link broke while no code ran; called on the thread that reads, must not block.
        on_break: what ran in the background is gone or out of reach: a reset, a lost link; called from any
            thread.
        on_restart: the board has restarted since the last cell: its variables are gone; called before the
            next one.
        on_note: takes what the user should know of the board, one line; called while a cell waits.
    """

    on_stray: TextSink = drop
    on_frame: FrameSink = drop
    on_debug: Callable[[bytes], None] = drop
    on_lost: Callable[[ConnectionLostError], None] = drop
    on_break: Callable[[], None] = lambda: None
    on_restart: Callable[[], None] = lambda: None
    on_note: TextSink = drop

    def take_stray(self, text: str) -> None:
        """Calls what `on_stray` is by now."""
        self.on_stray(text)

    def take_note(self, note: str) -> None:
        """Calls what `on_note` is by now."""
        self.on_note(note)

    def take_frame(self, frame: Frame | Damaged) -> None:
        """Calls what `on_frame`, or `on_debug`, is by now."""
        if isinstance(frame, Frame) and frame.channel == DEBUG_CHANNEL:
            self.on_debug(frame.data)
        else:
            self.on_frame(frame)
