"""Readers of pipes at a broker: the same as on the loopback, with both brokers."""

import asyncio
import socket
import struct
import threading
import time

import numpy as np
import pytest

from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.publications import Publications
from iot_kernel.pipes.publisher import Publisher
from tests import mqtt_brokers
from tests.each import each
from tests.free_ports import free_port
from tests.mqtt_bench import bench, relayed, wait_for
from tests.pipes.kernels import FakeBoard
from ukernel.pipes import LossWarning, PipeError, collect, record, stream, subscribe
from ukernel.pipes.mqtt import relay as module
from ukernel.pipes.mqtt.address import parse_broker
from ukernel.pipes.mqtt.errors import BrokerError, BrokerReason


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_SECRETS", str(tmp_path / "secrets.py"))


@pytest.fixture(autouse=True)
def short_times(quick_brokers):
    """Less patience than users have."""


@pytest.fixture(autouse=True)
def no_threads():
    """Each reader leaves nothing behind."""
    yield
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("IoT MQTT")])


def test_messages_losses_and_the_end(broker):
    with bench(broker) as made, subscribe("lamp:adc", broker=broker.url) as pipe:
        made.publisher.pipes.publish("adc")
        made.board.open("adc", stamps=True)
        made.board.write("adc", struct.pack("<I", 17) + b"first")
        assert pipe.read(20) == b"first"
        assert (pipe.lost, pipe.clock) == (0, 17)
        assert abs(pipe.arrived - time.time()) < 20
        made.board.skip("adc", 3)
        made.board.write("adc", struct.pack("<I", 18) + bytes(60_000))
        made.board.close("adc")
        assert list(pipe) == [bytes(60_000)]
        assert (pipe.lost, pipe.closed) == (3, True)
        assert repr(pipe) == f"<pipe 'lamp:adc' at {broker.url}, closed>"


@pytest.fixture
def subscribed(monkeypatch):
    """Relays whose subscription the broker has confirmed."""
    relays = []
    open_relay = module.Relay.open

    def open_and_note(relay):
        end = open_relay(relay)
        relays.append(relay)
        return end

    monkeypatch.setattr(module.Relay, "open", open_and_note)
    return relays


def test_collect_record_and_stream(broker, tmp_path, subscribed):
    async def read():
        async with stream("adc", broker=broker.url, device="all") as messages:
            return [message async for message in messages]

    with bench(broker, "all") as made:
        made.publisher.pipes.publish_all()
        results = {}
        jobs = {
            "collect": lambda: collect("adc", seconds=20, broker=broker.url, device="all"),
            "record": lambda: record("all:adc", tmp_path / "adc.csv", broker=broker.url, progress=False),
            "stream": lambda: asyncio.run(read()),
        }
        runs = [lambda n=name, j=job: results.update({n: j()}) for name, job in jobs.items()]
        threads = [threading.Thread(target=run) for run in runs]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(subscribed) == 3)
        made.board.open("adc")
        for number in range(50):
            made.board.write("adc", struct.pack("<f", number))
        made.board.close("adc")
        for thread in threads:
            thread.join()
    assert np.array_equal(results["collect"], np.arange(50))
    assert results["record"].samples == 50
    assert len((tmp_path / "adc.csv").read_text().splitlines()) == 51
    assert [struct.unpack("<f", data)[0] for data in results["stream"]] == [*range(50)]


def test_a_broker_that_is_killed_and_started_again_loses_nothing(broker):
    with bench(broker, "again") as made, subscribe("again:adc", broker=broker.url) as pipe:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        made.board.write("adc", b"first")
        assert pipe.read(20) == b"first"
        for number in range(300):
            made.board.write("adc", b"%d" % number)
            if number == 100:
                broker.kill()
        wait_for(lambda: made.notices)
        broker.start()
        wait_for(lambda: len(made.notices) == 2)
        made.board.write("adc", b"last")
        made.board.close("adc")
        assert list(pipe) == [*(b"%d" % number for number in range(300)), b"last"]
        assert pipe.lost == 0
        assert made.publisher.publications()[0].lost == 0


def test_a_reader_whose_wire_is_cut_loses_nothing(mosquitto):
    with bench(mosquitto, "wire") as made, relayed(mosquitto) as wire:
        made.publisher.pipes.publish("adc")
        with subscribe("wire:adc", broker=wire.url) as pipe:
            made.board.open("adc")
            for number in range(400):
                made.board.write("adc", b"%d" % number)
                if number == 100:
                    assert pipe.read(20) == b"0"
                    wire.cut()
            made.board.close("adc")
            assert list(pipe) == [b"%d" % number for number in range(1, 400)]
            assert pipe.lost == 0


def test_two_boards_publish_a_pipe_of_the_same_name(broker):
    with bench(broker, "a") as one, bench(broker, "b") as other:
        for made in (one, other):
            made.publisher.pipes.publish("x")
            made.board.open("x")
        with subscribe("a:x", broker=broker.url), subscribe("x", device="b", broker=broker.url) as pipe:
            one.board.write("x", b"of a")
            other.board.write("x", b"of b")
            assert pipe.read(20) == b"of b"
        with pytest.raises(
            ValueError, match=r"several boards publish a pipe 'x': 'a', 'b'; say which, as in 'a:x'"
        ):
            subscribe("x", broker=broker.url)
    with bench(broker, "alone") as made:
        made.publisher.pipes.publish("x")
        with subscribe("x", broker=broker.url) as pipe:
            made.board.open("x")
            made.board.write("x", b"of the only one")
            assert pipe.read(20) == b"of the only one"


def test_what_others_write_to_our_topics(mosquitto):
    from paho.mqtt.publish import multiple

    topic = "test/noise/pipes/adc"
    nonsense = [b"21.5", bytes(200_000), bytes(50_000_000), b"IOT\x01" + bytes(40), b'{"online": 1}', b""]
    with bench(mosquitto, "noise") as made, subscribe("noise:adc", broker=mosquitto.url) as pipe:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        made.board.write("adc", b"0")
        assert pipe.read(20) == b"0"
        messages = [{"topic": topic, "payload": payload, "qos": 1} for payload in nonsense]
        messages += [{"topic": "test/noise/status", "payload": b"[" * 1000}, {"topic": f"{topic}/x"}]
        multiple(messages, "127.0.0.1", mosquitto.port)
        made.board.write("adc", b"1")
        made.board.close("adc")
        assert list(pipe) == [b"1"]
        assert pipe.lost == 0


def test_nobody_publishes_it(mosquitto):
    with bench(mosquitto, "idle") as made:
        made.publisher.pipes.publish("imu")
        made.board.open("imu")
        wait_for(lambda: made.publisher.publications()[0].state == "connected, MQTT 5")
        with pytest.raises(TimeoutError, match=r"no such pipe is published at .*/test, only 'idle:imu'"):
            collect("adc", seconds=0.5, broker=mosquitto.url)


def test_losses_are_a_warning(mosquitto):
    with bench(mosquitto, "losing") as made:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")

        def feed():
            while not is_read.wait(0.02):
                made.board.write("adc", struct.pack("<f", 1))
                made.board.skip("adc", 5)

        is_read = threading.Event()
        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            with pytest.warns(LossWarning, match="5 of 7 messages were lost"):
                assert len(collect("losing:adc", n=2, broker=mosquitto.url)) == 2
        finally:
            is_read.set()
            feeder.join()


def test_a_slow_reader_is_hung_up_on(mosquitto, monkeypatch):
    monkeypatch.setattr(module, "BUFFER", 200_000)
    monkeypatch.setattr(module, "MANY", 100_000)
    monkeypatch.setattr(module, "PAUSE", 0.005)
    with bench(mosquitto, "fast") as made, subscribe("fast:adc", broker=mosquitto.url) as pipe:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        for _ in range(100):
            made.board.write("adc", bytes(20_000))
        wait_for(lambda: pipe.address._relay._is_ending)
        with pytest.raises(PipeError, match=r"too slow: .* of pipe 'adc' were waiting to be read"):
            list(pipe)


def test_no_broker_at_all(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    url = f"mqtt://127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match="nothing listens on this port") as error:
        subscribe("adc", broker=url)
    assert error.value.reason is BrokerReason.MISSING


@pytest.mark.services
def test_a_broker_that_comes_late_is_waited_for(tmp_path):
    broker = mqtt_brokers.MqttBroker("mosquitto", tmp_path)
    starter = threading.Timer(0.5, broker.start)
    starter.start()
    try:
        with subscribe("adc", broker=broker.url):
            pass
    finally:
        starter.join()
        broker.kill()


@each(
    "arguments, problem",
    [
        ({"broker": "broker"}, "broker is mqtt://HOST/PREFIX"),
        ({"broker": "mqtt://b", "port": 8765}, "host=, port= and token= are of kernels"),
        ({"broker": "mqtt://b", "name": "lamp:"}, "1 to 64 bytes"),
    ],
)
def test_nonsense(arguments, problem):
    name = arguments.pop("name", "adc") if "name" in arguments else "adc"
    with pytest.raises(ValueError, match=problem):
        subscribe(name, **arguments)


def test_without_paho(monkeypatch):
    monkeypatch.setattr("ukernel.pipes.mqtt.connecting.importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"paho-mqtt; in a terminal: \S+ -m pip install paho-mqtt"):
        subscribe("adc", broker="mqtt://b")


def test_a_server_that_says_nothing(monkeypatch):
    from ukernel.pipes.mqtt import link

    monkeypatch.setattr(link, "NEW_VERSION_TIMEOUT", 0.05)
    monkeypatch.setattr(link, "CONNECT_TIMEOUT", 0.1)
    silent = socket.create_server(("127.0.0.1", 0))
    with silent, pytest.raises(BrokerError, match="no answer in time") as error:
        subscribe("adc", broker=f"mqtt://127.0.0.1:{silent.getsockname()[1]}")
    assert error.value.reason is BrokerReason.SLOW


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A broker with TLS, and users: one with all rights, one who may read nothing of boards."""
    import subprocess

    import trustme

    from tools import services

    directory = tmp_path_factory.mktemp("guarded")
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    server.private_key_pem.write_to_path(str(directory / "key.pem"))
    server.cert_chain_pems[0].write_to_path(str(directory / "cert.pem"))
    passwords = directory / "passwords"
    for user in ("me", "guest"):
        create = ["-c"] if user == "me" else []
        words = services.mosquitto()["mosquitto_passwd"]
        given = ["-b", *create, str(passwords), user, f"{user}-secret"]
        subprocess.run([*words, *given], check=True, capture_output=True)
    (directory / "rights").write_text("user me\ntopic readwrite #\nuser guest\ntopic read none\n")
    lines = ["allow_anonymous false", f"password_file {passwords}", f"acl_file {directory / 'rights'}"]
    lines += [f"certfile {directory / 'cert.pem'}", f"keyfile {directory / 'key.pem'}"]
    with mqtt_brokers.running("mosquitto", directory, *lines) as broker:
        broker.scheme = "mqtts"
        yield broker


@pytest.mark.services
def test_with_tls_and_a_password_of_the_secrets_file(guarded, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.directory / "ca.pem"))
    (tmp_path / "secrets.py").write_text("mqtt_pwds = {'me@127.0.0.1': 'me-secret'}\n")
    publications = Publications(hub := Hub(), lambda line: None)
    try:
        publications.publish(["adc"], guarded.url, "lamp")
        board = FakeBoard(hub)
        board.open("adc")
        with subscribe("lamp:adc", broker=guarded.url) as pipe:
            board.write("adc", bytes(50_000))
            assert pipe.read(20) == bytes(50_000)
            assert "secret" not in f"{pipe} {publications.listed()}"
    finally:
        publications.close()


@pytest.mark.services
def test_who_is_refused(guarded, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.directory / "ca.pem"))
    place = f"127.0.0.1:{guarded.port}"
    cases = {
        f"mqtts://{place}": "wrong user or password.*no password: put it into mqtt_pwds of the secrets file",
        f"mqtts://me:wrong@{place}": "wrong user or password",
        f"mqtts://localhost:{guarded.port}": "its certificate is not trusted",
        f"mqtt://me:me-secret@{place}": r"it ended the connection .* or it wants TLS \(mqtts://\)",
    }
    for url, words in cases.items():
        with pytest.raises(BrokerError, match=words) as error:
            subscribe("adc", broker=url)
        assert "secret@" not in str(error.value)


@pytest.mark.services
def test_one_without_rights_loses_what_it_writes_and_says_so(guarded, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.directory / "ca.pem"))
    broker = parse_broker(f"mqtts://guest:guest-secret@127.0.0.1:{guarded.port}/test")
    notices = []
    publisher = Publisher(hub := Hub(), "lamp", broker, "", notices.append)
    try:
        publisher.start()
        publisher.pipes.publish("adc")
        board = FakeBoard(hub)
        board.open("adc")
        board.write("adc", b"0")
        wait_for(lambda: publisher.publications()[0].lost)
    finally:
        publisher.close()
    assert len(notices) == 1
    assert notices[0].endswith("refuses messages of this user: Not authorized; they are lost")
