"""A pipe on its way to a chart: what is shown of it, and how it ends."""

import struct
import threading
import time

import numpy as np
import pytest

from tests.pipes.kernels import TIMEOUT
from ukernel.pipes.client import subscribe
from ukernel.pipes.live.feed import Feed
from ukernel.pipes.reader import decode_float


def until(condition):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Running:
    """A feed that reads the pipe "adc" on its thread."""

    def __init__(self, kernel, decoder=decode_float, size=4, width=None, duration=None):
        self.pipe = subscribe("adc", port=kernel.port, token=kernel.token)
        self.feed = Feed(self.pipe, decoder, size, width)
        self.thread = threading.Thread(target=self.feed.run, args=(duration,))
        self.thread.start()
        kernel.wait_for("adc")

    def shows(self, *values):
        """Waits until the feed has these values and no others."""
        until(
            lambda: (
                (columns := self.feed.columns()) is not None
                and np.array_equal(columns.ravel(), values, equal_nan=True)
            )
        )


@pytest.fixture
def start(kernel, board):
    running = []
    board.open("adc")

    def start(**options):
        running.append(Running(kernel, **options))
        return running[-1]

    yield start
    for one in running:
        one.feed.end("test over")
        one.thread.join(TIMEOUT)
        assert not one.thread.is_alive()
        assert one.pipe.closed


def write(board, *values):
    for value in values:
        board.write("adc", struct.pack("<f", value))


NAN = float("nan")


def test_the_newest_samples_are_kept(start, board):
    running = start()
    assert running.feed.columns() is None
    assert running.feed.status() == "adc · waiting for samples"
    write(board, 1, 2)
    running.shows(NAN, NAN, 1, 2)
    write(board, 3, 4, 5)
    running.shows(2, 3, 4, 5)


def test_the_state_changes_with_what_is_shown(start, board):
    running = start()
    before = running.feed.version()
    assert running.feed.version() == before
    write(board, 1)
    until(lambda: running.feed.version() != before)


def test_a_tuple_gives_several_rows(start, board):
    running = start(decoder=lambda data: struct.unpack("<hh", data), size=2)
    board.write("adc", struct.pack("<hh", 1, 2))
    board.write("adc", struct.pack("<hh", 3, 4))
    running.shows(1, 3, 2, 4)


@pytest.mark.parametrize("sample", [7, 7.0, np.float32(7), np.array(7), (7,), [7], np.array([7])])
def test_what_a_sample_can_be(start, board, sample):
    running = start(decoder=lambda data: sample)
    write(board, 0)
    running.shows(NAN, NAN, NAN, 7)


def test_losses_are_gaps_and_told(start, board):
    running = start(size=6)
    write(board, 1, 2)
    board.skip("adc", 2)
    write(board, 3)
    running.shows(NAN, 1, 2, NAN, NAN, 3)
    assert running.feed.status().endswith(" · 2 lost")


def unpack_pair(data):
    return struct.unpack("<ff", data)


@pytest.mark.parametrize(
    ("decoder", "why"),
    [
        (unpack_pair, "error: unpack requires"),
        (lambda data: None, "TypeError"),
        (lambda data: data, "a number or a tuple of numbers, not b"),
        (lambda data: data.hex(), "a number or a tuple of numbers, not"),
        (lambda data: (), "a sample of 0 values"),
        (lambda data: (1, "x"), "could not convert"),
        (lambda data: 1 / 0, "division by zero"),
    ],
)
def test_what_cannot_be_decoded_is_skipped_with_one_warning(start, board, decoder, why):
    def decode(data):
        return decode_float(data) if data[-1] else decoder(data)

    with pytest.warns(RuntimeWarning, match=why) as warnings:
        running = start(decoder=decode)
        write(board, 0, 0, 5, 0)
        running.shows(NAN, NAN, NAN, 5)
        until(lambda: running.feed.status().endswith("3 not understood"))
    assert len(warnings) == 1
    assert "live_plot('adc')" in str(warnings[0].message)


def test_samples_are_as_wide_as_the_first_one_or_as_wanted(start, board):
    with pytest.warns(RuntimeWarning, match="a sample of 1 values, where 2 are expected"):
        running = start(width=2, size=1, decoder=lambda data: struct.unpack(f"<{len(data) // 4}f", data))
        write(board, 1)
        board.write("adc", struct.pack("<ff", 3, 4))
        running.shows(3, 4)


def test_it_ends_with_the_pipe(start, board):
    running = start()
    write(board, 1)
    board.close("adc")
    assert running.feed.ended.wait(TIMEOUT)
    running.shows(NAN, NAN, NAN, 1)
    assert running.feed.status() == "adc · pipe closed"


def test_it_ends_after_its_time_also_when_samples_keep_coming(start, board):
    running = start(duration=0.2)
    while not running.feed.ended.is_set():
        write(board, 1)
    assert running.feed.status() == "adc · stopped after 0.2 s"


def test_it_ends_after_its_time_when_nothing_comes(start):
    assert start(duration=0.1).feed.ended.wait(TIMEOUT)


def test_it_ends_when_it_is_told_to_and_says_the_first_reason(start, board):
    running = start()
    running.feed.end("stopped")
    assert running.feed.ended.wait(TIMEOUT)
    running.feed.end("again")
    assert running.feed.status() == "adc · stopped"


def test_it_ends_when_the_kernel_hangs_up(kernel):
    pipe = subscribe("adc", port=kernel.port, token="wrong")
    feed = Feed(pipe, decode_float, 4)
    feed.run()
    assert "wrong token" in feed.status()
    assert pipe.closed


def test_the_rate_is_shown(start, board):
    running = start()
    end = time.monotonic() + TIMEOUT
    while "samples/s" not in running.feed.status():
        write(board, 1)
        time.sleep(0.01)
        assert time.monotonic() < end
    rate = float(running.feed.status().split(" · ")[1].split()[0])
    assert 1 <= rate <= 120
