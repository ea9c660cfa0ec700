"""The TCP listener of one kernel: a thread with an event loop that sends messages to all who subscribed.

The thread that brings a message only appends it to a queue and wakes the loop. All that waits in the queue is
written to each subscriber at once. It listens on the loopback interface only.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from iot_kernel.pipes.hub import Hub, Outlet
from iot_kernel.pipes.subscriber import Subscriber, write_chunk
from ukernel.pipes.framing import Message

LOOPBACK = "127.0.0.1"

#: Subscribers at a time; an operating system's usual limit for all files of a process is 1024.
MOST_SUBSCRIBERS = 400

#: Connections at a time that have not shown yet that they may subscribe; anybody on this computer can make
#: them. More than the event loop accepts in one go (100), so that a connection whose request comes at once is
#: read before others push it out.
MOST_WITHOUT_REQUEST = 128

#: bytes between the reader of the board and the event loop; more than that waits only when this process
#: stands still.
BACKLOG = 64 * 2**20

#: bytes that a small message takes beside its data.
MESSAGE_COST = 200

#: s for the last messages to leave at the end of the kernel.
CLOSE_TIMEOUT = 0.3

#: what stands behind the number of a board in front of its pipes' names; no name has it
GROUP_END = "\n"

#: names of pipes in the answer to a question
MOST_NAMES = 20

_Event = tuple[str, Message | None]  # None: the end


class _Board(NamedTuple):
    """One board whose pipes are here.

    Attributes:
        hub: whose messages are handed on.
        token: what subscribers have to bring; empty for nothing.
        about: more about it, for whoever asks about a pipe.
    """

    hub: Hub
    token: str
    about: Callable[[], dict[str, object]]


class _GroupOutlet(Outlet):
    """Takes what one more board says, and puts its group in front of the names of its pipes."""

    def __init__(self, listener: PipeListener, group: str) -> None:
        self._listener = listener
        self._group = group

    def message(self, name: str, message: Message) -> bool:
        return self._listener.message(self._group + name, message)

    def ended(self, name: str) -> None:
        self._listener.ended(self._group + name)

    def subscribers(self, name: str) -> int:
        return self._listener.subscribers(self._group + name)


class PipeListener(Outlet):
    """Implements `hub.Outlet` and `subscriber.SubscriberOwner`. The constructor touches nothing.

    `add` has it hand on the pipes of more boards. Each has a token of its own, which tells whose pipe is
    meant.

    Args:
        hub: whose messages it hands on.
        token: what subscribers have to bring; empty for nothing.
        about: more about this kernel, for whoever asks about a pipe.
    """

    def __init__(self, hub: Hub, token: str, about: Callable[[], dict[str, object]] = dict) -> None:
        self.token = token
        self._hub = hub
        self._boards = {"": _Board(hub, token, about)}
        self._group_number = 0
        self._subscribers: dict[str, set[Subscriber]] = {}
        self._connections: set[Subscriber] = set()
        self._without_request: dict[
            Subscriber, None
        ] = {}  # of these, the ones without a request; oldest first
        self._admitted: set[Subscriber] = set()
        self._events: deque[_Event] = deque()
        self._queued = self._sent = 0  # bytes; each is counted by one thread only
        self._is_awake = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="IoT pipes", daemon=True)
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._is_closed = False

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._socket is not None  # noqa: S101  a listener that was started
        port: int = self._socket.getsockname()[1]
        return port

    def start(self, port: int = 0) -> None:
        """Listens from now on.

        Args:
            port: 0 for any that is free.

        Raises:
            OSError: the port is taken, or is none of ours to take.
        """
        self._socket = socket.create_server((LOOPBACK, port), backlog=128)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(self._socket), self._loop).result()
        self._hub.outlet = self

    def close(self) -> None:
        """Ends all pipes for their subscribers, after the last message. Twice is fine."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._thread.ident is not None:
            self._hub.end_all("the kernel ends")
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def repeat(self, do: Callable[[], None], interval: float) -> None:
        """Calls something on the event loop, now and every ``interval`` seconds, until this is closed.

        Args:
            do: must neither wait nor raise.
            interval: in seconds.
        """
        self._loop.call_soon_threadsafe(self._again, do, interval)

    def add(self, hub: Hub, token: str, about: Callable[[], dict[str, object]]) -> None:
        """Hands on the pipes of one more board.

        Args:
            hub: its own.
            token: another one than that of every other board.
            about: more about the board, for whoever asks about a pipe.
        """
        self._group_number += 1
        group = f"{self._group_number}{GROUP_END}"
        self._boards = {**self._boards, group: _Board(hub, token, about)}
        hub.outlet = _GroupOutlet(self, group)

    def remove(self, hub: Hub) -> None:
        """Hands on nothing more of a board that `add` has added, whose pipes have ended. Twice is fine."""
        self._boards = {
            group: board for group, board in self._boards.items() if board.hub is not hub or not group
        }

    # Called by the hub, on any thread

    def message(self, name: str, message: Message) -> bool:
        """Puts a message into the queue, if its pipe has subscribers."""
        if name not in self._subscribers:
            return True
        cost = len(message.data) + MESSAGE_COST
        if self._queued - self._sent + cost > BACKLOG:
            return False
        self._queued += cost
        self._put((name, message))
        return True

    def ended(self, name: str) -> None:
        """Ends the streams of a pipe."""
        if name in self._subscribers:
            self._put((name, None))

    def subscribers(self, name: str) -> int:
        """How many subscribers a pipe has."""
        return len(self._subscribers.get(name, ()))

    # Called by subscribers, on the event loop

    def group_of(self, token: str | None) -> str | None:
        """Which board's pipes a token opens; with none that is known the first one's, if it wants none."""
        given = (token or "").encode()
        for group, board in self._boards.items():
            if board.token and hmac.compare_digest(given, board.token.encode()):
                return group
        return None if self.token else ""

    def arrive(self, subscriber: Subscriber) -> None:
        """Counts a connection that has no request yet; where there are too many, the oldest one is ended."""
        self._without_request[subscriber] = None
        if len(self._without_request) > MOST_WITHOUT_REQUEST:
            oldest = next(iter(self._without_request))
            del self._without_request[oldest]
            oldest.refuse(f"more than {MOST_WITHOUT_REQUEST} connections wait here without a request")
            oldest.abort()

    def admit(self, subscriber: Subscriber, name: str) -> None:
        """Sends a subscriber the messages of a pipe from now on, unless there are too many."""
        self._without_request.pop(subscriber, None)
        if len(self._admitted) >= MOST_SUBSCRIBERS:
            subscriber.refuse(f"this kernel has {MOST_SUBSCRIBERS} subscribers already")
            return
        self._admitted.add(subscriber)
        self._subscribers.setdefault(name, set()).add(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Sends a subscriber nothing more."""
        if (group := self._subscribers.get(subscriber.name)) is not None:
            group.discard(subscriber)
            if not group:
                del self._subscribers[subscriber.name]
        if subscriber.is_closed:
            self._connections.discard(subscriber)
            self._without_request.pop(subscriber, None)
            self._admitted.discard(subscriber)

    def about(self, name: str) -> dict[str, object]:
        """What is known of a pipe, and of this kernel."""
        group, mark, own_name = name.rpartition(GROUP_END)
        board = self._boards.get(group + mark, self._boards[""])
        infos = board.hub.pipes()
        info = next((info for info in infos if info.name == own_name), None)
        found: dict[str, object] = {"open": info is not None, "subscribers": self.subscribers(name)}
        found["pipes"] = [info.name for info in infos][:MOST_NAMES]
        if info is not None:
            found |= {"messages": info.messages, "bytes": info.bytes, "lost": info.lost}
        return found | board.about()

    # The event loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _again(self, do: Callable[[], None], interval: float) -> None:
        self._loop.call_later(interval, self._again, do, interval)
        do()

    async def _serve(self, listening: socket.socket) -> None:
        self._server = await self._loop.create_server(self._connect, sock=listening)

    def _connect(self) -> Subscriber:
        subscriber = Subscriber(self)
        self._connections.add(subscriber)
        return subscriber

    def _put(self, event: _Event) -> None:
        self._events.append(event)
        if not self._is_awake:
            self._is_awake = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel has ended
                self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._is_awake = False
        batches: dict[str, list[Message]] = {}
        while self._events:
            name, message = self._events.popleft()
            if message is None:
                self._flush(name, batches.pop(name, []))
                for subscriber in list(self._subscribers.get(name, ())):
                    subscriber.end()
                continue
            self._sent += len(message.data) + MESSAGE_COST
            batches.setdefault(name, []).append(message)
        for name, messages in batches.items():
            self._flush(name, messages)

    def _flush(self, name: str, messages: list[Message]) -> None:
        if messages and (group := self._subscribers.get(name)):
            write_chunk(messages, list(group))

    async def _close(self) -> None:
        self._drain()
        if self._server is not None and self._socket is not None:
            # asyncio forgets connections that it has accepted but not yet introduced when a server closes.
            with contextlib.suppress(NotImplementedError):  # the loop of Windows introduces them at once
                self._loop.remove_reader(self._socket.fileno())
            await _settle()
            self._server.close()
        for subscriber in list(self._connections):
            subscriber.end()
        end = self._loop.time() + CLOSE_TIMEOUT
        while self._connections and self._loop.time() < end:  # noqa: ASYNC110  nobody else waits for this
            await asyncio.sleep(0.005)
        for subscriber in list(self._connections):
            subscriber.abort()
        await _settle()


async def _settle() -> None:
    """Lets the loop do what connections that were accepted or aborted have only scheduled."""
    for _ in range(5):
        await asyncio.sleep(0)
