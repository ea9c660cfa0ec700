"""A TCP port of a virtual board, without a protocol, that any program can open.

It behaves as a serial port does: it stays while the board resets, and what the board prints while nobody has
it open is lost.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import abstractmethod

from iot_kernel.virtual_board.board import Line, VirtualBoard
from iot_kernel.virtual_board.wire import IDEAL, Wire, WireSpeed

READ_SIZE = 65536

LOOPBACK = "127.0.0.1"


class LoopbackLine(Line):
    """A line for programs that connect to a TCP port of this computer; a thread waits for them.

    Args:
        port: where to listen, 0 for any free port.
        name: the thread's.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int, name: str) -> None:
        self._listener = socket.create_server((LOOPBACK, port))
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def _serve(self, client: socket.socket) -> None:
        """Serves a client, or turns it away; called on the line's thread."""

    @abstractmethod
    def hang_up(self) -> None:
        """Ends what there is with a client, from any thread."""

    def _run(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._closed.is_set():
                client.close()
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._serve(client)

    def close(self) -> None:
        """Stops listening and hangs up."""
        with self._closing:
            if self._closed.is_set():
                return
            self._closed.set()
        self.hang_up()
        socket.create_connection((LOOPBACK, self.port)).close()  # wakes the thread that accepts
        self._thread.join()
        self._listener.close()


class TcpPort(LoopbackLine):
    """A serial port behind TCP on loopback, as `socket://` urls mean it; one client at a time.

    Args:
        board: whose terminal.
        port: where to listen, 0 for any free port.
        link: the wire to it.
        buffer: bytes of input the board takes while its program does not read, 0 for any number.
    """

    def __init__(self, board: VirtualBoard, port: int = 0, link: WireSpeed = IDEAL, buffer: int = 0) -> None:
        super().__init__(port, "virtual TCP port")
        self._client: socket.socket | None = None
        self._wire = Wire(link, self._send, board.input_buffer(buffer))
        self._thread.start()
        board.attach(self)

    def deliver(self, data: bytes) -> None:
        """Puts output on the wire."""
        self._wire.to_host(data)

    def _send(self, data: bytes) -> None:
        client = self._client
        if client is not None:
            with contextlib.suppress(OSError):  # the client has gone: what a board says to nobody is lost
                client.sendall(data)

    def _serve(self, client: socket.socket) -> None:
        self._client = client
        with client, contextlib.suppress(OSError):  # one that breaks off has gone like one that hangs up
            while data := client.recv(READ_SIZE):
                self._wire.to_board(data)
        self._client = None

    def hang_up(self) -> None:
        """Lets the client go, and cuts the wire."""
        if (client := self._client) is not None:
            with contextlib.suppress(OSError):  # it has gone already
                client.shutdown(socket.SHUT_RDWR)
        self._wire.close()
