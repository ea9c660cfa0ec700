"""What is known of the link to a board: what it has sent, the current turn, whether the link is lost.

The thread that reads, mostly the reader thread, calls `LinkState.take` and `LinkState.lose`;
`LinkState.notify` wakes the driver of a turn. Nothing here writes to the board or waits for it.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable

from iot_kernel.errors import ConnectionLostError
from iot_kernel.protocol.events import (
    Accepted,
    Desynchronised,
    Event,
    GreetingSeen,
    Output,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.frames import OWN_CHANNEL, START, Damaged, Frame
from iot_kernel.protocol.message_repl import MessageRepl
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.protocol.repl import Repl
from iot_kernel.protocol.state import State
from iot_kernel.repl.turn_state import Sink, TurnState, drop
from iot_kernel.syntax.code_pieces import code_pieces

#: bytes kept of what is printed while no code runs, for the error message when no prompt answers.
KEPT_TEXT = 2000

#: bytes by which messages of this link are told from those of a kernel before; each message carries them
_SESSION_BYTES = 2

FrameSink = Callable[[Frame | Damaged], None]


class LinkState:
    """The state of one link; all of it is guarded by `link_changed`.

    Args:
        on_stray: takes bytes printed while no code runs; called on the thread that reads.
        on_lost: the link broke while nobody had the turn; called on the thread that reads, at most once.
        on_frame: takes frames that belong to no transfer, and damaged ones, in their place among the output;
            called on the thread that reads, so it must not block.
    """

    def __init__(
        self, *, on_stray: Sink, on_lost: Callable[[ConnectionLostError], None], on_frame: FrameSink
    ) -> None:
        self._on_stray = on_stray
        self._on_lost = on_lost
        self._on_frame = on_frame
        self._is_torn = False  # a frame of the transfer, since when no whole one came
        #: held while anything here is changed or read together; `notify` comes after each change
        self.link_changed = threading.Condition()
        self.repl: Repl = RawRepl()
        self.turn = TurnState(0.0)  # a greeting before the first turn is nobody's output
        #: why the link is of no use any more; None while it is
        self.lost: ConnectionLostError | None = None
        #: what the raw REPL is believed to do is what the board does
        self.is_synced = False
        self.is_closing = False
        #: the driver waits in `Transport.read_direct`, from which `wake` wakes it
        self.is_read_directly = False
        self.wake: Callable[[], None] = lambda: None

    @property
    def is_ready(self) -> bool:
        """Whether the board is known to wait for code."""
        return self.is_synced and self.repl.state is State.READY and self.lost is None

    @property
    def talks_in_messages(self) -> bool:
        """Whether the board is driven by messages: it has no raw REPL."""
        return isinstance(self.repl, MessageRepl)

    def begin(
        self, request: Callable[[Repl], object], on_output: Sink, on_unsolicited: Sink | None = None
    ) -> TurnState:
        """Begins a turn: asks something of the raw REPL. One turn at a time; `Driver.follow` comes next.

        Args:
            request: what is asked.
            on_output: takes what running code prints.
            on_unsolicited: takes what is printed while no code runs; None for stray output.

        Returns:
            What becomes known during this turn.

        Raises:
            ConnectionLostError: the link is broken.
            LocalProtocolError: the raw REPL cannot be asked that now.
        """
        with self.link_changed:
            if self.lost is not None:
                raise self.lost
            self.turn = TurnState(time.monotonic(), on_output, on_unsolicited or self._on_stray)
            request(self.repl)
            return self.turn

    def first_to_send(self) -> bytes:
        """What is to be sent before anything has come; empty where something has to come first.

        Raises:
            ConnectionLostError: the link is broken.
        """
        with self.link_changed:
            if self.lost is not None:
                raise self.lost
            return self.repl.data_to_send()

    def notify(self) -> None:
        """Wakes the driver, however it waits; call it with `link_changed` held."""
        if self.is_read_directly:
            self.wake()
        else:
            self.link_changed.notify_all()

    def end(self) -> None:
        """Ends the turn: from now on what comes is stray output, or the echo of a transfer's input."""
        has_restarted = self.turn.transfer is not None and isinstance(self.turn.outcome, Rebooted)
        self.turn.transfer = None
        self.turn.on_unsolicited = drop if has_restarted else self._on_stray

    def settle(self, outcome: Event) -> None:
        """The turn is over."""
        with self.link_changed:
            self.turn.outcome = outcome
            self.notify()

    def interrupt_code(self) -> None:
        """Has the running code interrupted by whoever sends; call it with `link_changed` held."""
        if not (self.turn.transfer and self.turn.transfer.interrupt()):
            self.repl.interrupt()

    def speak_messages(self) -> None:
        """Goes on in messages: the board has no raw REPL."""
        with self.link_changed:
            self.repl = MessageRepl(secrets.token_hex(_SESSION_BYTES), code_pieces)

    def mark_unsynced(self) -> None:
        """Nobody knows what the board is doing: the raw REPL has to be entered again."""
        with self.link_changed:
            self.is_synced = False
            self.repl.forget()

    # Called by the thread that reads

    def take(self, items: Iterable[bytes | Frame | Damaged]) -> None:
        """Takes what the board has sent, and uses it up."""
        with self.link_changed:
            self.turn.received_at = time.monotonic()
            events: list[Event | Frame | Damaged] = []
            for item in items:
                if isinstance(item, bytes):
                    events += self._take_text(item)
                elif isinstance(item, Frame) and item.channel == OWN_CHANNEL:
                    self._take_own(item)
                else:
                    events.append(item)
            self.notify()
        for event in events:
            self._handle(event)

    def lose(self, error: ConnectionLostError) -> None:
        """The link broke: whoever waits is woken; where nobody does, `on_lost` is called."""
        with self.link_changed:
            is_idle = self.turn.outcome is not None and not self.is_closing
            self.lost = self.lost or error
            self.notify()
        if is_idle:
            self._on_lost(error)

    def restarted(self) -> None:
        """The transport has seen the board restart; on any thread."""
        with self.link_changed:
            self.turn.has_restarted = True
            self._greeted()
            self._doubt()
            self.notify()

    def _take_text(self, data: bytes) -> list[Event]:
        """Hands text to the raw REPL.

        Nobody's output is what may be left of a torn frame of the transfer, and the echo of input that comes
        too late.
        """
        self.repl.receive_data(data)
        events = self.repl.events_received()
        if self.turn.transfer is None:
            self._is_torn = False
            return events
        is_late = self.turn.has_greeted or any(isinstance(event, GreetingSeen | Rebooted) for event in events)
        self._is_torn = self._is_torn or data.startswith(START) or is_late
        return [event for event in events if not (self._is_torn and isinstance(event, Output | Unsolicited))]

    def _take_own(self, frame: Frame) -> None:
        if self.turn.transfer is not None:
            self._is_torn = False
            self.turn.framed_at, self.turn.greeted_at = self.turn.received_at, None
            self.turn.transfer.receive(frame)

    def _handle(self, event: Event | Frame | Damaged) -> None:
        match event:
            case Frame() | Damaged():
                self._on_frame(event)
            case Output(data):
                self.turn.printed_at = self.turn.printed_at or time.monotonic()
                self.turn.on_output(data)
            case Unsolicited(data):
                self.turn.text = (self.turn.text + data)[-KEPT_TEXT:]
                self.turn.on_unsolicited(data)
            case Accepted():
                self._accepted()
            case GreetingSeen():
                self._greeted()
                self._doubt()
            case Desynchronised():
                self._doubt()
            case Rebooted() if self.turn.outcome is not None:
                self._doubt()
            case _:
                self.settle(event)

    def _accepted(self) -> None:
        with self.link_changed:
            self.turn.accepted_at = time.monotonic()
            if self.turn.interrupted_at is not None:
                self.interrupt_code()
            self.notify()

    def _greeted(self) -> None:
        self.turn.greeted_at = time.monotonic()
        self.turn.greeted_first = self.turn.greeted_first or self.turn.greeted_at

    def _doubt(self) -> None:
        """Between turns something went by that may mean a restart: the next turn has to find out."""
        self.is_synced = self.is_synced and self.turn.outcome is None
