"""A publisher, and what any client of the broker reads: both brokers have to do."""

import json
import queue
import socket
import struct
import threading
from contextlib import contextmanager

import pytest

from iot_kernel.pipes import publisher as module
from iot_kernel.pipes.outbox import Outbox
from tests import mqtt_brokers
from tests.free_ports import free_port
from tests.mqtt_bench import Bench, bench, relayed, wait_for
from tests.pipes.kernels import TIMEOUT
from ukernel.pipes.mqtt.batches import read_batch
from ukernel.pipes.mqtt.errors import BrokerError, BrokerReason


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
        made.is_online = False
        assert heard.status(online=False)
        made.publisher.set_online(is_online=True)
        assert heard.status(online=True)


def test_two_boards_with_one_name(broker):
    with bench(broker, "twin") as one:
        wait_for(lambda: one.publisher._told)
        with bench(broker, "twin") as other:
            for made in (one, other):
                wait_for(lambda made=made: made.notices)
    (told,) = one.notices
    assert told.startswith(f"{broker.url}: another publisher calls its board 'twin', too; who reads it")


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


@pytest.mark.services
def test_what_still_waits_at_the_end_is_told(tmp_path):
    broker = mqtt_brokers.MqttBroker("mosquitto", tmp_path)
    try:
        broker.start()
        with bench(broker) as made:
            made.publisher.pipes.publish("adc")
            made.board.open("adc")
            broker.kill()
            wait_for(lambda: made.notices)
            for _ in range(3):
                made.board.write("adc", b"1")
            wait_for(lambda: made.publisher.publications()[0].waiting)
    finally:
        broker.kill()
    assert made.notices[-1].endswith("did not get the last 3 messages: they are lost")


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
        url = f"mqtt://127.0.0.1:{free_port()}"

    made = Bench(Nowhere, "lamp")
    with pytest.raises(
        BrokerError, match=r"nothing listens on this port \(is the broker running\?\)"
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
