"""What any client of a broker sees of one board: its presence, and the messages of its pipes."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager

from ukernel.pipes.mqtt.batches import read_batch

DEADLINE = 30.0  # s; everything takes less than two


class Reader:
    """Listens below ``test/``; `wait` waits for what it has heard to be enough."""

    def __init__(self):
        self.status = {}
        self.streams = {}  # (pipe, publisher, stream): numbers of its messages
        self.ended = set()
        self._changed = threading.Condition()

    def take(self, topic, payload):
        with self._changed:
            _, _, rest = topic.partition("/")
            board, kind, *pipe = rest.split("/")
            if kind == "status":
                self.status[board] = json.loads(payload or b"{}")
            else:
                batch = read_batch(payload)
                key = pipe[0], batch.publisher, batch.stream
                self.streams.setdefault(key, []).extend(message.number for message in batch.messages)
                if batch.has_ended:
                    self.ended.add(key)
            self._changed.notify_all()

    def wait(self, enough):
        with self._changed:
            heard = {key: len(numbers) for key, numbers in self.streams.items()}
            assert self._changed.wait_for(enough, DEADLINE), (self.status, heard, self.ended)

    def wait_for_stream(self, *seen):
        """Waits for some messages of a stream that is none of those; returns it."""
        found = []

        def enough():
            found[:] = [key for key, numbers in self.streams.items() if key not in seen and len(numbers) > 3]
            return found

        self.wait(enough)
        return found[0]


@contextmanager
def reading(broker):
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    reader, subscribed = Reader(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.reconnect_delay_set(1, 1)
    client.on_connect = lambda *_: client.subscribe("test/#", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda client, data, message: reader.take(message.topic, message.payload)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        assert subscribed.wait(DEADLINE)
        yield reader
    finally:
        client.disconnect()
        client.loop_stop()
