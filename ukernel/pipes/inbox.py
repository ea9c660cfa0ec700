"""Takes the bytes of a subscription apart into messages, and keeps those that were not read yet."""

from __future__ import annotations

from collections import deque

from ukernel.pipes.framing import NO_CLOCK, FramingError, Message, PipeError, Receiver


class Inbox:
    """The messages of one subscription, in their order. Does no I/O.

    Args:
        source: which pipe and which kernel, for errors.
    """

    def __init__(self, source: str) -> None:
        #: messages lost between the first and the last one that was taken
        self.lost = 0
        #: when the kernel had the last message, seconds since 1970; 0 before the first
        self.arrived = 0.0
        #: the board's clock when it wrote the last message, microseconds modulo 2**30; None where the pipe
        #: was opened without timestamps
        self.clock: int | None = None
        #: nothing more will come
        self.has_ended = False
        self._source = source
        self._receiver = Receiver(stamps=True)
        self._ready: deque[Message] = deque()
        self._lost_before: int | None = None

    def feed(self, data: bytes) -> None:
        """Takes what the kernel has sent; nothing at the end of the connection.

        Raises:
            PipeError: there is nothing more to take, as the kernel hung up and said why, or is none.
        """
        try:
            self._ready += self._receiver.feed(data)
        except FramingError as error:
            raise PipeError(f"{self._source}: {error}") from None
        self.has_ended = self.has_ended or not data
        if self._receiver.refusal is not None and not self._ready:
            raise PipeError(f"{self._source}: {self._receiver.refusal}")

    def put(self, message: Message) -> None:
        """Takes a message that did not come from a kernel."""
        self._ready.append(message)

    def take(self) -> bytes | None:
        """Gives the next message; None where more has to come first."""
        if not self._ready:
            return None
        message = self._ready.popleft()
        if self._lost_before is None:
            self._lost_before = message.lost
        self.lost = max(0, message.lost - self._lost_before)
        self.arrived = message.arrived
        self.clock = None if message.clock == NO_CLOCK else message.clock
        return message.data


class MessageReader:
    """What all kinds of readers tell of the message that was read last.

    Args:
        inbox: what has come.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    @property
    def lost(self) -> int:
        """Messages lost between the first and the last one that was read."""
        return self._inbox.lost

    @property
    def arrived(self) -> float:
        """When the kernel had the last message, in seconds since 1970; 0 before the first."""
        return self._inbox.arrived

    @property
    def clock(self) -> int | None:
        """The board's clock when it wrote the last message, in microseconds modulo 2**30.

        None where the pipe was opened without timestamps.
        """
        return self._inbox.clock
