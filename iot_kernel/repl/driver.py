"""The threads and the clock of one board's link: who reads, who writes, who waits for what.

The *reader* is a thread that blocks in `Transport.read`; what it brings feeds the state machine; output goes
to callbacks. It never writes, so a board that does not read cannot stop it. The *driver* is whoever has the
turn: it alone writes, and waits for the reader's news. Which turns there are is
`iot_kernel.repl.connection`'s matter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from iot_kernel.errors import ConnectError, ConnectionLostError, DeviceError, DeviceTimeoutError
from iot_kernel.protocol.events import (
    Accepted,
    Desynchronised,
    Event,
    Finished,
    GreetingSeen,
    Output,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.jmp import OWN_CHANNEL, START, Damaged, Frame
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.protocol.state import EXECUTING, ON_THEIR_WAY, State
from iot_kernel.repl.reader import Reader, wire
from iot_kernel.repl.timeouts import KEPT_TEXT, Timeouts, TurnState
from iot_kernel.repl.transfer import Exchange
from iot_kernel.transports.base import Transport

#: s between bursts to a board that cannot push back; firmware empties its input buffer in well under this.
BURST_PAUSE = 0.01

#: bytes in one write, so that an interrupt gets through while much is being sent.
PIECE = 4096

Sink = Callable[[bytes], None]
FrameSink = Callable[[Frame | Damaged], None]


def drop_frame(_: Frame | Damaged) -> None:
    """A sink for frames that nobody wants."""


class Driver:
    """A transport with a raw REPL at its other end. The constructor touches nothing.

    Args:
        transport: not yet open; the link owns it from now on.
        on_stray: takes bytes printed while no code runs; called on the reader thread.
        on_lost: the link broke while nobody had the turn; called on the reader thread, at most once.
        on_frame: takes frames that are no transfer of ours, and damaged ones; called on the reader thread,
            under the link's lock, so it must not block.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_stray: Sink,
        on_lost: Callable[[ConnectionLostError], None],
        on_frame: FrameSink = drop_frame,
    ) -> None:
        self._transport = transport
        transport.on_restart = self._restarted
        self._on_stray = on_stray
        self._on_lost = on_lost
        self._on_frame = on_frame
        self._on_output = on_stray
        self._on_unsolicited: Sink = drop  # a greeting before the first turn is nobody's output
        self._changed = threading.Condition()
        #: for plans to act on; everybody else asks through `begin`
        self.repl = RawRepl()
        self._news = TurnState(0.0)
        self._exchange: Exchange | None = None
        self._is_torn = False  # a frame of the exchange, since when no whole one came
        self._reader = Reader(transport, self._take, self._lose)
        self._lost: ConnectionLostError | None = None
        self._closing = False
        self._is_opening = False
        self._in_step = False
        #: what ended the current turn; None while it lasts
        self.outcome: Event | None = None

    @property
    def url(self) -> str:
        """Where the board is."""
        return self._transport.url

    # Life

    def open(self, timeout: float) -> None:
        """Opens the transport and starts reading.

        Args:
            timeout: seconds for the transport.

        Raises:
            ConnectError: from the transport.
            DeviceError: KeyboardInterrupt.
        """
        self._is_opening = True
        try:
            self._transport.open(timeout)
        except (ConnectError, ConnectionLostError):
            if self._news.interrupted_at is not None:
                raise _interrupted() from None
            raise
        finally:
            self._is_opening = False
        self._reader.start()

    def close(self) -> None:
        """Ends the link; whoever waits gets a ConnectionLostError. Twice is fine, from any thread is fine."""
        with self._changed:
            self._closing = True
            self._lost = self._lost or ConnectionLostError(self.url, "closed")
            self._changed.notify_all()
        self._transport.close()
        self._reader.join()

    @property
    def is_lost(self) -> bool:
        """Whether the link broke or was closed."""
        return self._lost is not None

    @property
    def is_ready(self) -> bool:
        """Whether the board is known to wait for code."""
        return self._in_step and self.repl.state is State.READY and self._lost is None

    @property
    def has_greeted(self) -> bool:
        """Whether the board seems to have restarted in this turn: what input is for is gone then."""
        return self._news.greeted_at is not None

    # Turns

    def begin(
        self, request: Callable[[RawRepl], object], on_output: Sink, on_unsolicited: Sink | None = None
    ) -> TurnState:
        """Begins a turn: asks something of the raw REPL. One turn at a time; `follow` comes next.

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
        with self._changed:
            if self._lost is not None:
                raise self._lost
            self._on_output, self._on_unsolicited = on_output, on_unsolicited or self._on_stray
            self.outcome = None
            self._news = TurnState(time.monotonic())
            request(self.repl)
            return self._news

    def follow(
        self,
        plan: Timeouts,
        done: Callable[[], bool],
        *,
        burst: int | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        """Sends what has to be sent and follows the plan until the turn is over.

        Args:
            plan: for this turn.
            done: whether the turn is over; looks at `outcome`.
            burst: bytes after which the board gets time to read them; None where the wire pushes back.
            exchange: talks with the running code, and paces its input itself.

        Raises:
            ConnectionLostError: the link broke.
            DeviceTimeoutError: the plan gave up; the board is not ready any more.
            DeviceError: KeyboardInterrupt while waiting for a board that runs no code.
        """
        self._exchange = exchange
        try:
            while data := self._next_to_send(plan, done):
                self._send(data, burst)
        except (DeviceTimeoutError, DeviceError):
            self.mark_unsynced()
            raise
        finally:
            self._exchange = None
            has_restarted = exchange is not None and isinstance(self.outcome, Rebooted)
            self._on_unsolicited = drop if has_restarted else self._on_stray  # its input is typed at a prompt

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        if self._is_opening:
            self._news.interrupted_at = time.monotonic()
            self._transport.close()
        with self._changed:
            if self.outcome is None:
                self._news.interrupted_at = time.monotonic()
                self._news.interrupts += 1
                is_taken = self.repl.state in ON_THEIR_WAY  # then it goes when the code has been taken
                if self.repl.state in EXECUTING and not is_taken:
                    self._interrupt_code()
                self._changed.notify_all()

    def _interrupt_code(self) -> None:
        if not (self._exchange and self._exchange.interrupt()):
            self.repl.interrupt()

    def mark_synced(self) -> None:
        """The board has answered: it waits for code."""
        self._in_step = True

    def mark_unsynced(self) -> None:
        """Nobody knows what the board is doing: the raw REPL has to be entered again."""
        with self._changed:
            self._in_step = False
            self.repl.forget()

    # The driver's side

    def _next_to_send(self, plan: Timeouts, done: Callable[[], bool]) -> bytes:
        with self._changed:
            while True:
                if self._lost is not None:
                    raise self._lost
                if self._exchange is not None and self.repl.state is State.STDOUT and not self.has_greeted:
                    self.repl.send_input(self._exchange.data_to_send())
                data = self.repl.data_to_send()
                if data or done():
                    return data
                self._wait(plan)

    def _wait(self, plan: Timeouts) -> None:
        if self._news.interrupted_at is not None and self.repl.state in (State.UNKNOWN, State.ENTERING):
            raise _interrupted()
        due = plan.due()
        remaining = None if due is None else due - time.monotonic()
        if remaining is None or remaining > 0:
            self._changed.wait(remaining)
        else:
            plan.act()

    def _send(self, data: bytes, burst: int | None) -> None:
        is_input = self.repl.state is State.STDOUT  # paced by who asked for it, and never broken off
        size = PIECE if burst is None or is_input else min(burst, PIECE)
        for start in range(0, len(data), size):
            if start and is_input and self.has_greeted:
                break
            if start and size != PIECE:
                time.sleep(BURST_PAUSE)
            if start and self._news.interrupted_at is not None and not is_input:
                self._break_off()
                break
            self._write(data[start : start + size])
        self._news.sent_at = time.monotonic()

    def _write(self, data: bytes) -> None:
        wire.debug("%s <- %d bytes %r", self.url, len(data), data)
        try:
            self._transport.write(data)
        except ConnectionLostError as error:
            with self._changed:
                self._lost = self._lost or error
            raise

    def _break_off(self) -> None:
        """Drops code of which the board has a part when the user interrupts: Ctrl-C clears its line."""
        self.mark_unsynced()
        with self._changed:
            self.repl.interrupt()
            self.outcome = Finished(b"KeyboardInterrupt: interrupted before all of the code had been sent")

    # The reader's side

    def _take(self, items: Iterable[bytes | Frame | Damaged]) -> None:
        with self._changed:
            self._news.received_at = time.monotonic()
            events: list[Event] = []
            for item in items:
                if isinstance(item, bytes):
                    events += self._take_text(item)
                elif isinstance(item, Frame):
                    self._take_frame(item)
                else:
                    self._on_frame(item)
            self._changed.notify_all()
        for event in events:
            self._handle(event)

    def _take_text(self, data: bytes) -> list[Event]:
        """Hands text to the raw REPL.

        Nobody's output is what may be left of a torn frame of the exchange, and the echo of input that comes
        too late.
        """
        self.repl.receive_data(data)
        events = self.repl.events_received()
        is_late = self.has_greeted or any(isinstance(event, GreetingSeen | Rebooted) for event in events)
        is_rest = self._is_torn or data.startswith(START) or is_late
        self._is_torn = self._exchange is not None and is_rest
        return [event for event in events if not (self._is_torn and isinstance(event, Output | Unsolicited))]

    def _take_frame(self, frame: Frame) -> None:
        if frame.channel != OWN_CHANNEL:
            self._on_frame(frame)
        elif self._exchange is not None:
            self._is_torn = False
            self._news.framed_at, self._news.greeted_at = self._news.received_at, None
            self._exchange.receive(frame)

    def _handle(self, event: Event) -> None:
        match event:
            case Output(data):
                self._news.printed_at = self._news.printed_at or time.monotonic()
                self._on_output(data)
            case Unsolicited(data):
                self._news.text = (self._news.text + data)[-KEPT_TEXT:]
                self._on_unsolicited(data)
            case Accepted():
                self._accepted()
            case GreetingSeen():
                self._greeted()
                self._doubt()
            case Desynchronised():
                self._doubt()
            case Rebooted() if self.outcome is not None:
                self._doubt()
            case _:
                self._settle(event)

    def _accepted(self) -> None:
        with self._changed:
            self._news.accepted_at = time.monotonic()
            if self._news.interrupted_at is not None:
                self._interrupt_code()
            self._changed.notify_all()

    def _greeted(self) -> None:
        self._news.greeted_at = time.monotonic()
        self._news.greeted_first = self._news.greeted_first or self._news.greeted_at

    def _restarted(self) -> None:
        """The transport has seen the board restart."""
        with self._changed:
            self._news.has_restarted = True
            self._greeted()
            self._doubt()
            self._changed.notify_all()

    def _doubt(self) -> None:
        """Between turns something went by that may mean a restart: the next turn has to find out."""
        self._in_step = self._in_step and self.outcome is None

    def _settle(self, event: Event) -> None:
        with self._changed:
            self.outcome = event
            self._changed.notify_all()

    def _lose(self, error: ConnectionLostError) -> None:
        with self._changed:
            is_idle = self.outcome is not None and not self._closing
            self._lost = self._lost or error
            self._changed.notify_all()
        if is_idle:
            self._on_lost(error)


def _interrupted() -> DeviceError:
    return DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: while waiting for the board")


def drop(_: bytes) -> None:
    """A sink for what nobody wants."""
