"""Blocking streams that any thread can end: what the transports over descriptors, sockets and pyserial share.

One thread reads, writers take turns, any thread closes. `close` wakes both sides, waits until they have left,
and only then gives the descriptor back, so that its number is never reused under a call in progress. Streams
raise the builtin OSError and EOFError; only `StreamTransport` translates them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

from iot_kernel.errors import ConnectionLostError
from iot_kernel.transports.base import Transport
from iot_kernel.transports.errors import is_port_gone
from iot_kernel.transports.poll_stream import WRITE_TIMEOUT, PollStream

#: Bytes handed to pyserial at once where it, not we, waits for the wire: at 9600 baud, the slowest rate a
#: REPL is used with, they need 2.2 s of the 5 s that pyserial's rfc2217 allows for one write.
PORT_PIECE = 2048

#: Seconds. On Windows a cancel that comes just before the call it is meant for is lost, so it is repeated.
CANCEL_RETRY = 0.05

#: TCP keep-alive of links that are silent: a board that is out of reach is noticed after 10 + 3 * 5 = 25 s.
#: (TCP_KEEPALIVE is macOS's name for the idle time.)
KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPALIVE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

#: Milliseconds until bytes that nobody acknowledges break the link (Linux), to match the above.
TCP_USER_TIMEOUT_MS = 25_000


class ByteStream(Protocol):
    """Bytes to and from one board, open from its making until `close`."""

    def read(self) -> bytes:
        """Blocks for at least one byte; ``b""`` once closed; OSError or EOFError when the link broke."""

    def write(self, data: bytes) -> None:
        """Sends all of ``data``; raises OSError when the link broke or is closed."""

    def close(self) -> None:
        """Wakes the reader and the writer and frees everything. Twice is fine."""


class PortStream(ABC):
    """A stream over a pyserial port that has no descriptor to wait for: Windows ports and rfc2217.

    Args:
        port: an open port whose ``read(1)`` blocks.
    """

    def __init__(self, port: Any) -> None:  # noqa: ANN401 - each of pyserial's handlers is a class of its own
        self._port = port
        self._closed = False
        self._broken = False
        self._close_lock, self._read_lock, self._write_lock = (
            threading.Lock(),
            threading.Lock(),
            threading.Lock(),
        )

    @abstractmethod
    def _cancel(self) -> None:
        """Makes a blocked read and write of the port return or raise; called until they have."""

    @abstractmethod
    def _release(self) -> None:
        """Closes the port; called once, when nobody uses it any more."""

    def read(self) -> bytes:
        """As `ByteStream.read`."""
        with self._read_lock, self._noticing():
            while not self._closed:
                if first := self._port.read(1):
                    return bytes(first + self._port.read(self._port.in_waiting))
        return b""

    def write(self, data: bytes) -> None:
        """As `ByteStream.write`; pyserial limits the time of each piece."""
        with self._write_lock, self._noticing():
            for start in range(0, len(data), PORT_PIECE):
                if not self._closed:
                    self._port.write(data[start : start + PORT_PIECE])
        if self._closed:
            raise ConnectionAbortedError("closed")

    def close(self) -> None:
        """As `ByteStream.close`."""
        with self._close_lock:
            if self._closed:
                return
            self._closed = True
            self._cancel()
            for side in (self._read_lock, self._write_lock):
                while not side.acquire(timeout=CANCEL_RETRY):
                    self._cancel()
                side.release()
            with contextlib.suppress(OSError, ValueError):  # the device may have gone
                self._release()

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        """Remembers that the link broke; errors that our own `close` provoked are none."""
        try:
            yield
        except (OSError, AttributeError, TypeError):  # the latter two: the port was closed under the call
            if not self._closed:
                self._broken = True
                raise


class StreamTransport(Transport):
    """A transport that is a `ByteStream` once it is open; subclasses say how to connect."""

    def __init__(self, url: str, *, password: str | None = None) -> None:
        super().__init__(url, password=password)
        self._stream: ByteStream | None = None
        self._closed = False

    @abstractmethod
    def _connect(self, timeout: float) -> ByteStream:
        """Opens the stream, or raises ConnectError, within ``timeout`` seconds."""

    def open(self, timeout: float) -> None:
        """As `Transport.open`; a `close` meanwhile wins."""
        self._closed = False
        self._stream = self._connect(timeout)
        if self._closed:
            self._stream.close()

    def read(self) -> bytes:
        """As `Transport.read`."""
        return self._read(lambda stream: stream.read())

    def begin_direct(self) -> bool:
        """As `Transport.begin_direct`."""
        return isinstance(self._stream, PollStream) and self._stream.begin_direct()

    def read_direct(self, timeout: float | None) -> bytes:
        """As `Transport.read_direct`."""
        return self._read(lambda stream: cast(PollStream, stream).read_direct(timeout))

    def end_direct(self) -> None:
        """As `Transport.end_direct`."""
        if isinstance(self._stream, PollStream):
            self._stream.end_direct()

    def wake(self) -> None:
        """As `Transport.wake`."""
        if isinstance(self._stream, PollStream):
            self._stream.wake()

    def write(self, data: bytes) -> None:
        """As `Transport.write`."""
        if self._closed:
            raise ConnectionLostError(self.url, "closed")
        try:
            self._opened().write(data)
        except OSError as error:
            raise ConnectionLostError(self.url, problem_of(error)) from error

    def close(self) -> None:
        """As `Transport.close`."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()

    def _read(self, read: Callable[[ByteStream], bytes]) -> bytes:
        if self._closed:
            return b""
        try:
            data = read(self._opened())
        except (OSError, EOFError) as error:
            if self._closed:  # the other end was quick to answer our goodbye
                return b""
            raise ConnectionLostError(self.url, problem_of(error)) from error
        return b"" if self._closed else data

    def _opened(self) -> ByteStream:
        if self._stream is None:
            raise ConnectionLostError(self.url, "not open")
        return self._stream


def problem_of(error: OSError | EOFError) -> str:
    """What to tell people of an error that broke a link."""
    if is_port_gone(error):
        return "the port is gone: unplugged, or the board was reset"
    if str(error) == _WRITE_TIMEOUT_OF_PYSERIAL:
        return f"the board took no byte for {WRITE_TIMEOUT:g} s"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


_WRITE_TIMEOUT_OF_PYSERIAL = "Write timeout"


def tune(sock: socket.socket) -> None:
    """Has a socket send small writes at once, and notice a dead connection after 25 s (see `KEEPALIVE`)."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {**KEEPALIVE, "TCP_USER_TIMEOUT": TCP_USER_TIMEOUT_MS}
    for name, value in options.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
