"""A hub with a listener, and the frames that a board would feed it."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager

from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.listener import PipeListener
from iot_kernel.protocol.frames import Frame
from ukernel.pipes.framing import Receiver

TIMEOUT = 20.0  # s; nothing takes that long unless the machine stands still


class FakeBoard:
    """Opens, writes and closes pipes, as far as a hub can tell."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._channels: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._generation = 0

    def open(self, name: str, *, stamps: bool = False) -> None:
        self._generation += 1
        channel = self._channels.setdefault(name, 16 + len(self._channels) % 240)
        self._numbers[name] = 0
        self._control(b"o", channel, name, stamps)

    def write(self, name: str, data: bytes) -> None:
        pieces = [data[i : i + 4096] for i in range(0, len(data), 4096)] or [b""]
        for index, piece in enumerate(pieces):
            self.hub.take(
                Frame(self._channels[name], self._numbers[name], piece, index < len(pieces) - 1, index > 0)
            )
            self.skip(name)

    def skip(self, name: str, count: int = 1) -> None:
        """Loses pieces."""
        self._numbers[name] = (self._numbers[name] + count) % 256

    def close(self, name: str) -> None:
        self._control(b"c", self._channels[name], name)

    def _control(self, kind: bytes, channel: int, name: str, stamps: bool = False) -> None:
        head = kind + bytes([channel, self._generation % 256, stamps])
        self.hub.take(Frame(1, 0, head + name.encode()))


class Kernel:
    """A listener, its hub, and a board."""

    def __init__(self, token: str, port: int = 0) -> None:
        self.hub = Hub()
        self.token = token
        self.listener = PipeListener(self.hub, token)
        self.listener.start(port)
        self.board = FakeBoard(self.hub)

    @property
    def port(self) -> int:
        return self.listener.port

    def connect(self, request: bytes = b"", *, buffer: int | None = None) -> socket.socket:
        """A connection by hand; a small receive buffer makes a subscriber slow at once."""
        connection = socket.socket()
        if buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(TIMEOUT)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(request)
        return connection

    def wait_for(self, name: str, count: int = 1) -> None:
        """Waits until a pipe has so many subscribers."""
        end = time.monotonic() + TIMEOUT
        while self.listener.subscribers(name) != count:
            assert time.monotonic() < end, f"{self.listener.subscribers(name)} subscribers, not {count}"
            time.sleep(0.005)


@contextmanager
def kernel(token: str = "t0ken", port: int = 0):
    running = Kernel(token, port)
    try:
        yield running
    finally:
        running.listener.close()


def read_all(connection: socket.socket, *, stamps: bool = False):
    """Everything until the listener hangs up: messages, and why."""
    receiver = Receiver(stamps=stamps)
    messages = []
    with connection:
        try:
            while data := connection.recv(65536):
                messages += receiver.feed(data)
        except ConnectionResetError:
            pass
    return [message.data for message in messages], receiver.refusal
