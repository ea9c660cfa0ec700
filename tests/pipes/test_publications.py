"""What a session publishes."""

import pytest

from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.publications import Publications
from tests.free_ports import free_port
from tests.mqtt_bench import wait_for
from tests.pipes.kernels import FakeBoard
from ukernel.pipes import subscribe
from ukernel.pipes.mqtt.errors import BrokerError


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_SECRETS", str(tmp_path / "secrets.py"))


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def publications(hub):
    made = Publications(hub, lambda line: None)
    yield made
    made.close()


def listed(publications):
    return [(each.name, each.board, each.broker) for each in publications.listed()]


def test_pipes_of_one_board_share_a_publisher(publications, hub, mosquitto):
    one = publications.publish(["adc"], mosquitto.url, "lamp")
    assert publications.publish(["imu", "adc"], mosquitto.url, "lamp") is one
    assert publications.publish([], f"{mosquitto.url}/other", "lamp") is not one
    assert listed(publications) == [
        ("adc", "lamp", mosquitto.url),
        ("imu", "lamp", mosquitto.url),
        ("", "lamp", f"{mosquitto.url}/other"),
    ]
    board = FakeBoard(hub)
    board.open("adc")
    with subscribe("lamp:adc", broker=mosquitto.url) as pipe:
        board.write("adc", b"1")
        assert pipe.read(20) == b"1"
        assert [each.name for each in publications.withdraw(["adc"], mosquitto.url)] == ["adc"]
        assert pipe.read(20) is None
        assert pipe.closed
    assert publications.withdraw(["adc"]) == []
    assert len(publications.withdraw([])) == 2
    assert listed(publications) == []


def test_a_pipe_goes_on_for_its_readers_when_its_board_goes_to_another_session(publications, hub, mosquitto):
    board, elsewhere = FakeBoard(hub), Hub()
    board.open("adc")
    publications.publish(["adc"], mosquitto.url, "mover")
    other = Publications(elsewhere, lambda line: None)
    try:
        with subscribe("mover:adc", broker=mosquitto.url) as pipe:
            board.write("adc", b"1")
            assert pipe.read(20) == b"1"
            publishers = publications.give_away()
            elsewhere.receive(hub.give_away())
            board.write("adc", b"lost on the way")
            other.receive(publishers)
            FakeBoard(hub).open("adc")  # another board is there now
            hub.end_all()
            board.hub = elsewhere
            board.write("adc", b"2")
            assert (pipe.read(20), pipe.lost) == (b"2", 1)
        assert (listed(publications), listed(other)) == ([], [("adc", "mover", mosquitto.url)])
        assert len(other.withdraw([])) == 1
    finally:
        other.close()


def test_what_cannot_be_published_is_not_listed(publications):
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError):
        publications.publish(["adc"], nowhere, "lamp")
    for names, broker, board in ((["a\n"], nowhere, "lamp"), (["a"], "x", "lamp"), (["a"], nowhere, "")):
        with pytest.raises(ValueError):
            publications.publish(names, broker, board)
    assert listed(publications) == []
    publications.publish(["adc"], nowhere, "lamp", waits=False)
    wait_for(lambda: publications.listed()[0].state.startswith("away for"))
