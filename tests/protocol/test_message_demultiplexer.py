"""Pipes of µcore firmware become frames; everything else stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol import announcement
from iot_kernel.protocol.announcement import CLOSED, CONTROL_CHANNEL, OPENED, STILL_OPEN, Announcement
from iot_kernel.protocol.events import Accepted, Finished, Output
from iot_kernel.protocol.frames import LONGEST_PIECE, Frame
from iot_kernel.protocol.jmp_messages import LONGEST_SECTION
from iot_kernel.protocol.message_demultiplexer import MessageDemultiplexer
from tests.protocol.scripted_messages import K, ScriptedBoard


@pytest.fixture
def board():
    return ScriptedBoard()


def opened(board, name="adc"):
    return board.says(None, K.COMM_OPEN, comm_id=name, target=0)


def written(board, data, name="adc"):
    return board.says(None, K.COMM_MSG, comm_id=name, data=data)


def closed(board, name="adc"):
    return board.says(None, K.COMM_CLOSE, comm_id=name)


def told(frame):
    assert frame.channel == CONTROL_CHANNEL
    return announcement.decode(frame.data)


def test_a_pipe(board):
    frames = list(MessageDemultiplexer().feed(opened(board) + written(board, b"1234") + closed(board)))
    assert told(frames[0]) == Announcement(OPENED, 16, 1, "adc")
    assert frames[1] == Frame(16, 0, b"1234")
    assert told(frames[2]) == Announcement(CLOSED, 16, 1, "adc")


def test_one_that_was_open_before(board):
    opening, first, second = MessageDemultiplexer().feed(written(board, b"1") + written(board, b"2"))
    assert told(opening) == Announcement(STILL_OPEN, 16, 1, "adc")
    assert (first, second) == (Frame(16, 0, b"1"), Frame(16, 1, b"2"))


@pytest.mark.parametrize("size", [0, 1, LONGEST_PIECE, LONGEST_PIECE + 1, LONGEST_SECTION - 7])
def test_long_messages_come_in_pieces(board, size):
    data = bytes(number % 251 for number in range(size))
    _, *frames = MessageDemultiplexer().feed(opened(board) + written(board, data))
    assert b"".join(frame.data for frame in frames) == data
    assert [frame.more for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert [frame.continues for frame in frames] == [False] + [True] * (len(frames) - 1)
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert all(len(frame.data) <= LONGEST_PIECE for frame in frames)


def test_each_name_has_a_channel_as_long_as_there_are_some(board):
    demultiplexer = MessageDemultiplexer()
    names = [f"pipe{number}" for number in range(300)]
    frames = list(demultiplexer.feed(b"".join(opened(board, name) for name in names)))
    assert [told(frame).channel for frame in frames] == list(range(16, 256))
    assert list(demultiplexer.feed(written(board, b"1", "pipe299"))) == []
    frames = list(demultiplexer.feed(closed(board, "pipe5") + opened(board, "new")))
    assert [told(frame).channel for frame in frames] == [21, 21]
    assert list(demultiplexer.feed(closed(board, "never"))) == []


def test_opening_again_is_a_new_pipe(board):
    first, second = map(told, MessageDemultiplexer().feed(opened(board) * 2))
    assert (first.channel, second.channel) == (16, 16)
    assert first.generation != second.generation


@given(st.data())
def test_other_messages_pass_in_their_order_and_in_any_cutting(data):
    board = ScriptedBoard()
    board.enter()
    request = board.execute("x")
    whole = board.printed(request, "a") + written(board, b"1") + b"noise\0" + board.ended(request)
    demultiplexer, found, rest = MessageDemultiplexer(), [], whole
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found += demultiplexer.feed(rest[:size])
        rest = rest[size:]
    assert not demultiplexer.is_waiting
    assert not demultiplexer.flush()
    assert [isinstance(item, Frame) for item in found] == [False, True, True, False]
    assert board.tell(found[0], found[3]) == [Accepted(), Output(b"a"), Finished(b"")]
