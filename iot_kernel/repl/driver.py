"""Carries out one turn after the other: sends what is to be sent, and waits until the turn is over.

The *reader* is a thread that blocks in `Transport.read`; what it brings goes to `iot_kernel.repl.link_state`.
It never writes, so a board that does not read cannot stop it. The *driver* is the thread that has the turn:
it alone writes, and waits for what becomes known. Where the transport lets it, it reads for itself while it
waits (`Transport.begin_direct`), and does with what comes what the reader would do. What is done in a turn is
decided in `iot_kernel.repl.connection`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from iot_kernel.errors import ConnectError, ConnectionLostError, DeviceError, DeviceTimeoutError
from iot_kernel.protocol.events import Finished
from iot_kernel.protocol.state import EXECUTING, ON_THEIR_WAY, State
from iot_kernel.repl.halves import Halves
from iot_kernel.repl.link_state import LinkState
from iot_kernel.repl.reader import Reader, wire
from iot_kernel.repl.standstill import look_again
from iot_kernel.repl.timeouts import Timeouts
from iot_kernel.repl.transfer import Transfer
from iot_kernel.transports.base import Transport

#: s between bursts to a board that cannot push back; firmware empties its input buffer in well under this.
BURST_PAUSE = 0.01

#: bytes in one write, so that an interrupt gets through while much is being sent.
PIECE = 4096


class Driver:
    """Opens, drives and closes a transport with a raw REPL at its other end. The constructor touches nothing.

    Args:
        transport: not yet open; it belongs to the driver from now on.
        link: what becomes known of the board, on the thread that reads.
    """

    def __init__(self, transport: Transport, link: LinkState) -> None:
        self._transport = transport
        self._link = link
        self._reader = Reader(transport, link.take, link.lose)
        self._is_opening = False
        self._overdue = 0.0  # what was due when the driver came too late
        self._looks_until = 0.0
        transport.on_restart = link.restarted
        link.wake = transport.wake

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
            if self._link.turn.interrupted_at is not None:
                raise _interrupted() from None
            raise
        finally:
            self._is_opening = False
        self._reader.start()

    def speak_messages(self) -> None:
        """Goes on in messages: the board has no raw REPL. Call it between turns."""
        self._reader.take_messages()
        self._link.speak_messages()

    def close(self) -> None:
        """Ends the link; whoever waits gets a ConnectionLostError. Twice is fine, from any thread is fine."""
        with self._link.link_changed:
            self._link.is_closing = True
            self._link.lost = self._link.lost or ConnectionLostError(self._transport.url, "closed")
            self._link.notify()
        self._transport.close()
        self._reader.join()

    def follow(
        self,
        timeouts: Timeouts,
        done: Callable[[], bool],
        *,
        burst: int | None = None,
        input_burst: int | None = None,
        transfer: Transfer | None = None,
    ) -> Halves[None]:
        """Sends what has to be sent, and acts when it is time to, until the turn is over.

        In the first half what is to be sent at first is sent; nothing is waited for but room on the wire.

        Args:
            timeouts: of this turn.
            done: whether the turn is over; looks at `TurnState.outcome`.
            burst: bytes after which the board gets time to read them; None where the wire pushes back.
            input_burst: the same for input of the running code.
            transfer: exchanges data with the running code, and paces its input itself.

        Raises:
            ConnectionLostError: the link broke.
            DeviceTimeoutError: a timeout gave up; the board is not ready any more.
            DeviceError: KeyboardInterrupt while waiting for a board that runs no code.
        """
        self._link.turn.transfer = transfer
        self._begin_direct()
        try:
            if data := self._link.first_to_send():
                self._send(data, burst, input_burst)
            yield
            while data := self._next_to_send(timeouts, done):
                self._send(data, burst, input_burst)
        except (DeviceTimeoutError, DeviceError, KeyboardInterrupt, GeneratorExit):
            # what came may have been taken by half, or is followed by nobody
            self._link.mark_unsynced()
            raise
        finally:
            self._transport.end_direct()
            self._link.end()

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        link = self._link
        if self._is_opening:
            link.turn.interrupted_at = time.monotonic()
            self._transport.close()
        with link.link_changed:
            if link.turn.outcome is None:
                link.turn.interrupted_at = time.monotonic()
                link.turn.interrupts += 1
                is_taken = link.repl.state in ON_THEIR_WAY  # then it goes when the code has been taken
                if link.repl.state in EXECUTING and not is_taken:
                    link.interrupt_code()
                link.notify()

    def type(self, data: bytes) -> None:
        """Sends input of the user's to the code that runs; lost where none does. From any thread."""
        with self._link.link_changed:
            if self._link.turn.outcome is None:
                self._link.turn.typed += data
                self._link.notify()

    # What the driver of a turn does

    def _next_to_send(self, timeouts: Timeouts, done: Callable[[], bool]) -> bytes:
        link = self._link
        while True:
            with link.link_changed:
                if link.lost is not None:
                    raise link.lost
                turn, repl = link.turn, link.repl
                if turn.transfer is not None and repl.state is State.STDOUT and not turn.has_greeted:
                    repl.send_input(turn.transfer.data_to_send())
                if turn.typed and repl.state is State.STDOUT:
                    repl.send_input(turn.typed)
                    turn.typed = b""
                data = repl.data_to_send()
                if data or done():
                    return data
                remaining = self._wait(timeouts)
            if link.is_read_directly:
                self._read_direct(remaining)

    def _begin_direct(self) -> bool:
        """Reads directly where that is possible; not in a transfer, where much goes both ways at a time."""
        return self._link.turn.transfer is None and self._transport.begin_direct()

    def _read_direct(self, timeout: float | None) -> None:
        try:
            data = self._reader.read_direct(timeout)
        finally:
            self._link.is_read_directly = False
        if data:
            self._reader.take_direct(data)

    def _wait(self, timeouts: Timeouts) -> float | None:
        """Waits for what the reader thread brings, or acts; where the board is to be read, says how long."""
        link = self._link
        is_entering = link.repl.state in (State.UNKNOWN, State.ENTERING)
        if link.turn.interrupted_at is not None and is_entering:
            raise _interrupted()
        remaining = self._remaining(timeouts.due())
        if remaining is not None and remaining <= 0:
            timeouts.act()
        elif self._begin_direct():
            link.is_read_directly = True
        else:
            link.link_changed.wait(remaining)
        return remaining

    def _remaining(self, due: float | None) -> float | None:
        """Seconds until it is time to act; where that is long over, what came meanwhile is taken first."""
        if due is None:
            return None
        now = time.monotonic()
        if due != self._overdue:
            look = look_again(now - due)
            if not look:
                return due - now
            self._overdue, self._looks_until = due, now + look
        return self._looks_until - now

    def _send(self, data: bytes, burst: int | None, input_burst: int | None) -> None:
        turn = self._link.turn
        is_input = self._link.repl.state is State.STDOUT  # never broken off
        if is_input:
            burst = input_burst if turn.transfer is None else None  # a transfer paces its input itself
        size = PIECE if burst is None else min(burst, PIECE)
        if len(data) > size:
            self._transport.end_direct()
        for start in range(0, len(data), size):
            if start and is_input and turn.has_greeted:
                break
            if start and size != PIECE:
                time.sleep(BURST_PAUSE)
            if start and turn.interrupted_at is not None and not is_input:
                self._break_off()
                break
            self._write(data[start : start + size])
        turn.sent_at = time.monotonic()

    def _write(self, data: bytes) -> None:
        wire.debug("%s <- %d bytes %r", self._transport.url, len(data), data)
        try:
            self._transport.write(data)
        except ConnectionLostError as error:
            with self._link.link_changed:
                self._link.lost = self._link.lost or error
            raise

    def _break_off(self) -> None:
        """Drops code of which the board has a part when the user interrupts: Ctrl-C clears its line."""
        self._link.mark_unsynced()
        with self._link.link_changed:
            self._link.repl.interrupt()
            self._link.turn.outcome = Finished(
                b"KeyboardInterrupt: interrupted before all of the code had been sent"
            )


def _interrupted() -> DeviceError:
    return DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: while waiting for the board")
