"""A blocking stream over a descriptor, which any thread can end: for serial ports and sockets.

As for all streams, `iot_kernel.transports.streams` says who may do what.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

from iot_kernel.transports.readiness import Selector, readiness

#: Bytes asked for in one read: a terminal gives at most 4 KiB at once, a socket what its buffer holds.
READ_SIZE = 65536

#: Seconds in which the board must take at least one more byte. A healthy board pauses for a flash erase (2 s
#: at most in the data sheets of SPI flash) or a busy SD card; past five times that it hangs.
WRITE_TIMEOUT = 10.0


class PollStream:
    """A stream over a non-blocking descriptor: two system calls for a read, no clock, no polling.

    Args:
        fd: the descriptor; a socket's on Windows.
        receive: takes up to that many bytes from it; ``b""`` is the end, BlockingIOError means nothing yet.
        send: hands bytes to it and says how many went; BlockingIOError means that it is full.
        release: gives the descriptor back; called once, when nobody uses it any more.
        ended: what to say of the end of the stream.
    """

    def __init__(
        self,
        fd: int,
        receive: Callable[[int], bytes],
        send: Callable[[memoryview], int],
        release: Callable[[], object],
        ended: str,
    ) -> None:
        self._receive = receive
        self._send = send
        self._release = release
        self._ended = ended
        self._closed = False
        self._close_lock, self._read_lock, self._write_lock = (
            threading.Lock(),
            threading.Lock(),
            threading.Lock(),
        )
        self._direct_lock = threading.Lock()
        self._bell, self._bell_rope = socket.socketpair()
        self._readable = readiness(fd, self._bell.fileno())
        self._writable = Selector()
        self._writable.register(fd, selectors.EVENT_WRITE)
        self._writable.register(self._bell, selectors.EVENT_READ)
        self.begin_direct, self.end_direct = self._readable.begin_direct, self._readable.end_direct
        self.wake = self._readable.wake

    def read(self, timeout: float | None = None) -> bytes:
        """As `ByteStream.read`, with a TimeoutError after ``timeout`` seconds of silence."""
        with self._read_lock:
            while not self._closed:
                if not self._readable.wait(timeout):
                    raise TimeoutError("nothing was received in time")
                if data := self._take():
                    return data
        return b""

    def read_direct(self, timeout: float | None) -> bytes:
        """As `Transport.read_direct`; raises as `ByteStream.read`."""
        with self._direct_lock:
            return self._take() if not self._closed and self._readable.wait_direct(timeout) else b""

    def write(self, data: bytes) -> None:
        """As `ByteStream.write`; a TimeoutError when no byte is taken for `WRITE_TIMEOUT` seconds."""
        rest = memoryview(data)
        with self._write_lock:
            while rest:
                if self._closed:
                    raise ConnectionAbortedError("closed")
                if sent := self._try_send(rest):
                    rest = rest[sent:]
                else:
                    self._await_room()

    def close(self) -> None:
        """As `ByteStream.close`."""
        with self._close_lock:
            if self._closed:
                return
            self._closed = True
            self._bell_rope.close()
            with self._read_lock, self._direct_lock, self._write_lock:
                self._readable.close()
                self._writable.close()
                self._bell.close()
                with contextlib.suppress(OSError):  # the device may have gone
                    self._release()

    def _take(self) -> bytes:
        """Takes what has come; nothing once closed, and where the system was wrong: it is asked again."""
        with contextlib.suppress(BlockingIOError):
            if self._closed:
                return b""
            if data := self._receive(READ_SIZE):
                return data
            raise EOFError(self._ended)
        return b""

    def _await_room(self) -> None:
        self._readable.end_direct()  # the board may wait, too, until somebody reads
        if not self._writable.select(WRITE_TIMEOUT):
            raise TimeoutError(f"the board took no byte for {WRITE_TIMEOUT:g} s")

    def _try_send(self, data: memoryview) -> int:
        try:
            return self._send(data)
        except BlockingIOError:
            return 0
