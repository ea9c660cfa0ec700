"""A board in this very process behind a real descriptor: a pair of sockets, for tests with scripted boards.

It has what pairs in memory do not have: direct reading, and the stream of serial ports and sockets.
"""

from __future__ import annotations

import contextlib
import socket

from iot_kernel.transports.poll_stream import PollStream
from iot_kernel.transports.streams import ByteStream, StreamTransport


class SocketEnd:
    """The board's end of a pair. Any thread may call any method."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def read(self) -> bytes:
        """Blocks until the host sends something; ``b""`` once one of the ends is closed."""
        try:
            return self._socket.recv(65536)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """Sends ``data`` to the host; drops it when the host is gone."""
        with contextlib.suppress(OSError):
            self._socket.sendall(data)

    def cut(self) -> None:
        """The cable is pulled. Twice is fine."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class SocketTransport(StreamTransport):
    """The host's end of a pair."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__("socket-pair://")
        self._socket = sock

    @classmethod
    def pair(cls) -> tuple[SocketTransport, SocketEnd]:
        """Joins two new ends: the host's, not open yet, and the board's."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        return cls(ours), SocketEnd(theirs)

    def _connect(self, timeout: float) -> ByteStream:
        sock = self._socket
        return PollStream(sock.fileno(), sock.recv, sock.send, sock.close, "it hung up")
