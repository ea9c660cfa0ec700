"""One board's link: a transport, a raw REPL and the thread that always reads. The clock of the link is here.

Threads: the *reader* blocks in `Transport.read`, feeds the state machine and calls back with output; it never
writes, so a board that does not read cannot stop it. Whoever executes code is the *driver* of that turn: it
alone writes, and waits for the reader's news. Turns are taken one after the other; `interrupt` and `close`
may come from any thread at any time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    DeviceResetError,
    DeviceTimeoutError,
)
from iot_kernel.plans import Entering, Executing, News, Plan, SoftReset, UntilQuiet
from iot_kernel.protocol.events import (
    Accepted,
    Desynchronised,
    Entered,
    Event,
    Finished,
    GreetingSeen,
    Output,
    PasteRefused,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.raw_repl import EXECUTING, RawRepl, State
from iot_kernel.transports.base import Transport

_log = logging.getLogger(__name__)

#: All bytes of all links, at DEBUG: ``%loglevel iot_kernel.wire DEBUG`` shows what a board really said.
_wire = logging.getLogger("iot_kernel.wire")

#: s between bursts to a board that cannot push back; firmware empties its input buffer in well under this.
BURST_PAUSE = 0.01

#: bytes in one write, so that an interrupt gets through while much is being sent.
PIECE = 4096

#: s; a board that never stops printing after a hard reset is interrupted then.
HARD_RESET_TIMEOUT = 30.0

#: s between attempts to reach a board that is restarting.
RETRY_PAUSE = 0.25

#: What stays as it is, however often one tries.
LASTING = frozenset({ConnectReason.AUTH, ConnectReason.HELD, ConnectReason.UNSUPPORTED})

Sink = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended.

    Args:
        traceback: the board's text; empty when the code ended well.
        desynchronised: the output contained 0x04, so that some of it may be out of place.
    """

    traceback: bytes
    desynchronised: bool


class PasteUnsupportedError(Exception):
    """The firmware has no raw-paste mode; nothing ran and the board waits for code."""


class Connection:
    """A board's raw REPL over a transport. The constructor touches nothing.

    Args:
        transport: not yet open; the connection owns it from now on.
        on_stray: takes bytes printed while no code runs; called on the reader thread.
        on_restart: the interpreter restarted while no code ran; called on the reader thread.
        on_lost: the link broke; called on the reader thread, once.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_stray: Sink,
        on_restart: Callable[[], None],
        on_lost: Callable[[ConnectionLostError], None],
    ) -> None:
        self._transport = transport
        self._on_stray = on_stray
        self._on_restart = on_restart
        self._on_lost = on_lost
        self._on_output = on_stray
        self._on_unsolicited = _drop  # a greeting before the first `enter` is nobody's output
        self._turn = threading.RLock()
        self._changed = threading.Condition()
        self._repl = RawRepl()
        self._news = News(0.0)
        self._reader: threading.Thread | None = None
        self._lost: ConnectionLostError | None = None
        self._closing = False
        self._outcome: Event | None = None
        self._desynchronised = False
        self._in_step = False
        self._burst: int | None = None

    # Life

    def open(self, timeout: float) -> None:
        """Opens the transport and starts reading.

        Args:
            timeout: seconds for the transport.

        Raises:
            ConnectError: from the transport.
        """
        self._transport.open(timeout)
        self._reader = threading.Thread(
            target=self._read, name=f"reader of {self._transport.url}", daemon=True
        )
        self._reader.start()

    def close(self) -> None:
        """Ends the link; whoever waits gets a ConnectionLostError. Twice is fine, from any thread is fine."""
        with self._changed:
            self._closing = True
            self._lost = self._lost or ConnectionLostError(self._transport.url, "closed")
            self._changed.notify_all()
        self._transport.close()
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join()

    @property
    def is_ready(self) -> bool:
        """Whether the board is known to wait for code; otherwise `enter` comes first."""
        return self._in_step and self._repl.state is State.READY and self._lost is None

    @property
    def is_lost(self) -> bool:
        """Whether the link broke or was closed."""
        return self._lost is not None

    # Turns

    def enter(self, *, interrupt: bool, timeout: float, on_text: Sink | None = None) -> None:
        """Brings the board into the raw REPL, without resetting it.

        Args:
            interrupt: send Ctrl-C to a board that does not answer, which ends its program.
            timeout: seconds, however much the board prints meanwhile.
            on_text: takes what the board prints before it answers.

        Raises:
            DeviceTimeoutError: no prompt answered; its ``received`` holds the end of what came instead.
            ConnectionLostError: the link broke.
        """
        with self._turn:
            news = self._begin(on_text or _drop)
            plan = Entering(self._repl, news, interrupt=interrupt, timeout=timeout)

            def take(data: bytes) -> None:
                plan.take(data)
                (on_text or _drop)(data)

            self._on_unsolicited = take
            self._lose_step()
            self._drive(plan, lambda: isinstance(self._outcome, Entered))
            self._in_step = True

    def execute(
        self,
        code: bytes,
        on_output: Sink,
        *,
        timeout: float | None = None,
        paste: bool = False,
        burst: int | None = None,
    ) -> Outcome:
        """Runs code and waits for its end.

        Args:
            code: source text without the bytes 0x01 to 0x05.
            on_output: takes what the code prints; called on the reader thread.
            timeout: seconds for all of it; None waits for as long as the code runs.
            paste: send it in raw-paste mode.
            burst: bytes after which the board gets time to read them; None where the wire pushes back.

        Raises:
            PasteUnsupportedError: the firmware has no raw-paste mode; nothing ran.
            ConnectionLostError: the link broke.
            DeviceResetError: the board restarted meanwhile.
            DeviceTimeoutError: the time is over, or Ctrl-C did not help; `is_ready` is False then.
        """
        with self._turn:
            news = self._begin(on_output)
            with self._changed:
                self._repl.execute(code, paste=paste)
            self._burst = None if paste else burst
            self._drive(Executing(self._repl, news, timeout, paste), lambda: self._outcome is not None)
            return self._conclude()

    def soft_reset(self, on_output: Sink) -> None:
        """Restarts the interpreter and comes back in the raw REPL.

        Args:
            on_output: takes what the board prints meanwhile.

        Raises:
            DeviceTimeoutError: no prompt came back.
            ConnectionLostError: the link does not survive a soft reset (WebREPL).
        """
        with self._turn:
            news = self._begin(on_output)
            with self._changed:
                self._repl.soft_reset()
            self._drive(SoftReset(self._repl, news), lambda: isinstance(self._outcome, Rebooted))

    def hard_reset(self, code: bytes, on_output: Sink, *, quiet: float) -> Outcome | None:
        """Runs code that resets the chip, and relays what comes until nothing has come for a while.

        Args:
            code: what resets the chip.
            on_output: takes what the board prints meanwhile.
            quiet: seconds of silence.

        Returns:
            The outcome where the code raised: nothing was reset. None otherwise; `enter` comes next.

        Raises:
            ConnectionLostError: the port went away with the board.
        """
        with self._turn:
            news = self._begin(on_output)
            with self._changed:
                self._repl.execute(code)
            plan = UntilQuiet(news, quiet, HARD_RESET_TIMEOUT)
            self._on_unsolicited = on_output
            self._drive(plan, lambda: plan.is_quiet or self._has_raised())
            if self._has_raised():
                return self._conclude()
            self._lose_step()
            return None

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        with self._changed:
            if self._outcome is None:
                self._news.interrupted_at = time.monotonic()
                if self._repl.state in EXECUTING:
                    self._repl.interrupt()
                self._changed.notify_all()

    # The driver's side

    def _begin(self, on_output: Sink) -> News:
        with self._changed:
            if self._lost is not None:
                raise self._lost
            self._on_output = on_output
            self._outcome = None
            self._desynchronised = False
            self._news = News(time.monotonic())
            return self._news

    def _drive(self, plan: Plan, done: Callable[[], bool]) -> None:
        """Writes what the state machine wants written and follows the plan until it is done."""
        try:
            while data := self._next_to_send(plan, done):
                self._send(data)
        except (DeviceTimeoutError, DeviceError):
            self._lose_step()
            raise
        finally:
            self._on_unsolicited = self._on_stray

    def _next_to_send(self, plan: Plan, done: Callable[[], bool]) -> bytes:
        with self._changed:
            while True:
                if self._lost is not None:
                    raise self._lost
                data = self._repl.data_to_send()
                if data or done():
                    return data
                self._wait(plan)

    def _wait(self, plan: Plan) -> None:
        if self._news.interrupted_at is not None and self._repl.state not in EXECUTING:
            raise DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: while waiting for the board")
        due = plan.due()
        remaining = None if due is None else due - time.monotonic()
        if remaining is None or remaining > 0:
            self._changed.wait(remaining)
        else:
            plan.act()

    def _send(self, data: bytes) -> None:
        size = min(self._burst or PIECE, PIECE)
        for start in range(0, len(data), size):
            if start and self._burst is not None:
                time.sleep(BURST_PAUSE)
            if start and self._news.interrupted_at is not None:
                self._break_off()
                break
            self._write(data[start : start + size])
        self._news.sent_at = time.monotonic()

    def _write(self, data: bytes) -> None:
        _wire.debug("%s <- %d bytes %r", self._transport.url, len(data), data)
        self._transport.write(data)

    def _break_off(self) -> None:
        """Drops code of which the board has a part when the user interrupts: Ctrl-C clears its line."""
        with self._changed:
            self._repl.forget()
            self._repl.interrupt()
            self._in_step = False
            self._outcome = Finished(b"KeyboardInterrupt: interrupted before all of the code had been sent")

    def _conclude(self) -> Outcome:
        match self._outcome:
            case Finished(traceback):
                return Outcome(traceback, self._desynchronised)
            case PasteRefused():
                raise PasteUnsupportedError
            case _:
                raise DeviceResetError(self._transport.url)

    def _has_raised(self) -> bool:
        return isinstance(self._outcome, Finished) and bool(self._outcome.traceback)

    def _lose_step(self) -> None:
        with self._changed:
            self._in_step = False
            self._repl.forget()

    # The reader's side

    def _read(self) -> None:
        try:
            while data := self._transport.read():
                self._take(data)
        except ConnectionLostError as error:
            self._lose(error)
        except Exception as error:  # noqa: BLE001 - a bug below must not look like a board that is silent
            _log.exception("reading from %s failed", self._transport.url)
            self._lose(ConnectionLostError(self._transport.url, str(error)))

    def _take(self, data: bytes) -> None:
        _wire.debug("%s -> %d bytes %r", self._transport.url, len(data), data)
        with self._changed:
            self._news.received_at = time.monotonic()
            self._repl.receive_data(data)
            events = self._repl.events_received()
            self._changed.notify_all()
        for event in events:
            self._handle(event)

    def _handle(self, event: Event) -> None:
        match event:
            case Output(data):
                self._on_output(data)
            case Unsolicited(data):
                self._on_unsolicited(data)
            case Accepted():
                self._news.accepted = True
            case GreetingSeen():
                self._news.greeted_at = time.monotonic()
                self._in_step = self._in_step and self._outcome is None
            case Desynchronised():
                self._desynchronised = True
                self._in_step = self._in_step and self._outcome is None
            case Rebooted() if self._outcome is not None:
                self._in_step = True
                self._on_restart()
            case _:
                with self._changed:
                    self._outcome = event
                    self._changed.notify_all()

    def _lose(self, error: ConnectionLostError) -> None:
        with self._changed:
            self._lost = self._lost or error
            self._changed.notify_all()
        if not self._closing:
            self._on_lost(error)


def keep_trying(action: Callable[[], object], *, timeout: float) -> None:
    """Repeats what connects to a board until it succeeds: one that restarts is away for a while.

    Args:
        action: what is tried.
        timeout: seconds after which its error is raised.

    Raises:
        ConnectError: the last one, or at once one that time does not heal.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            action()
        except (ConnectError, ConnectionLostError) as error:
            lasting = isinstance(error, ConnectError) and error.reason in LASTING
            if lasting or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_PAUSE)
        else:
            return


def _drop(data: bytes) -> None:
    pass
