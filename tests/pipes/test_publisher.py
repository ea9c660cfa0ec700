"""A publisher, and what any client of the broker reads: both brokers have to do."""

import json
import queue
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from iot_kernel.pipes import publisher as module
from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.outbox import Outbox
from iot_kernel.pipes.publisher import Publisher
from tests import mqtt_brokers
from tests.pipes.kernels import TIMEOUT, FakeBoard
from ukernel.pipes.mqtt.address import parse_broker
from ukernel.pipes.mqtt.batches import read_batch
from ukernel.pipes.mqtt.errors import BrokerError, BrokerReason


@pytest.fixture(scope="module", params=["mosquitto", "amqtt"])
def broker(request, tmp_path_factory):
    with mqtt_brokers.running(request.param, tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory):
    with mqtt_brokers.running("mosquitto", tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


class Ears:
    """A client of no other kind than any: it hears all that is said below a prefix."""

    def __init__(self, client):
        self._client = client
        self._heard = queue.Queue()
        self.statuses = []
        client.on_message = lambda client, data, message: self._heard.put(message)

    def next(self):
        message = self._heard.get(timeout=TIMEOUT)
        if message.topic.endswith("/status"):
            self.statuses.append(json.loads(message.payload or b"{}"))
        return message.topic.partition("/")[2], message.payload, bool(message.retain)

    def status(self, **wanted):
        """Waits until some board says so."""
        while True:
            topic, payload, is_retained = self.next()
            if topic.endswith("/status"):
                told = json.loads(payload)
                if wanted.items() <= told.items():
                    return topic, told, is_retained

    def batches(self, until_end=True):
        """The batches of one pipe until its end."""
        found = []
        while not (found and found[-1].has_ended):
            topic, payload, _ = self.next()
            if "/pipes/" in topic:
                found.append(read_batch(payload))
        return found

    def numbers(self):
        return [message.number for batch in self.batches() for message in batch.messages]


@contextmanager
def ears(broker):
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2)
    subscribed = threading.Event()
    client.reconnect_delay_set(1, 1)
    client.on_connect = lambda *_: client.subscribe("test/#", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    listening = Ears(client)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        assert subscribed.wait(TIMEOUT)
        yield listening
    finally:
        client.disconnect()
        client.loop_stop()


class Bench:
    """A board and its publisher."""

    def __init__(self, broker, board):
        self.hub = Hub()
        self.board = FakeBoard(self.hub)
        self.notices = []
        self.publisher = Publisher(self.hub, board, parse_broker(broker.url), "0a1b", self.notices.append)


@contextmanager
def bench(broker, board="lamp", *, waits=True):
    made = Bench(broker, board)
    try:
        made.publisher.start(waits=waits)
        yield made
    finally:
        made.publisher.close()


def test_a_pipe_from_its_opening_to_the_end_of_all(broker):
    with ears(broker) as heard:
        with bench(broker) as made:
            made.publisher.pipes.publish("adc")
            assert heard.status(online=True)[1]["uid"] == "0a1b"
            made.board.open("adc")
            assert heard.status(online=True, pipes=["adc"])[0] == "lamp/status"
            for number in range(100):
                made.board.write("adc", struct.pack("<f", number))
            made.board.skip("adc", 3)
            made.board.write("adc", b"last")
            made.board.close("adc")
            batches = heard.batches()
            messages = [message for batch in batches for message in batch.messages]
            assert [message.number for message in messages] == [*range(100), 103]
            assert [message.data for message in messages[:100]] == [struct.pack("<f", n) for n in range(100)]
            assert batches[-1].first == 104
            assert len(batches) < 20  # a hundred messages at once are few batches
        assert heard.status(online=False, pipes=[])
    assert made.notices == []
    with ears(broker) as late:
        assert late.status(online=False)[2]  # it is kept for who comes late
    assert made.publisher.publications()[0].sent == 101


def test_the_last_messages_come_before_the_farewell(broker):
    with ears(broker) as heard:
        with bench(broker, "farewell") as made:
            made.publisher.pipes.publish_all()
            made.board.open("a/b")
            for _ in range(50):
                made.board.write("a/b", bytes(1000))
            made.board.write("a/b", bytes(65_535))
        assert heard.numbers() == [*range(51)]
        assert heard.status(online=False)[0] == "farewell/status"


def test_a_board_that_comes_and_goes(broker):
    with ears(broker) as heard, bench(broker, "unplugged") as made:
        heard.status(online=True)
        made.publisher.set_online(is_online=False)
        assert heard.status(online=False)
        made.publisher.set_online(is_online=True)
        assert heard.status(online=True)


def test_one_that_vanishes_without_a_word_is_said_to_be_gone(broker):
    with ears(broker) as heard, bench(broker, "killed") as made:
        heard.status(online=True)
        with relayed(broker) as wire:
            lost = Bench(wire, "cut")
            lost.publisher.start()
            heard.status(online=True)
            wire.cut()
            assert heard.status(online=False)[0] == "cut/status"
            lost.publisher.close()
        made.publisher.close()


def test_a_broker_that_is_killed_and_started_again(broker):
    with ears(broker) as heard, bench(broker, "again") as made:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        heard.status(pipes=["adc"])
        made.board.write("adc", b"0")
        heard.next()
        broker.kill()
        for _ in range(500):
            made.board.write("adc", b"1")
        wait_for(lambda: made.notices)
        assert "up to 8.0 MB of messages are kept until it is back" in made.notices[0]
        assert made.publisher.publications()[0].state.startswith("away for")
        broker.start()
        wait_for(lambda: made.publisher.publications()[0].waiting == 0)
        made.board.close("adc")
        assert set(heard.numbers()) >= set(range(1, 501))
    (_, back) = made.notices
    assert back.startswith(f"mqtt://127.0.0.1:{broker.port} is back after")
    assert back.endswith("nothing was lost")


def test_more_than_the_buffer_holds_is_lost_and_counted(mosquitto, monkeypatch):
    monkeypatch.setattr(module, "Outbox", lambda: Outbox(100_000))
    with ears(mosquitto) as heard, bench(mosquitto, "full") as made:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        heard.status(pipes=["adc"])
        mosquitto.kill()
        wait_for(lambda: made.notices)
        for number in range(40):
            made.board.write("adc", bytes([number]) * 10_000)
        wait_for(lambda: len(made.notices) > 1)
        mosquitto.start()
        wait_for(lambda: made.publisher.publications()[0].waiting == 0)
        made.board.close("adc")
        numbers = heard.numbers()
        (publication,) = made.publisher.publications()
    assert 0 < len(numbers) < 40
    assert numbers == [*range(numbers[0], 40)]  # the newest
    assert publication.lost == 40 - len(numbers)
    assert made.notices[2].endswith(f": {publication.lost} messages were lost")


def test_a_wire_that_is_cut_loses_nothing(mosquitto):
    with ears(mosquitto) as heard, relayed(mosquitto) as wire, bench(wire, "wire") as made:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        for _ in range(3):
            for _ in range(200):
                made.board.write("adc", b"1234")
            wire.cut()
        made.board.close("adc")
        assert set(heard.numbers()) == set(range(600))


def test_a_broker_that_is_not_there():
    class Nowhere:
        url = f"mqtt://127.0.0.1:{mqtt_brokers.free_port()}"

    made = Bench(Nowhere, "lamp")
    with pytest.raises(
        BrokerError, match=r"nobody listens at this port \(is the broker running\?\)"
    ) as error:
        made.publisher.start()
    assert error.value.reason is BrokerReason.MISSING
    assert made.notices == []
    with bench(Nowhere, waits=False) as made:  # a bridge goes on trying
        wait_for(lambda: made.notices)


def test_one_that_is_something_else():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        class Strange:
            url = f"mqtt://127.0.0.1:{listening.getsockname()[1]}"

        def answer():
            for _ in range(2):  # in each version of MQTT
                connection, _ = listening.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(BrokerError, match="this is no broker") as error:
            Bench(Strange, "lamp").publisher.start()
        thread.join()
    assert error.value.reason is BrokerReason.STRANGE


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
