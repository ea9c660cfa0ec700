"""Gives the messages of a pipe at a broker to the same readers as those of a kernel.

A relay writes to one end of a pair of sockets what a kernel would send (`ukernel.pipes.framing`); the reader
has the other end. So `Pipe` and `Stream` do not know the difference, and losses and ends are the same. A
reader that is too slow is hung up on; one that hangs up ends the relay.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections import deque

from ukernel.pipes.framing import Message, check_name, write_messages, write_refusal
from ukernel.pipes.mqtt.address import BrokerAddress, parse_broker
from ukernel.pipes.mqtt.connecting import CONNECT_TIMEOUT, need_paho
from ukernel.pipes.mqtt.errors import BrokerError, BrokerReason
from ukernel.pipes.mqtt.link import IDLE, BrokerLink
from ukernel.pipes.mqtt.passwords import log_in
from ukernel.pipes.mqtt.reception import Reception
from ukernel.pipes.mqtt.topics import pipe_topic, status_topic

#: s to go on trying where no broker is; one that is just starting listens within a few.
PATIENCE = 5.0

#: s for what boards say of themselves to come, which the broker has kept, where the reader names no board.
SETTLE = 0.2

#: bytes that wait for the reader, beside what the operating system buffers; as much as a kernel keeps.
BUFFER = 8 * 2**20

#: bytes that wait from which the reader gets `PAUSE` before more is taken from the broker, which can wait.
MANY = BUFFER // 2

#: s; the broker is answered often enough even so.
PAUSE = 0.05

#: s for a slow reader to read the last messages of a pipe that has ended.
LAST_MESSAGES_TIMEOUT = 60.0

#: messages that are written to the reader at once.
PIECE = 1000

#: s between looks whether a slow reader takes more.
SLOW_INTERVAL = 0.02


class BrokerSource:
    """Where a pipe is read from: what `ukernel.pipes.discovery.Address` is for a kernel.

    Args:
        relay: that brings the messages.
        address: of the broker.
    """

    def __init__(self, relay: Relay, address: BrokerAddress) -> None:
        self._relay = relay
        self._address = address

    def __str__(self) -> str:
        return str(self._address)

    def __repr__(self) -> str:
        return repr(self._address)

    @property
    def kind(self) -> str:
        """What is there."""
        return "broker"

    @property
    def token(self) -> str:
        """What it wants to see in a request: nothing, which is what it reads of it."""
        return ""

    def ask(self, _name: str) -> dict[str, object]:
        """Tells what is known of the pipe: ``open``, and ``pipes`` that are there; asks nobody.

        Raises:
            BrokerError: the broker is out of reach.
        """
        return self._relay.answer()


class Relay:
    """Brings the messages of one pipe from a broker to one reader; implements `LinkOwner`.

    Args:
        address: of the broker.
        name: of the pipe.
        board: whose it is; None for the one board that publishes such a pipe.

    Raises:
        ImportError: paho-mqtt is not installed.
    """

    def __init__(self, address: BrokerAddress, name: str, board: str | None) -> None:
        self._address = address
        self._filters = status_topic(address.prefix, board), pipe_topic(address.prefix, board, name)
        self._name = name
        self._reception_lock = threading.Lock()  # its reader asks what it knows
        self._reception = Reception(address.prefix, name, board)
        need_paho()
        self._near, self._far = socket.socketpair()
        self._far.setblocking(False)
        client_id = f"iot-{secrets.token_hex(8)}"
        self._link = BrokerLink(address, client_id, self, f"IoT MQTT {name}", also=self._far)
        self._waiting: deque[bytes] = deque()
        self._size = 0  # bytes in it
        self._is_cut = False  # the first of them lacks its beginning, which the reader has
        self._is_ending = False
        self._end_by: float | None = None
        self._settles_at: float | None = None
        self._give_up_at = time.monotonic() + PATIENCE
        self._away: BrokerError | None = None
        # For who opens it
        self._opened = threading.Event()
        self._is_open = False
        self._problem: Exception | None = None

    def open(self) -> socket.socket:
        """Subscribes; returns the reader's end when the broker has confirmed it.

        Raises:
            BrokerError: there is no broker, or it does not let us in.
            ValueError: several boards publish such a pipe.
        """
        self._link.start()
        try:
            self._opened.wait(PATIENCE + 2 * CONNECT_TIMEOUT)
        finally:
            if not self._is_open:  # also where the user has broken it off
                self._near.close()
                self._link.close(0)
        if not self._is_open:
            late = BrokerError(self._address.place, BrokerReason.SLOW, "it does not answer in time")
            raise self._problem or late
        return self._near

    def answer(self) -> dict[str, object]:
        """What is known of the pipe, for its reader; from any thread."""
        if (away := self._away) is not None:
            raise away
        with self._reception_lock:
            return self._reception.answer(str(self._address))

    # Called by the link, on its thread

    def connected(self, *, is_known: bool) -> None:
        """There is a connection; a broker that has forgotten us has to be told again what we want."""
        self._away = None
        if not is_known:
            self._link.subscribe(*self._filters)

    def received(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        """Passes on what belongs to the pipe."""
        with self._reception_lock:
            now = time.monotonic()
            messages = self._reception.take(topic, payload, is_retained=is_retained, now=now)
        self._send(messages)

    def confirmed(self, number: int, problem: str) -> None:
        """The broker sends us what we want, or refuses to."""
        if problem:
            text = f"the broker does not let us read this pipe: {problem}"
            self._fail(BrokerError(self._address.place, BrokerReason.AUTH, text))
        elif not self._is_open:
            is_chosen = self._reception.board is not None
            self._settles_at = time.monotonic() + (0 if is_chosen else SETTLE)

    def lost(self, error: BrokerError) -> None:
        """There is no connection; it comes back, unless the broker does not want us."""
        self._away = error
        is_hopeless = error.reason is not BrokerReason.MISSING or time.monotonic() >= self._give_up_at
        if error.is_final or (not self._is_open and is_hopeless):
            self._fail(error)

    def work(self) -> float:
        """Writes to the reader what waits, and ends when there is an end."""
        now = time.monotonic()
        if self._settles_at is not None and now >= self._settles_at:
            self._settle()
        with self._reception_lock:
            has_ended = self._reception.has_ended(now)
        self._is_ending = self._is_ending or has_ended
        self._flush()
        if self._is_ending and self._end_by is None:
            self._end_by = now + LAST_MESSAGES_TIMEOUT
        is_over = self._end_by is not None and (not self._waiting or now >= self._end_by)
        if is_over or self._has_hung_up():
            self._end()
        if self._waiting:
            return SLOW_INTERVAL
        return IDLE if self._settles_at is None else max(0.0, self._settles_at - now)

    def _settle(self) -> None:
        self._settles_at = None
        try:
            with self._reception_lock:
                messages = self._reception.settle()
        except ValueError as error:
            self._fail(error)
            return
        self._is_open = True
        self._opened.set()
        self._send(messages)

    def _send(self, messages: list[Message]) -> None:
        for start in range(0, len(messages), PIECE):
            chunk = write_messages(messages[start : start + PIECE], stamps=True)
            self._waiting.append(chunk)
            self._size += len(chunk)
        self._flush(PAUSE if self._size > MANY else 0.0)
        if self._size > BUFFER:
            why = f"too slow: {BUFFER >> 20} MiB of pipe {self._name!r} were waiting to be read"
            self._refuse(f"{why} (read it sooner, or write less on the board)")

    def _flush(self, pause: float = 0.0) -> None:
        """Writes what waits, as far as the reader takes it at once, or within a pause for each piece."""
        if self._waiting:
            self._far.settimeout(pause)
        while self._waiting:
            chunk = self._waiting.popleft()
            try:
                sent = self._far.send(chunk)
            except (BlockingIOError, TimeoutError):
                sent = 0
            except OSError:  # the reader has hung up
                self._end()
                return
            self._size -= sent
            if sent < len(chunk):
                self._is_cut = self._is_cut or sent > 0
                self._waiting.appendleft(chunk[sent:])
                return
            self._is_cut = False

    def _has_hung_up(self) -> bool:
        try:
            self._far.settimeout(0.0)
            while data := self._far.recv(4096):  # the request, which says nothing new
                del data
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _fail(self, error: Exception) -> None:
        """Ends it with an error, for who opens it or who reads."""
        self._problem = error
        if not self._is_open:
            self._opened.set()
            self._end()
        else:
            self._refuse(str(error).removeprefix(f"{self._address}: "))

    def _refuse(self, reason: str) -> None:
        """Says why, behind what the reader has a part of; messages that wait are dropped."""
        parts = [self._waiting[0]] if self._is_cut else []
        self._waiting = deque([*parts, write_refusal(reason)])
        self._size = sum(map(len, self._waiting))
        self._is_ending = True

    def _end(self) -> None:
        self._waiting.clear()
        self._size = 0
        self._far.close()
        self._link.close()


def find_at_broker(name: str, url: str, board: str | None) -> tuple[BrokerSource, socket.socket]:
    """Subscribes to a pipe at a broker.

    Args:
        name: of the pipe, or ``BOARD:PIPE`` where no board is given.
        url: of the broker, and the prefix of its topics.
        board: whose pipe it is.

    Raises:
        ImportError: paho-mqtt is not installed.
        TypeError: the url is no text.
        ValueError: it is no url of a broker, no pipe can have this name, or several boards publish one.
        BrokerError: there is no broker, or it does not let us in.
    """
    address = log_in(parse_broker(url))
    if board is None and ":" in name:
        board, _, name = name.rpartition(":")  # the last colon: addresses of boards have some
    relay = Relay(address, check_name(name), board or None)
    return BrokerSource(relay, address), relay.open()
