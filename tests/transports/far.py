"""The other ends of transports: what a board is to the host, as far as bytes go.

A `FarEnd` is there from its making to `stop`. Bytes that arrive are taken off the wire by a thread, so that a
far end also answers what its protocol asks while the test waits in `open`.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from abc import ABC, abstractmethod

from serial import rfc2217

from iot_kernel.transports.base import Transport
from tests.transports.memory import MemoryTransport

DEADLINE = 30.0  # s, for what takes milliseconds: only a hang gets there
TAKE = 4096  # bytes off the wire at once, so that a slow far end is slow


class FarEnd(ABC):
    """The board's end of a link; ``url`` reaches it."""

    url: str
    password: str | None = None

    def __init__(self) -> None:
        self.pause = 0.0  # seconds of rest after every piece taken off the wire
        self.listens = threading.Event()  # cleared, the far end takes nothing off the wire
        self.listens.set()
        self._arrived = bytearray()
        self._over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._take_all, name="far end")
        self._thread.start()

    def prepare(self, transport: Transport) -> None:  # noqa: B027 - most far ends say nothing
        """Called with a transport just opened to this end: takes what the end says of itself."""

    def receive(self, count: int) -> bytes:
        """Exactly ``count`` bytes that the host has sent."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._arrived) >= count, DEADLINE)
            taken = bytes(self._arrived[:count])
            del self._arrived[:count]
        assert len(taken) == count, f"only {len(taken)} of {count} bytes arrived"
        return taken

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Sends bytes to the host."""

    @abstractmethod
    def vanish(self) -> None:
        """The link breaks."""

    @abstractmethod
    def _take(self) -> bytes | None:
        """Blocks for bytes from the host; None when there will be no more."""

    def stop(self) -> None:
        """Frees everything."""
        self.listens.set()
        self.vanish()
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def _take_all(self) -> None:
        while (data := self._take()) is not None:
            with self._changed:
                self._arrived += data
                self._changed.notify_all()
            time.sleep(self.pause)
            self.listens.wait()
        with self._changed:
            self._over = True
            self._changed.notify_all()


def read_until(transport: Transport, end: bytes) -> bytes:
    """Everything up to and with ``end``, which must be the last that comes."""
    received = b""
    while not received.endswith(end):
        data = transport.read()
        assert data, f"the transport ended after {received!r}"
        received += data
    return received


class MemoryFar(FarEnd):
    """The scripted end of an in-memory pair."""

    def __init__(self) -> None:
        transport, self._end = MemoryTransport.pair("contract")
        self.url = transport.url
        super().__init__()

    def send(self, data):
        self._end.write(data)

    def vanish(self):
        self._end.close()

    def _take(self):
        return self._end.read() or None


class TerminalFar(FarEnd):
    """The master of a pseudo-terminal whose slave is the serial port."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)
        self.url = f"serial://{self.path}"
        self._bell, self._bell_rope = socket.socketpair()
        super().__init__()

    def send(self, data):
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._master, rest) :]

    def vanish(self):
        if not self._over:
            self._bell_rope.close()
            self._thread.join(DEADLINE)
            self._bell.close()
            os.close(self._slave)
            os.close(self._master)

    def _take(self):
        ready, _, _ = select.select([self._master, self._bell], [], [])
        return None if self._bell in ready else os.read(self._master, TAKE)


class SocketFar(FarEnd):
    """A TCP server for one client at a time, without any protocol: bytes are bytes."""

    scheme = "socket"

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self._client: socket.socket | None = None
        self._ready = threading.Event()
        self._has_vanished = False
        super().__init__()

    def send(self, data):
        assert self._ready.wait(DEADLINE)
        self._client.sendall(self._encode(data))

    def vanish(self):
        self._has_vanished = True  # a client that is being accepted in this moment sees it
        self._hang_up(self._listener)
        if self._client is not None:
            self._hang_up(self._client)
        self._thread.join(DEADLINE)

    def _take(self):
        try:
            if self._client is None:
                self._client, _ = self._listener.accept()
                self._greet(self._client)
                self._ready.set()
            data = b"" if self._has_vanished else self._client.recv(TAKE)
            decoded = self._decode(data)
        except OSError:
            data = b""
        if data:
            return decoded
        self._listener.close()
        if self._client is not None:
            self._client.close()
        return None

    def _greet(self, client: socket.socket) -> None:
        """What happens before the first byte."""

    def _encode(self, data: bytes) -> bytes:
        return data

    def _decode(self, data: bytes) -> bytes:
        return data

    @staticmethod
    def _hang_up(sock: socket.socket) -> None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class RemotePort:
    """The serial port behind an RFC 2217 server, as far as the protocol sees it."""

    def __init__(self) -> None:
        self.baudrate, self.bytesize, self.parity, self.stopbits = 9600, 8, "N", 1
        self.xonxoff = self.rtscts = self.break_condition = False
        self.cts = self.dsr = self.cd = True
        self.ri = False
        self.lines: list[tuple[str, bool]] = []

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name in ("dtr", "rts"):
            self.lines.append((name, value))

    def reset_input_buffer(self):
        pass

    def reset_output_buffer(self):
        pass


class Rfc2217Far(SocketFar):
    """A serial server, with pyserial's own implementation of that side."""

    scheme = "rfc2217"

    def _greet(self, client):
        self.remote = RemotePort()
        self._client_lock = threading.Lock()
        self._manager = rfc2217.PortManager(self.remote, self)

    def write(self, data):
        """Called by the port manager."""
        with self._client_lock:
            self._client.sendall(data)

    def send(self, data):
        assert self._ready.wait(DEADLINE)
        self.write(self._encode(data))

    def _encode(self, data):
        return b"".join(self._manager.escape(data))

    def _decode(self, data):
        return b"".join(self._manager.filter(data))
