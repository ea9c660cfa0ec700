"""A board whose pipes are published at a broker, and wires to brokers that can be cut."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress

from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.publisher import Publisher
from tests.pipes.kernels import TIMEOUT, FakeBoard
from ukernel.pipes.mqtt.address import parse_broker


class Bench:
    """A board and its publisher."""

    def __init__(self, broker, board):
        self.hub = Hub()
        self.board = FakeBoard(self.hub)
        self.notices = []
        self.is_online = True
        address = parse_broker(broker.url)
        self.publisher = Publisher(
            self.hub, board, address, "0a1b", self.notices.append, lambda: self.is_online
        )


@contextmanager
def bench(broker, board="lamp", *, waits=True):
    made = Bench(broker, board)
    try:
        made.publisher.start(waits=waits)
        yield made
    finally:
        made.publisher.close()


def wait_for(what):
    end = time.monotonic() + TIMEOUT
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


class Wire:
    """A relay in front of a broker, whose connections can be cut."""

    def __init__(self, broker, listening):
        self.url = f"mqtt://127.0.0.1:{listening.getsockname()[1]}/test"
        self._broker = broker
        self._listening = listening
        self._pairs = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self):
        for end in [end for pair in self._pairs for end in pair]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in [end for pair in self._pairs for end in pair]:
            end.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._broker.port))
            self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                thread = threading.Thread(target=self._copy, args=(one, other))
                self._threads.append(thread)
                thread.start()

    def _copy(self, one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(broker):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wire = Wire(broker, listening)
        try:
            yield wire
        finally:
            wire.close()
