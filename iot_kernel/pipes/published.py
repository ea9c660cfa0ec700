"""Which pipes of a board are published, and what has come of them: the reader thread's side of a publisher.

A publisher's thread takes it from here in batches. Nothing here waits, and what is kept is bounded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from iot_kernel.pipes.hub import Outlet
from iot_kernel.pipes.outbox import BUFFER
from ukernel.pipes.framing import Message, check_name
from ukernel.pipes.mqtt.batches import NumberedMessage, take_batch, write_end

#: bytes of a batch: 2000 samples of four bytes. More would save nothing, and delay what comes behind.
BATCH_SIZE = 32 * 1024

#: bytes that a small message takes beside its data.
MESSAGE_COST = 200


@dataclass(slots=True)
class _OpenStream:
    """A pipe that is open and published."""

    name: str
    number: int
    seen: int = 0  # messages
    next: int = 0  # number of the next message
    waiting: deque[NumberedMessage] = field(default_factory=deque)


#: What takes batches: the name of the pipe, the batch, how many messages are in it.
TakeBatch = Callable[[str, bytes, int], None]


class PublishedPipes(Outlet):
    """The pipes of a board that are published. Thread-safe.

    Args:
        publisher: the number that stands in each batch.
        wake: called, on any thread, when there is something to do.
    """

    def __init__(self, publisher: int, wake: Callable[[], None]) -> None:
        self._publisher = publisher
        self._wake = wake
        self._streams_lock = threading.RLock()
        self._names: set[str] = set()
        self._has_all = False
        self._streams: dict[str, _OpenStream] = {}
        self._open: set[str] = set()
        self._count = 0  # streams so far
        self._events: deque[tuple[_OpenStream, NumberedMessage | None]] = deque()  # None: the end
        self._queued = self._packed = 0  # bytes; each is counted by one thread only
        self._is_awake = False
        #: messages that had no room
        self.dropped = 0

    @property
    def queued(self) -> int:
        """Bytes that `pack` has not taken."""
        return self._queued - self._packed

    @property
    def has_news(self) -> bool:
        """Whether there is something for `pack`."""
        return bool(self._events)

    def names(self) -> list[str]:
        """What is published, whether it is open or not; an empty name stands for all of the board."""
        with self._streams_lock:
            return [*([""] if self._has_all else []), *sorted(self._names)]

    def open_names(self) -> tuple[str, ...]:
        """Which of the published pipes are open."""
        with self._streams_lock:
            return tuple(sorted(self._streams))

    def publish(self, name: str) -> None:
        """Publishes a pipe from now on, whenever it is open. Twice is fine.

        Raises:
            ValueError: no pipe can have this name.
        """
        check_name(name)
        with self._streams_lock:
            self._names.add(name)
            if name in self._open:
                self._begin(name)

    def publish_all(self) -> None:
        """Publishes all pipes of the board from now on."""
        with self._streams_lock:
            self._has_all = True
            for name in self._open:
                self._begin(name)

    def withdraw(self, name: str) -> None:
        """Publishes a pipe no more; it ends for its readers. One that is not published is fine."""
        with self._streams_lock:
            self._names.discard(name)
            self._end(name)

    def end_all(self) -> None:
        """Ends all pipes for their readers."""
        with self._streams_lock:
            for name in list(self._streams):
                self._end(name)

    def message(self, name: str, message: Message) -> bool:
        """Puts a message into the queue, if its pipe is published."""
        with self._streams_lock:
            if (stream := self._streams.get(name)) is None:
                return True
            number = stream.seen + message.lost
            stream.seen, stream.next = stream.seen + 1, number + 1
            cost = len(message.data) + MESSAGE_COST
            if self.queued + cost > BUFFER:
                self.dropped += 1
                return True
            self._queued += cost
            self._put(stream, NumberedMessage(number, message.data, message.arrived, message.clock))
        return True

    def opened(self, name: str) -> None:
        """A pipe is open; if it is one of ours, its messages are kept for `pack`."""
        with self._streams_lock:
            self._open.add(name)
            if self._has_all or name in self._names:
                self._begin(name)

    def ended(self, name: str) -> None:
        """Ends a pipe for its readers."""
        with self._streams_lock:
            self._open.discard(name)
            self._end(name)

    # Called by the publisher, on its thread

    def pack(self, put: TakeBatch) -> None:
        """Makes batches of all that has come; an end is a batch of no messages."""
        self._is_awake = False
        streams: dict[int, _OpenStream] = {}
        while self._events:
            stream, message = self._events.popleft()
            if message is None:
                self._pack_stream(stream, put)
                put(stream.name, write_end(self._publisher, stream.number, stream.next), 0)
            else:
                self._packed += len(message.data) + MESSAGE_COST
                stream.waiting.append(message)
                streams[stream.number] = stream
        for stream in streams.values():
            self._pack_stream(stream, put)

    def _pack_stream(self, stream: _OpenStream, put: TakeBatch) -> None:
        while waiting := len(stream.waiting):
            batch = take_batch(self._publisher, stream.number, stream.waiting, BATCH_SIZE)
            put(stream.name, batch, waiting - len(stream.waiting))

    def _begin(self, name: str) -> None:
        if name not in self._streams:
            self._count += 1
            self._streams[name] = _OpenStream(name, self._count)
            self._wake()

    def _end(self, name: str) -> None:
        if (stream := self._streams.pop(name, None)) is not None:
            self._put(stream, None)

    def _put(self, stream: _OpenStream, message: NumberedMessage | None) -> None:
        self._events.append((stream, message))
        if not self._is_awake:
            self._is_awake = True
            self._wake()
