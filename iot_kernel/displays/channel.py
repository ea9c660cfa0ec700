"""Makes displays of the frames of channel 2. Called on the reader thread, so nothing blocks."""

from __future__ import annotations

from collections.abc import Callable

from iot_kernel.displays.message import LONGEST_CONTENT, LONGEST_DISPLAY, BoardDisplay, DisplayKind, parse
from iot_kernel.pipes.reassembly import Assembly
from iot_kernel.protocol.frames import Frame

DISPLAY_CHANNEL = 2

LOST = (
    "something that the board showed is left out: it did not arrive whole, or it has more than "
    f"{LONGEST_CONTENT:,} bytes"
)

STRANGE = "something that the board showed is left out: this kernel does not understand it"


class DisplayChannel:
    """The displays of the current board.

    Attributes:
        on_display: takes what is to be shown; called on the thread that reads, must not block.
        on_note: takes a line for the user, at most one between two calls of `begin`; likewise.
    """

    def __init__(self) -> None:
        self.on_display: Callable[[BoardDisplay], None] = lambda display: None
        self.on_note: Callable[[str], None] = lambda note: None
        self._assembly = _new_assembly()
        self._lost = 0
        self._value: BoardDisplay | None = None
        self._has_told = False

    def begin(self) -> None:
        """A cell begins: what came of the value of another one does not count."""
        self._value = None
        self._has_told = False

    def take_value(self) -> BoardDisplay | None:
        """Gives what came of the value of the cell's last expression, once its code has ended."""
        value, self._value = self._value, None
        return value

    def reset(self) -> None:
        """The board was reset, is out of reach, or another one took its place."""
        self._assembly, self._lost = _new_assembly(), 0

    def take(self, frame: Frame) -> None:
        """Takes a frame of `DISPLAY_CHANNEL`."""
        message = self._assembly.take(frame)
        if self._assembly.lost > self._lost:
            self._lost = self._assembly.lost
            self._tell(LOST)
        if message is not None:
            self._take_message(message)

    def _take_message(self, message: bytes) -> None:
        try:
            display = parse(message)
        except ValueError:
            self._tell(STRANGE)
            return
        if display.kind is DisplayKind.VALUE:
            self._value = display
        else:
            self.on_display(display)

    def _tell(self, note: str) -> None:
        if not self._has_told:
            self._has_told = True
            self.on_note(note)


def _new_assembly() -> Assembly:
    return Assembly(LONGEST_DISPLAY, joined_late=True)
