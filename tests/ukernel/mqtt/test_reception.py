"""What a reader makes of messages: the board that is meant, samples, ends, and nonsense of others."""

from collections import deque

import pytest

from tests.each import each
from ukernel.pipes.mqtt.batches import LARGEST_BATCH, NumberedMessage, take_batch, write_end
from ukernel.pipes.mqtt.reception import GONE_PATIENCE, MOST_BOARDS, Reception
from ukernel.pipes.mqtt.topics import BoardStatus, pipe_topic, status_topic, write_status


class Air:
    """What a broker would hand to a reader."""

    def __init__(self, board=None, name="adc"):
        self.reception = Reception("iot", name, board)
        self.now = 0.0

    def status(self, board, *pipes, publisher=1, is_online=True):
        payload = write_status(BoardStatus(is_online, publisher, pipes))
        return self.take(status_topic("iot", board), payload, is_retained=True)

    def batch(self, board, *numbers, publisher=1, stream=1, name="adc"):
        waiting = deque(NumberedMessage(number, b"%d" % number, 1.0) for number in numbers)
        return self.take(pipe_topic("iot", board, name), take_batch(publisher, stream, waiting, 10_000))

    def end(self, board, number, publisher=1, stream=1):
        return self.take(pipe_topic("iot", board, "adc"), write_end(publisher, stream, number))

    def take(self, topic, payload, *, is_retained=False):
        messages = self.reception.take(topic, payload, is_retained=is_retained, now=self.now)
        return [message.data for message in messages]

    def settle(self):
        return [message.data for message in self.reception.settle()]

    @property
    def has_ended(self):
        return self.reception.has_ended(self.now)


def test_the_one_board_that_publishes_is_meant():
    air = Air()
    air.status("lamp", "adc")
    air.status("other", "imu")
    air.status("off", "adc", is_online=False)
    assert air.batch("other", 0) == []
    assert air.batch("lamp", 5) == []
    assert air.settle() == [b"5"]
    assert air.reception.board == "lamp"
    assert air.batch("other", 1) == []
    assert air.batch("lamp", 6, 7) == [b"6", b"7"]


def test_where_there_is_none_yet_it_is_the_first_that_comes():
    air = Air()
    assert air.settle() == []
    air.end("dead", 3)
    assert air.reception.board is None
    assert air.batch("lamp", 0) == [b"0"]
    assert air.batch("late", 0, publisher=2) == []


def test_several_boards_have_to_be_told_apart():
    air = Air()
    for board in ("b", "a"):
        air.status(board, "adc")
    with pytest.raises(ValueError, match="publish a pipe 'adc': 'a', 'b'; say which, as in 'a:adc'"):
        air.reception.settle()


def test_a_board_that_is_named_is_taken_at_once():
    air = Air("lamp")
    assert air.settle() == []
    assert air.batch("other", 0) == []
    assert air.batch("lamp", 0) == [b"0"]
    assert air.batch("lamp", 1, name="imu") == []


def test_what_was_kept_for_us_is_no_message():
    air = Air("lamp")
    air.settle()
    topic = pipe_topic("iot", "lamp", "adc")
    payload = take_batch(1, 1, deque([NumberedMessage(0, b"0", 1.0)]), 1000)
    assert air.take(topic, payload, is_retained=True) == []
    assert air.take(topic, payload) == [b"0"]


def reading():
    """A reader that has a message."""
    air = Air("lamp")
    air.settle()
    air.status("lamp", "adc")
    air.batch("lamp", 0)
    return air


def test_an_end_is_the_end():
    air = reading()
    assert not air.has_ended
    air.end("lamp", 1)
    assert air.has_ended


def test_a_publisher_that_vanishes_is_waited_for():
    air = reading()
    air.status("lamp", is_online=False)
    air.now = GONE_PATIENCE - 1
    assert not air.has_ended
    air.status("lamp", "adc")
    air.now = 3 * GONE_PATIENCE
    assert not air.has_ended
    air.status("lamp", is_online=False)
    air.now += GONE_PATIENCE
    assert air.has_ended


def test_batches_of_a_publisher_that_was_said_to_be_gone_say_that_it_is_not():
    air = reading()
    air.status("lamp", is_online=False)
    air.batch("lamp", 1)
    air.now = 2 * GONE_PATIENCE
    assert not air.has_ended


def test_one_that_was_started_anew_does_not_come_back():
    air = reading()
    air.status("lamp", is_online=False)
    air.status("lamp", "adc", publisher=2)
    assert air.has_ended


def test_another_publisher_of_the_same_name_ends_nothing():
    air = reading()
    air.status("lamp", "adc", publisher=2)
    air.status("lamp", is_online=False, publisher=2)
    assert air.batch("lamp", 0, 1, 2, publisher=2) == []
    assert air.batch("lamp", 1) == [b"1"]
    air.now = 2 * GONE_PATIENCE
    assert not air.has_ended


def test_a_status_that_somebody_removes_is_a_board_that_is_gone():
    air = reading()
    air.take(status_topic("iot", "lamp"), b"")
    air.now = GONE_PATIENCE
    assert air.has_ended


@each(
    "topic, payload",
    [
        ("iot/lamp/status", b"online"),
        ("iot/lamp/status", b"[" * 10_000),
        ("iot/lamp/pipes/adc", b"21.5"),
        ("iot/lamp/pipes/adc", b'{"temperature": 21.5}' * 100),
        ("iot/lamp/pipes/adc", b"IOT\x01" + bytes(100)),
        ("iot/lamp/pipes/adc", bytes(LARGEST_BATCH + 1)),
        ("iot/lamp/else", b""),
        ("other", b""),
    ],
)
def test_what_others_write_there_is_ignored_and_counted(topic, payload):
    air = reading()
    assert air.take(topic, payload) == []
    assert air.reception.strange == 1
    assert air.batch("lamp", 1) == [b"1"]


def test_no_more_boards_are_kept_than_there_may_be():
    air = Air()
    for number in range(MOST_BOARDS + 10):
        air.status(f"{number}", "imu")
    air.status("late", "adc")
    assert air.settle() == []
    assert air.batch("late", 0) == [b"0"]


@each(
    "board, statuses, is_open, instead",
    [
        (None, [], False, "nor any other"),
        (None, [("lamp", "imu")], False, "only 'lamp:imu'"),
        (None, [("lamp", "adc")], True, "only 'lamp:adc'"),
        ("lamp", [], False, "nor any other of a board 'lamp'"),  # of others we hear nothing
        ("lamp", [("lamp", "imu")], False, "only 'lamp:imu'"),
    ],
)
def test_what_is_known_of_a_pipe(board, statuses, is_open, instead):
    air = Air(board)
    for status in statuses:
        air.status(*status)
    air.settle()
    answer = air.reception.answer("mqtt://b/iot")
    assert answer["open"] == is_open
    assert answer["instead"] == f"no such pipe is published at mqtt://b/iot, {instead}"
