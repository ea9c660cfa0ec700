"""Which pipes of a board are published, and the batches that come of them."""

import pytest

from iot_kernel.pipes import published as module
from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.published import MESSAGE_COST, PublishedPipes
from tests.pipes.kernels import FakeBoard
from ukernel.pipes.mqtt.batches import read_batch


class Press:
    """A hub with a board, what is published of it, and the batches that come out."""

    def __init__(self):
        self.hub = Hub()
        self.board = FakeBoard(self.hub)
        self.wakes = 0
        self.pipes = PublishedPipes(7, self.wake)
        self.hub.tap(self.pipes)

    def wake(self):
        self.wakes += 1

    def packed(self):
        """(pipe, stream, numbers) of each batch; an end has the number as text."""
        found = []

        def put(name, payload, count):
            batch = read_batch(payload)
            assert batch.publisher == 7
            assert count == len(batch.messages)
            numbers = [message.number for message in batch.messages]
            found.append((name, batch.stream, f"end {batch.first}" if batch.has_ended else numbers))

        self.pipes.pack(put)
        return found


@pytest.fixture
def press():
    return Press()


def test_a_pipe_from_its_opening_to_its_end(press):
    press.pipes.publish("adc")
    press.board.open("adc")
    assert press.pipes.open_names() == ("adc",)
    for _ in range(3):
        press.board.write("adc", b"abcd")
    press.board.close("adc")
    assert press.pipes.open_names() == ()
    assert press.packed() == [("adc", 1, [0, 1, 2]), ("adc", 1, "end 3")]
    assert press.packed() == []


def test_pipes_that_nobody_publishes_are_left_alone(press):
    press.board.open("imu")
    press.board.write("imu", b"abcd")
    assert not press.pipes.has_news
    assert press.wakes == 0


def test_one_that_is_open_already(press):
    press.board.open("adc")
    press.board.write("adc", b"abcd")
    press.pipes.publish("adc")
    press.board.write("adc", b"abcd")
    assert press.packed() == [("adc", 1, [0])]


def test_what_the_wire_lost_is_a_gap(press):
    press.pipes.publish("adc")
    press.board.open("adc")
    press.board.write("adc", b"0")
    press.board.skip("adc", 2)
    press.board.write("adc", b"3")
    assert press.packed() == [("adc", 1, [0, 3])]


def test_each_opening_is_another_stream(press):
    press.pipes.publish_all()
    for _ in range(2):
        press.board.open("adc")
        press.board.write("adc", b"0")
    press.hub.end_all()
    assert press.packed() == [("adc", 1, [0]), ("adc", 1, "end 1"), ("adc", 2, [0]), ("adc", 2, "end 1")]
    assert press.pipes.names() == [""]


def test_withdrawn_is_ended(press):
    press.pipes.publish("adc")
    press.board.open("adc")
    press.board.write("adc", b"0")
    press.pipes.withdraw("adc")
    press.pipes.withdraw("adc")
    press.board.write("adc", b"1")
    assert press.packed() == [("adc", 1, [0]), ("adc", 1, "end 1")]
    assert press.pipes.names() == []


def test_messages_wake_once(press):
    press.pipes.publish("adc")
    press.board.open("adc")
    before = press.wakes
    for _ in range(100):
        press.board.write("adc", b"0")
    assert press.wakes == before + 1
    press.packed()
    press.board.write("adc", b"0")
    assert press.wakes == before + 2


def test_where_nobody_packs_the_newest_are_dropped_and_a_gap(press, monkeypatch):
    monkeypatch.setattr(module, "BUFFER", 2 * (MESSAGE_COST + 1))
    press.pipes.publish("adc")
    press.board.open("adc")
    for _ in range(5):
        press.board.write("adc", b"0")
    assert press.pipes.dropped == 3
    assert press.packed() == [("adc", 1, [0, 1])]
    press.board.write("adc", b"5")
    assert press.packed() == [("adc", 1, [5])]


def test_no_pipe_has_such_a_name(press):
    with pytest.raises(ValueError, match="control characters"):
        press.pipes.publish("a\n")
