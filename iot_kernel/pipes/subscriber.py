"""One connection to the listener: reads the request, then sends messages, with a bounded buffer.

`ukernel.pipes.framing` specifies the bytes. Everything runs on the listener's event loop. A subscriber can be
slow, dead, silent or hostile; whatever it does, it costs at most `BUFFER` bytes and its own connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from iot_kernel.text import byte_count
from ukernel.pipes.framing import (
    LONGEST_REQUEST,
    FramingError,
    Message,
    read_request,
    write_messages,
    write_refusal,
)

#: s from the connection to the whole request.
REQUEST_TIMEOUT = 5.0

#: bytes waiting for one subscriber in this process, beside what the operating system buffers. At 20 MB/s, the
#: most a board has brought, that is 0.4 s; at 1 kHz of samples a quarter of an hour.
BUFFER = 8 * 2**20

#: bytes that go to the transport before the rest waits here: what it holds cannot be taken back.
HIGH_WATER = 256 * 1024

#: s for a subscriber that is hung up on to read why.
REFUSAL_TIMEOUT = 5.0

#: s for a slow subscriber to read the last messages of a pipe that was closed, before they are dropped.
LAST_MESSAGES_TIMEOUT = 60.0

REFUSED = "wrong token: it stands in the kernel's state file, and goes into UCORE_PIPE_TOKEN or token="
TALKATIVE = "a subscriber sends its request and nothing more"

_log = logging.getLogger(__name__)


class SubscriberOwner(Protocol):
    """What a subscriber asks of its listener."""

    def group_of(self, token: str | None) -> str | None:
        """Which board's pipes a token opens, as what stands in front of their names; None for no board's."""

    def arrive(self, subscriber: Subscriber) -> None:
        """A connection was made; its request has not come yet."""

    def admit(self, subscriber: Subscriber, name: str) -> None:
        """Sends it the messages of a pipe from now on, or refuses it. The name has its board's in front."""

    def leave(self, subscriber: Subscriber) -> None:
        """Its connection has ended."""

    def about(self, name: str) -> dict[str, object]:
        """What is known of a pipe."""


class Subscriber(asyncio.Protocol):
    """One connection.

    Args:
        owner: the listener.
    """

    def __init__(self, owner: SubscriberOwner) -> None:
        self._owner = owner
        self._line: bytearray | None = bytearray()  # None once the request is read
        self._waiting: deque[bytes] = deque()
        self._size = 0  # bytes in it
        self._is_paused = False
        self._is_ending = False
        #: there is no connection any more
        self.is_closed = False
        self._timer: asyncio.TimerHandle | None = None
        #: the messages come with their stamps
        self.stamps = False
        #: the pipe, with its board's in front; empty before the request
        self.name = ""
        self._shown_name = ""

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection; the request has to follow soon."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  TCP has no other
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)
        self._set_timer(REQUEST_TIMEOUT, self._request_is_late)
        self._owner.arrive(self)

    def data_received(self, data: bytes) -> None:
        """The request, or something that nobody asked for."""
        if self._is_ending:
            return
        if self._line is None:
            self.refuse(TALKATIVE)
            return
        self._line += data[: LONGEST_REQUEST + 1]
        line, end, more = self._line.partition(b"\n")
        if len(line) >= LONGEST_REQUEST:
            self.refuse(f"a request has at most {LONGEST_REQUEST} bytes")
        elif end:
            self._line = None
            self._take_request(bytes(line))
            if more and not self._is_ending:
                self.refuse(TALKATIVE)

    def eof_received(self) -> bool:
        """The subscriber has closed its side. This ends the connection, also that of a silent pipe."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, whoever ended it."""
        self._set_timer(None)
        self._waiting.clear()
        self._is_ending = self.is_closed = True
        self._owner.leave(self)

    def pause_writing(self) -> None:
        """The subscriber reads more slowly than messages come: they wait in the buffer."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """The subscriber reads again: what waits in the buffer is sent."""
        self._is_paused = False
        while self._waiting and not self._is_paused:
            chunk = self._waiting.popleft()
            self._size -= len(chunk)
            self._transport.write(chunk)
        if self._is_ending and not self._waiting:
            # asyncio, which calls this, would end an empty transport twice
            asyncio.get_running_loop().call_soon(self._transport.close)

    # Called by the listener

    def send(self, chunk: bytes) -> None:
        """Sends whole messages, or keeps them; hangs up when that gets too much."""
        if self._is_ending:
            return
        if not self._is_paused:
            self._transport.write(chunk)
        elif self._size + len(chunk) <= BUFFER:
            self._waiting.append(chunk)
            self._size += len(chunk)
        else:
            self._drop(BUFFER)

    def end(self) -> None:
        """Hangs up once all messages are sent: the pipe is closed."""
        if not self._is_ending:
            self._hang_up()
            self._set_timer(LAST_MESSAGES_TIMEOUT, self._give_up)

    def refuse(self, reason: str) -> None:
        """Says why, and hangs up; messages that wait are dropped."""
        if not self._is_ending:
            self._say(reason)
            self._set_timer(REFUSAL_TIMEOUT, self.abort)

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    # Helpers

    def _take_request(self, line: bytes) -> None:
        self._set_timer(None)
        try:
            request = read_request(line)
        except FramingError as error:
            self.refuse(str(error))
            return
        group = self._owner.group_of(request.token)
        if group is None:
            self.refuse(REFUSED)
        elif request.query:
            answer = json.dumps(self._owner.about(group + request.name)).encode()
            self.send(write_messages([Message(answer)], stamps=False))
            self.end()
        else:
            self.name, self._shown_name, self.stamps = group + request.name, request.name, request.stamps
            self._owner.admit(self, self.name)

    def _request_is_late(self) -> None:
        self.refuse(f"no request within {REQUEST_TIMEOUT:g} s")

    def _give_up(self) -> None:
        if self._waiting:
            self._drop(self._size)

    def _drop(self, size: int) -> None:
        """Drops what waits, and says so, however late that is read: else it would look like the pipe's end.

        Until then the connection costs little: `HIGH_WATER` bytes, and a subscriber's place.
        """
        _log.warning("a subscriber of pipe %r reads too slowly and is dropped", self._shown_name)
        self._say(
            f"too slow: {byte_count(size)} of pipe {self._shown_name!r} were waiting to be read "
            "(read it sooner, or write less on the board)"
        )

    def _say(self, reason: str) -> None:
        self._waiting.clear()
        self._size = 0
        self._transport.write(write_refusal(reason))
        self._hang_up()

    def _hang_up(self) -> None:
        self._is_ending = True
        self._owner.leave(self)
        if not self._waiting:
            with contextlib.suppress(OSError):
                self._transport.close()

    def _set_timer(self, seconds: float | None, call: Callable[[], None] = lambda: None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, call)


def write_chunk(messages: Sequence[Message], subscribers: Sequence[Subscriber]) -> None:
    """Sends messages to subscribers of one pipe; the bytes are made once for all of them."""
    for stamps in (False, True):
        takers = [subscriber for subscriber in subscribers if subscriber.stamps is stamps]
        if takers:
            chunk = write_messages(messages, stamps=stamps)
            for subscriber in takers:
                subscriber.send(chunk)
