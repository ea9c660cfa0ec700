"""Pipes at a broker are held against two bare clients of paho: one sends payloads, one counts bytes."""

from __future__ import annotations

import threading
from typing import Any

from bench.processes import process
from ukernel.pipes.mqtt.address import BrokerAddress
from ukernel.pipes.mqtt.link import WINDOW

TIMEOUT = 60.0  # s

#: Counts the bytes of a topic, and prints how long they took.
COUNTER = """
    import sys, threading, time
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion
    port, wanted = int(sys.argv[1]), int(sys.argv[2])
    done, state = threading.Event(), {"size": 0, "begin": 0.0}
    def take(client, data, message):
        state["begin"] = state["begin"] or time.monotonic()
        state["size"] += len(message.payload)
        if state["size"] >= wanted:
            done.set()
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = take
    client.on_connect = lambda *_: client.subscribe("bare", 1)
    client.on_subscribe = lambda *_: print("subscribed", flush=True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    done.wait()
    print(time.monotonic() - state["begin"])
    client.disconnect()
    client.loop_stop()
"""


class Bare:
    """Sends so many bytes in payloads of one size, each of them confirmed.

    Args:
        address: of the broker.
        size: bytes of all.
        piece: bytes of one.
    """

    def __init__(self, address: BrokerAddress, size: int, piece: int) -> None:
        self._address = address
        self._count = -(-size // piece)
        self._payload = bytes(piece)

    def rate(self) -> float:
        """Bytes a second."""
        size = self._count * len(self._payload)
        with process(COUNTER, str(self._address.port), str(size)) as counter:
            self._send()
            assert counter.stdout is not None
            return size / float(counter.stdout.read())

    def _send(self) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(CallbackAPIVersion.VERSION2)
        is_connected = threading.Event()
        under_way = threading.Semaphore(WINDOW)

        def confirm(*_: Any) -> None:  # noqa: ANN401
            under_way.release()

        client.on_connect = lambda *_: is_connected.set()
        client.on_publish = confirm
        client.connect(self._address.host, self._address.port)
        client.loop_start()
        assert is_connected.wait(TIMEOUT)
        for _ in range(self._count):
            assert under_way.acquire(timeout=TIMEOUT)
            client.publish("bare", self._payload, qos=1)
        for _ in range(WINDOW):
            assert under_way.acquire(timeout=TIMEOUT)
        client.disconnect()
        client.loop_stop()
