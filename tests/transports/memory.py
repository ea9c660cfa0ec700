"""A board in this very process: two joined ends, for tests with scripted boards.

`MemoryTransport.pair` makes both ends. The board's end is named, and ``memory://NAME`` reaches it until
it is closed, so code that knows only a url can be tested too. What a pair promises: order, every byte,
back-pressure (a full pipe blocks its writer) and, on request, a delay. What it does not do: a limited rate,
loss, modem lines, a second connection (make another pair for that).
"""

from __future__ import annotations

import threading
import time
from collections import deque

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports import SCHEMES
from iot_kernel.transports.base import Transport

#: Bytes under way in one direction before a writer waits: what a pipe of the operating system takes.
CAPACITY = 65536


class _Pipe:
    """One direction: pieces of bytes, each with the time when it comes out."""

    def __init__(self, delay: float, capacity: int) -> None:
        self._delay = delay
        self._capacity = capacity
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._closed = False
        self._pipe_changed = threading.Condition()

    def read(self, timeout: float | None = None) -> bytes:
        """All bytes that are due; ``b""`` when closed and empty; TimeoutError after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._pipe_changed:
            while True:
                if data := self._take_due():
                    return data
                if self._closed and not self._pieces:
                    return b""
                self._pipe_changed.wait(self._patience(deadline))

    def write(self, data: bytes) -> bool:
        """Puts ``data`` in as far as the pipe lives; False when it is closed."""
        rest = memoryview(data)
        with self._pipe_changed:
            while rest and not self._closed:
                piece = bytes(rest[: self._capacity - self._size])
                if not piece:
                    self._pipe_changed.wait()
                    continue
                self._pieces.append((time.monotonic() + self._delay, piece))
                self._size += len(piece)
                rest = rest[len(piece) :]
                self._pipe_changed.notify_all()
            return not self._closed

    def close(self, *, discard: bool) -> None:
        """Ends the pipe; with ``discard`` what is under way is lost."""
        with self._pipe_changed:
            self._closed = True
            if discard:
                self._pieces.clear()
            self._pipe_changed.notify_all()

    def _take_due(self) -> bytes:
        now = time.monotonic()
        taken = []
        while self._pieces and self._pieces[0][0] <= now:
            taken.append(self._pieces.popleft()[1])
        data = b"".join(taken)
        if data:
            self._size -= len(data)
            self._pipe_changed.notify_all()
        return data

    def _patience(self, deadline: float | None) -> float | None:
        """Seconds until something is due or the deadline has come; None without limit."""
        now = time.monotonic()
        if deadline is not None and deadline <= now:
            raise TimeoutError("nothing was sent in time")
        moments = [] if deadline is None else [deadline]
        if self._pieces:
            moments.append(self._pieces[0][0])
        return max(0.0, min(moments) - now) if moments else None


class MemoryEnd:
    """The board's end of a pair, made by `MemoryTransport.pair`. Any thread may call any method."""

    def __init__(self, name: str, delay: float, capacity: int) -> None:
        self.name = name
        self.to_board = _Pipe(delay, capacity)
        self.to_host = _Pipe(delay, capacity)

    def read(self, timeout: float | None = None) -> bytes:
        """Blocks until the host sends something.

        Args:
            timeout: seconds to wait at most; None waits for ever.

        Returns:
            At least one byte; ``b""`` once the host has closed or this end is closed.

        Raises:
            TimeoutError: nothing came in time.
        """
        return self.to_board.read(timeout)

    def write(self, data: bytes) -> None:
        """Sends ``data`` to the host; blocks while the pipe is full, drops it when the host is gone."""
        self.to_host.write(data)

    def close(self) -> None:
        """The board goes away in good order: the host still reads what was sent. Twice is fine."""
        self._end(discard=False)

    def cut(self) -> None:
        """The cable is pulled: what is under way in either direction is lost. Twice is fine."""
        self._end(discard=True)

    def _end(self, *, discard: bool) -> None:
        if _waiting.get(self.name) is self:
            del _waiting[self.name]
        self.to_host.close(discard=discard)
        self.to_board.close(discard=discard)


#: Board ends that nobody has opened yet, by name.
_waiting: dict[str, MemoryEnd] = {}


class MemoryTransport(Transport):
    """The host's end: ``memory://NAME``, where `pair` made a board of that name in this process."""

    def __init__(self, url: str, *, password: str | None = None) -> None:
        super().__init__(url)
        self._end: MemoryEnd | None = None
        self._closed = False

    @classmethod
    def pair(
        cls, name: str = "board", *, delay: float = 0.0, capacity: int = CAPACITY
    ) -> tuple[MemoryTransport, MemoryEnd]:
        """Joins two new ends.

        Args:
            name: ``memory://NAME`` reaches the board's end; a later pair of the same name takes its place.
            delay: seconds that bytes are under way, in each direction.
            capacity: bytes under way in one direction before a writer waits.

        Returns:
            The host's end, not open yet, and the board's end.
        """
        end = MemoryEnd(name, delay, capacity)
        _waiting[name] = end
        return cls(f"memory://{name}"), end

    def open(self, timeout: float) -> None:
        """Joins the board's end of this name, at once or never."""
        end = _waiting.pop(self.url.partition("://")[2], None)
        if end is None:
            raise ConnectError(
                self.url,
                ConnectReason.MISSING,
                "no such board in this process: MemoryTransport.pair makes one",
            )
        self._end, self._closed = end, False

    def read(self) -> bytes:
        """Blocks until the board's end has written something and its delay has passed."""
        data = b"" if self._closed else self._joined().to_host.read()
        if data or self._closed:
            return data
        raise ConnectionLostError(self.url, "the board closed its end")

    def write(self, data: bytes) -> None:
        """Hands ``data`` to the board's end; blocks while `CAPACITY` bytes are waiting there."""
        if self._closed or not self._joined().to_board.write(data):
            raise ConnectionLostError(self.url, "closed" if self._closed else "the board closed its end")

    def close(self) -> None:
        """Ends both directions; the board's end still reads what was sent."""
        self._closed = True
        if self._end is not None:
            self._end.to_host.close(discard=True)
            self._end.to_board.close(discard=False)

    def _joined(self) -> MemoryEnd:
        if self._end is None:
            raise ConnectionLostError(self.url, "not open")
        return self._end


SCHEMES["memory"] = (MemoryTransport.__module__, MemoryTransport.__name__)
