"""Publishes pipes of one board at a broker: `ukernel.pipes.mqtt` specifies topics and batches.

`published` keeps what the board's reader thread brings. The link's thread makes batches of it and sends them.
While the broker is away they wait in the outbox, which is bounded; what is lost is counted, and shows to
readers as a gap in the numbers.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.outbox import BUFFER, Outbox, Parcel
from iot_kernel.pipes.published import PublishedPipes
from iot_kernel.text import byte_count
from ukernel.pipes.framing import FramingError
from ukernel.pipes.mqtt.address import BrokerAddress
from ukernel.pipes.mqtt.connecting import CONNECT_TIMEOUT
from ukernel.pipes.mqtt.errors import BrokerError, BrokerReason
from ukernel.pipes.mqtt.link import IDLE, BrokerLink
from ukernel.pipes.mqtt.topics import (
    BoardStatus,
    check_board,
    pipe_topic,
    read_status,
    status_topic,
    write_status,
)

#: s from the first message of a batch to the next batch: 20 packets a second cost a broker little, and a live
#: chart has a picture about as often.
BATCH_SECONDS = 0.05

#: s that are left to readers after a restart of the broker: they connect again every `RETRY_INTERVAL`, and
#: what is sent before they have subscribed again, a broker that has forgotten them gives to nobody.
SETTLE = 3.0

#: s for the last messages to leave when a publisher is closed.
CLOSE_TIMEOUT = 3.0


@dataclass(frozen=True, slots=True)
class Publication:
    """How the publishing of a pipe does.

    Attributes:
        name: of the pipe; empty for all of the board.
        broker: where, without a password.
        board: by which name.
        state: of the connection, in words.
        sent: messages that the broker has, of all pipes of this publisher.
        waiting: bytes for it.
        lost: messages that it did not get, of all pipes of this publisher.
    """

    name: str
    broker: str
    board: str
    state: str
    sent: int
    waiting: int
    lost: int


class Publisher:
    """Pipes of one board at one broker. Thread-safe; `start` connects. Implements `LinkOwner`.

    Args:
        hub: whose pipes they are.
        board: the name by which readers know the board.
        address: of the broker.
        uid: of the board.
        notice: takes a line that the user should see; called on any thread.
        is_online: whether the board is there; asked about every second, and must not wait.

    Raises:
        ImportError: paho-mqtt is not installed.
        ValueError: the board's name cannot stand in a topic.
    """

    def __init__(
        self,
        hub: Hub,
        board: str,
        address: BrokerAddress,
        uid: str = "",
        notice: Callable[[str], None] = lambda line: None,
        is_online: Callable[[], bool] = lambda: True,
    ) -> None:
        self.board = check_board(board)
        self.address = address
        self._hub = hub
        self._uid = uid
        self._notice = notice
        self._number = secrets.randbelow(2**32)
        self._status_topic = status_topic(address.prefix, board)
        will = self._status_topic, write_status(BoardStatus(False, self._number))
        self._link = BrokerLink(address, f"iot-{self._number:08x}", self, "IoT MQTT", will)
        #: which pipes are published; whoever changes that needs to do nothing else
        self.pipes = PublishedPipes(self._number, self._link.wake)
        self._is_ending = False
        self._is_online = is_online
        # For the link's thread
        self._outbox = Outbox()
        self._due: float | None = None
        self._hold_until = 0.0
        self._told: BoardStatus | None = None
        self._status_number = -1
        self._away_since: float | None = None
        self._lost_before = 0
        self._has_told_full = self._has_told_refusal = False
        self._has_told_twin = self._has_told_unsent = False
        # For those who wait
        self._first = threading.Event()
        self._raises = False  # the first problem
        self._problem: BrokerError | None = None
        self._is_drained = threading.Event()

    def start(self, *, waits: bool = True) -> None:
        """Connects.

        Args:
            waits: return when the broker has let us in; else go on trying, whatever happens.

        Raises:
            BrokerError: it has not; this publisher is closed then.
        """
        self._raises = waits
        self._hub.tap(self.pipes)
        self._link.start()
        if not waits:
            return
        self._first.wait(2 * CONNECT_TIMEOUT)
        if not self._link.is_connected:
            late = BrokerError(self.address.place, BrokerReason.SLOW, "it does not answer in time")
            problem = self._problem or late
            self.close()
            raise problem

    def detach(self) -> None:
        """Takes no more from its hub, which gives the board's pipes away; they do not end by that."""
        self._hub.untap(self.pipes)

    def attach(self, hub: Hub, notice: Callable[[str], None], is_online: Callable[[], bool]) -> None:
        """Goes on with another hub, which has the board's pipes now.

        Args:
            hub: whose pipes they are.
            notice: takes a line that the user should see; called on any thread.
            is_online: whether the board is there; asked about every second, and must not wait.
        """
        self._hub, self._notice, self._is_online = hub, notice, is_online
        hub.tap(self.pipes)

    def set_online(self, *, is_online: bool) -> None:
        """Says whether the board is there, where that was not given as a function."""
        self._is_online = lambda: is_online
        self._link.wake()

    def publications(self) -> list[Publication]:
        """What is published, by name."""
        lost = self._outbox.lost + self.pipes.dropped
        about = (str(self.address), self.board, self._state(), self._outbox.sent, self._outbox.size, lost)
        return [Publication(name, *about) for name in self.pipes.names()]

    def close(self) -> None:
        """Ends all pipes for their readers, after the last message, and says that the board is gone."""
        self._hub.untap(self.pipes)
        self._first.set()  # for who still waits
        self.pipes.end_all()
        self._is_ending = True
        self._link.wake()
        if self._link.is_connected:
            self._is_drained.wait(CLOSE_TIMEOUT)
        self._link.close()
        self._say_unsent()

    def _say_unsent(self) -> None:
        """The thread of the link has ended, or is about to: what still waits stays here."""
        if not self._has_told_unsent and (unsent := self._outbox.unsent):
            self._has_told_unsent = True
            self._notice(f"{self.address.place} did not get the last {unsent} messages: they are lost")

    # Called by the link, on its thread

    def connected(self, *, is_known: bool) -> None:
        """There is a connection: what is known of the board goes first, then what has waited."""
        self._told, self._status_number = None, -1
        self._link.subscribe(self._status_topic)
        self._outbox.begin_again(is_known=is_known)
        if self._away_since is not None and not is_known:
            self._hold_until = time.monotonic() + SETTLE
        if self._away_since is not None:
            seconds, lost = time.monotonic() - self._away_since, self._outbox.lost - self._lost_before
            what = f"{lost} messages were lost" if lost else "nothing was lost"
            self._notice(f"{self.address.place} is back after {seconds:.0f} s: {what}")
        self._away_since, self._has_told_full = None, False
        self._first.set()

    def received(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        """What is said of this board, by this publisher and by others that call theirs so."""
        with contextlib.suppress(FramingError):
            status = read_status(payload)
            if status.is_online and status.publisher != self._number and not self._has_told_twin:
                self._has_told_twin = True
                what = f"another publisher calls its board {self.board!r}, too"
                self._notice(
                    f"{self.address}: {what}; who reads it gets one of both; give one of them another name"
                )

    def confirmed(self, number: int, problem: str) -> None:
        """The broker has a batch, or refuses it."""
        if number == self._status_number:
            self._status_number = -1
        elif not problem:
            self._outbox.confirm(number, time.monotonic())
        elif self._outbox.refuse(number) and not self._has_told_refusal:
            self._has_told_refusal = True
            self._notice(f"{self.address} refuses messages of this user: {problem}; they are lost")

    def lost(self, error: BrokerError) -> None:
        """There is no connection, or there never was one."""
        if self._first.is_set() or not self._raises:
            self._say_lost(error)
        self._problem = error
        self._first.set()

    def _say_lost(self, error: BrokerError) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            self._lost_before = self._outbox.lost
            kept = f"up to {byte_count(BUFFER)} of messages are kept until it is back"
            self._notice(f"{error}; {kept}")

    def work(self) -> float:
        """Makes batches of what has come, and sends what may be sent; returns when to come again."""
        now = time.monotonic()
        if self.pipes.has_news and self._due is None:
            self._due = now if self._is_ending else now + BATCH_SECONDS
        if self._due is not None and now >= self._due:
            self._due = None
            self.pipes.pack(self._put)
        if self._link.is_connected:
            self._tell()
            self._send(now)
            if self._is_ending and self._has_told_offline:
                self._is_drained.set()
        waits = [IDLE, self._hold_until - now] if self._hold_until > now else [IDLE]
        return min(waits if self._due is None else [*waits, max(0.0, self._due - now)])

    def _put(self, name: str, payload: bytes, count: int) -> None:
        before = self._outbox.lost
        self._outbox.put(Parcel(pipe_topic(self.address.prefix, self.board, name), payload, count))
        if self._outbox.lost > before and not self._has_told_full:
            self._has_told_full = True
            self._notice(f"{self.address.place}: {byte_count(BUFFER)} wait for it; the oldest are lost")

    def _tell(self) -> None:
        """Tells what is known of the board, where that has changed and the last is confirmed."""
        is_online = not self._is_ending and self._is_online()
        status = BoardStatus(is_online, self._number, self.pipes.open_names(), self._uid)
        if not status.is_online and (self.pipes.has_news or not self._outbox.is_empty):
            return  # the last messages come first
        has_room = self._outbox.under_way < self._link.window
        if status != self._told and self._status_number < 0 and has_room:
            self._told = status
            payload = write_status(status)
            self._status_number = self._link.publish(self._status_topic, payload, is_retained=True)

    @property
    def _has_told_offline(self) -> bool:
        return self._told is not None and not self._told.is_online and self._status_number < 0

    def _send(self, now: float) -> None:
        if now < self._hold_until:
            return
        room = self._link.window - (self._status_number >= 0)
        while self._link.is_connected and self._outbox.under_way < room:
            if (parcel := self._outbox.take()) is None:
                return
            self._outbox.begin(self._link.publish(parcel.topic, parcel.payload), parcel)

    def _state(self) -> str:
        if self._link.is_connected:
            return f"connected, MQTT {self._link.version}"
        since = self._away_since
        return "connecting" if since is None else f"away for {time.monotonic() - since:.0f} s"
