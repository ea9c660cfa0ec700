"""What a board sends between two sessions of a notebook."""

from iot_kernel.boards import handed_board
from iot_kernel.boards.handed_board import FramesOnTheWay
from iot_kernel.protocol.frames import Frame


def test_frames_wait_for_the_next_session():
    frames, taken = FramesOnTheWay(), []
    for number in range(3):
        if number == 2:
            frames.deliver(taken.append)
        frames.take(Frame(16, number, b""))
    assert [frame.sequence for frame in taken] == [0, 1, 2]


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr(handed_board, "MOST_FRAMES", 2)
    frames, taken = FramesOnTheWay(), []
    for number in range(3):
        frames.take(Frame(16, number, b""))
    frames.deliver(taken.append)
    assert len(taken) == 2
