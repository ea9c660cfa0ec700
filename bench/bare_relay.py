"""The limit of pipes: a virtual board's bytes on their way to bare sockets, without kernel and library.

``python -m bench.bare_relay URL`` opens a board, prints the port where it listens, and then, for each line of
JSON it is given, waits for subscribers, runs code on the board, and hands every read on to all of them.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from bench.bare import BareBoard
from bench.processes import process
from iot_kernel.ucore import provide
from iot_kernel.virtual_board.transport import VirtualTransport

OPEN_TIMEOUT = 30.0  # s

#: Takes the figures as the subscriber of a pipe does, without its messages.
CONSUMER = """
    import json, socket, sys, time
    size, begin, delays = 0, 0, []
    is_stamped = sys.argv[2] == "stamped"
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
        print("subscribed", flush=True)
        while data := connection.recv(1 << 18):
            now = time.time_ns()
            begin = begin or now
            size += len(data)
            if is_stamped:
                delays += [now - int(data[at : at + 16], 16) for at in range(0, len(data), 16)]
        end = time.time_ns()
    delays.sort()
    print(json.dumps({
        "size": size, "seconds": (end - begin) / 1e9,
        "delay": delays[len(delays) // 2] / 1e6 if delays else 0,
    }))
"""

#: Empties connections without looking at what comes.
CROWD = """
    import selectors, socket, sys
    selector = selectors.DefaultSelector()
    for _ in range(int(sys.argv[2])):
        selector.register(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), selectors.EVENT_READ)
    print("subscribed", flush=True)
    while selector.get_map():
        for key, _ in selector.select():
            if not key.fileobj.recv(1 << 20):
                selector.unregister(key.fileobj)
                key.fileobj.close()
"""


class BareRelay:
    """A running relay."""

    def __init__(self, relay: subprocess.Popen[str]) -> None:
        assert relay.stdin is not None
        assert relay.stdout is not None
        self._orders, self._answers = relay.stdin, relay.stdout
        self._port = self._answers.readline().strip()

    def follow(self, code: str, *, subscribers: int = 1, kind: str = "plain") -> Mapping[str, Any]:
        """Has a crowd connect, runs code on the board, and gives the figures of one of them."""
        with contextlib.ExitStack() as stack:
            if subscribers > 1:
                stack.enter_context(process(CROWD, self._port, str(subscribers - 1)))
            consumer = stack.enter_context(process(CONSUMER, self._port, kind))
            self.run(code, subscribers=subscribers)
            assert consumer.stdout is not None
            figures: Mapping[str, Any] = json.loads(consumer.stdout.read())
        return figures

    def run(self, code: str, *, subscribers: int = 0) -> None:
        """Runs code to its end."""
        print(json.dumps([code, subscribers]), file=self._orders, flush=True)
        assert self._answers.readline() == "done\n"


@contextlib.contextmanager
def bare_relay(url: str) -> Iterator[BareRelay]:
    """A relay of a board of its own, which has ``ucore``."""
    command = [sys.executable, "-m", "bench.bare_relay", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as relay:
        try:
            yield BareRelay(relay)
        finally:
            assert relay.stdin is not None
            relay.stdin.close()


def serve(url: str) -> None:
    """Follows orders until there are no more."""
    transport = VirtualTransport(url)
    transport.open(OPEN_TIMEOUT)
    board = BareBoard(transport.read, transport.write)
    board.enter()
    provide(board.run)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        print(listening.getsockname()[1], flush=True)
        for line in sys.stdin:
            code, subscribers = json.loads(line)
            _relay(board, code, [listening.accept()[0] for _ in range(subscribers)])
            print("done", flush=True)
    transport.close()


def _relay(board: BareBoard, code: str, connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    board.begin(code)
    for data in board.output():
        for connection in connections:
            connection.sendall(data)
    for connection in connections:
        connection.close()


if __name__ == "__main__":
    serve(sys.argv[1])
