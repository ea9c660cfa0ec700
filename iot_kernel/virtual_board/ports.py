"""Ports of a virtual board that any program can open: a pseudo-terminal, and a TCP port without a protocol.

Both behave as a serial port does: the port stays while the board resets, and what the board prints while
nobody has the port open is lost.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
import tty
from abc import abstractmethod

from iot_kernel.virtual_board.board import Line, VirtualBoard
from iot_kernel.virtual_board.wire import IDEAL, Wire, WireSpeed

READ_SIZE = 65536

PATIENCE = 0.5  # s a board waits for a host that has the port open and does not read, as TinyUSB does
OPENING_POLL = 0.02  # s between looks whether somebody opened the pseudo-terminal; nothing tells

LOOPBACK = "127.0.0.1"


class PseudoTerminal(Line):
    """A serial port as a pseudo-terminal; `path` is what a program opens.

    Args:
        board: whose terminal.
        link: the wire to it.
        buffer: bytes of input the board takes while its program does not read, 0 for any number.
    """

    def __init__(self, board: VirtualBoard, link: WireSpeed = IDEAL, buffer: int = 0) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        self._wakeup, self._waker = socket.socketpair()
        self._wire = Wire(link, self._send, board.input_buffer(buffer))
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="virtual serial port", daemon=True)
        self._thread.start()
        board.attach(self)

    def deliver(self, data: bytes) -> None:
        """Puts output on the wire."""
        self._wire.to_host(data)

    def _send(self, data: bytes) -> None:
        """Writes to whoever has the port open; gives up on one who does not read."""
        poller = select.poll()
        poller.register(self._master, select.POLLOUT)
        while data and not self._closed:
            events = poller.poll(PATIENCE * 1000)
            if not events or events[0][1] & select.POLLHUP:
                return
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                continue  # the buffer is full: the next poll waits for room
            except OSError:
                return

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._master, select.POLLIN)
        poller.register(self._wakeup, select.POLLIN)
        while not self._closed:
            events = dict(poller.poll())
            if self._wakeup.fileno() in events:
                return
            if events.get(self._master, 0) & select.POLLIN:
                self._take()
            else:  # POLLHUP: nobody has it open
                select.select([self._wakeup], [], [], OPENING_POLL)

    def _take(self) -> None:
        try:
            data = os.read(self._master, READ_SIZE)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return
        self._wire.to_board(data)

    def close(self) -> None:
        """Takes the port away."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._waker.send(b"x")
        self._wire.close()
        self._thread.join()
        os.close(self._master)
        self._wakeup.close()
        self._waker.close()


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
