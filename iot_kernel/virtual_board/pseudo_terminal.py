"""A pseudo-terminal of a virtual board that any program can open as a serial port. There are none on Windows.

It behaves as a serial port does: it stays while the board resets, and what the board prints while nobody has
it open is lost.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import threading
import tty

from iot_kernel.virtual_board.board import Line, VirtualBoard
from iot_kernel.virtual_board.ports import READ_SIZE
from iot_kernel.virtual_board.wire import IDEAL, Wire, WireSpeed

PATIENCE = 0.5  # s a board waits for a host that has the port open and does not read, as TinyUSB does
OPENING_POLL = 0.02  # s between looks whether somebody opened the pseudo-terminal; nothing tells


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
