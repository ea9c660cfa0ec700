"""`collect`: how much, how long, what it returns, and what it raises."""

import builtins
import inspect
import math
import os
import struct
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tests.each import each
from ukernel.pipes import collecting, reading
from ukernel.pipes.client import subscribe
from ukernel.pipes.collecting import LossWarning, collect


@pytest.fixture
def place(kernel):
    return {"port": kernel.port, "token": kernel.token}


class Producer(threading.Thread):
    """Waits for a subscriber, then writes, and closes the pipe if it is told to."""

    def __init__(self, kernel, values, *, name="adc", close=False, pack="<f", opens=True):
        super().__init__()
        self.arguments = kernel, values, name, close, pack
        if opens:
            kernel.board.open(name)
        self.start()

    def run(self):
        kernel, values, name, close, pack = self.arguments
        kernel.wait_for(name)
        for value in values:
            row = value if isinstance(value, tuple) else (value,)
            kernel.board.write(name, value if isinstance(value, bytes) else struct.pack(pack, *row))
        if close:
            kernel.board.close(name)


@pytest.fixture
def produce(kernel):
    producers = []

    def start(values, **options):
        producers.append(Producer(kernel, values, **options))

    yield start
    for producer in producers:
        producer.join()


def test_the_signature():
    parameters = inspect.signature(collect).parameters
    names = list(parameters)
    assert names[:5] == ["name", "n", "seconds", "decoder", "allow_empty"]
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in names[1:])
    assert [parameters[name].default for name in names[1:5]] == [None, None, None, False]


def test_n_samples(produce, place):
    produce(range(100))
    samples = collect("adc", n=50, **place)
    assert isinstance(samples, np.ndarray)
    assert samples.tolist() == list(range(50))
    assert samples.dtype == np.float64


def test_what_comes_in_some_seconds(produce, place):
    produce(range(100))
    assert collect("adc", seconds=0.5, **place).tolist() == list(range(100))


def test_whichever_is_first(produce, place):
    produce(range(100))
    assert len(collect("adc", n=1000, seconds=0.5, **place)) == 100


def test_the_end_of_the_pipe(produce, place):
    produce(range(10), close=True)
    assert len(collect("adc", n=1000, **place)) == 10


def test_rows(produce, place):
    produce([(1, 2, 3), (4, 5, 6)], pack="<fff", close=True)
    samples = collect("adc", n=2, decoder=lambda data: struct.unpack("<fff", data), **place)
    assert samples.shape == (2, 3)


def test_bytes_keep_their_zeros(produce, place):
    produce([b"a\0\0", b""], close=True)
    assert collect("adc", n=2, decoder=bytes, **place).tolist() == [b"a\0\0", b""]


def test_times(produce, place):
    before = time.time()
    produce(range(10), close=True)
    timed = collect("adc", n=10, timestamps=True, **place)
    assert timed.values.tolist() == list(range(10))
    assert before <= timed.times[0] <= timed.times[-1] <= time.time()
    assert (np.diff(timed.times) >= 0).all()
    assert timed.error >= 0
    assert timed.clock == "arrival"
    assert math.isnan(timed.offset)
    times, values = timed
    assert (times.tolist(), values.tolist()) == (timed.times.tolist(), timed.values.tolist())


def test_times_of_the_board(kernel, board, place):
    """A clock that is 100 ppm fast and about to begin again, and a link that delays by up to 20 ms."""
    before = time.time()
    start = 2**30 - 50_000

    def produce():
        kernel.wait_for("adc")
        first = time.monotonic()
        for number in range(100):
            stamp = start + round((time.monotonic() - first) * 1.0001e6)
            time.sleep(0.02 if number % 7 == 0 else 0)
            board.write("adc", struct.pack("<If", stamp % 2**30, number))
        board.close("adc")

    board.open("adc", stamps=True)
    thread = threading.Thread(target=produce)
    thread.start()
    timed = collect("adc", n=200, timestamps=True, **place)
    thread.join()
    assert (timed.clock, timed.values.tolist()) == ("board", list(range(100)))
    assert before <= timed.times[0] <= timed.times[-1] <= time.time()
    assert timed.offset == pytest.approx(timed.times[0] - start * 1e-6, abs=1e-4)
    assert 0 <= timed.error < 10
    assert abs(timed.drift) < 0.0051
    gaps = np.diff(timed.times)
    assert (gaps >= 0).all()
    assert (gaps[[0, 7, 14]] > 0.015).all()


def test_without_stamps_wanted_they_are_not_in_the_way(kernel, board, place):
    def produce():
        kernel.wait_for("adc")
        board.write("adc", struct.pack("<If", 5, 1.5))

    board.open("adc", stamps=True)
    thread = threading.Thread(target=produce)
    thread.start()
    assert collect("adc", n=1, **place).tolist() == [1.5]
    thread.join()


def test_losses_warn(kernel, board, place):
    def lossy():
        kernel.wait_for("adc")
        for _ in range(2):
            board.write("adc", bytes(4))
        board.skip("adc", 3)
        board.write("adc", bytes(4))
        board.close("adc")

    board.open("adc")
    thread = threading.Thread(target=lossy)
    thread.start()
    with pytest.warns(LossWarning, match="'adc': 3 of 6 messages were lost") as caught:
        assert len(collect("adc", n=10, **place)) == 3
    assert caught[0].filename == __file__
    thread.join()


@each(
    ("limits", "error"),
    [
        ({}, ValueError),
        ({"n": 0}, ValueError),
        ({"n": -1}, ValueError),
        ({"n": 2.0}, TypeError),
        ({"n": True}, TypeError),
        ({"n": "3"}, TypeError),
        ({"seconds": 0}, ValueError),
        ({"seconds": -1}, ValueError),
        ({"seconds": math.nan}, ValueError),
        ({"seconds": math.inf}, ValueError),
        ({"seconds": False}, TypeError),
        ({"seconds": "5"}, TypeError),
        ({"n": 5, "seconds": 0}, ValueError),
    ],
)
def test_nonsense_is_refused_before_anything_is_looked_for(limits, error):
    with pytest.raises(error):
        collect("adc", **limits)


def test_a_decoder_that_cannot_be_called():
    with pytest.raises(TypeError, match=r"not .<f.: struct.Struct\('<f'\).unpack is one"):
        collect("adc", n=1, decoder="<f")


def test_numbers_of_numpy_are_numbers(produce, place):
    produce(range(3))
    assert len(collect("adc", n=np.int64(3), seconds=np.float32(20), **place)) == 3


@pytest.mark.parametrize(("is_open", "why"), [(True, "none came in 0.05 s"), (False, "no such pipe is open")])
def test_nothing_in_time(board, place, is_open, why):
    if is_open:
        board.open("adc")
    with pytest.raises(TimeoutError, match=f"no samples from pipe 'adc': .*{why}"):
        collect("adc", seconds=0.05, **place)


def test_time_that_went_to_the_search_is_told(board, place, monkeypatch):
    def slow(*arguments, **options):
        time.sleep(0.02)
        return subscribe(*arguments, **options)

    board.open("adc")
    monkeypatch.setattr(reading, "SEARCH", 0.01)
    monkeypatch.setattr(collecting, "subscribe", slow)
    with pytest.raises(TimeoutError, match=r"none came in 0.05 s, 0\.\d s of them until a kernel was found"):
        collect("adc", seconds=0.05, **place)


def test_what_else_is_open_is_told(board, place):
    for name in ("ADC", "two words"):
        board.open(name)
    with pytest.raises(TimeoutError, match=r"no such pipe is open on the board, only 'ADC', 'two words'$"):
        collect("adc", seconds=0.01, **place)


@each(
    ("answer", "told"),
    [
        ({}, "no such pipe is open on the board, nor any other"),
        ({"url": "sim://"}, "no such pipe is open on the board, nor any other"),
        ({"url": ""}, "no board is connected"),
        ({"pipes": "adc"}, "no such pipe is open on the board, nor any other"),
    ],
)
def test_what_a_kernel_answers(answer, told):
    assert reading._instead(answer) == told


def test_nothing_before_the_end(produce, place):
    produce([], close=True)
    with pytest.raises(TimeoutError, match="the pipe was closed"):
        collect("adc", n=5, **place)


def test_nothing_is_allowed(place):
    empty = collect("adc", seconds=0.05, allow_empty=True, **place)
    assert (empty.shape, empty.dtype) == ((0,), np.float64)
    timed = collect("adc", seconds=0.05, allow_empty=True, timestamps=True, **place)
    assert timed.times.shape == (0,)
    assert math.isnan(timed.error)


def test_a_pipe_that_nobody_opens_is_not_waited_for_without_end(place, monkeypatch):
    monkeypatch.setattr(reading, "OPEN_TIMEOUT", 0.1)
    with pytest.raises(TimeoutError, match=r"none came in 0.1 s, and no such pipe is open on the board"):
        collect("adc", n=5, **place)


def test_an_open_one_is(produce, board, kernel, place, monkeypatch):
    monkeypatch.setattr(reading, "OPEN_TIMEOUT", 0.1)
    board.open("adc")
    timer = threading.Timer(0.5, lambda: board.write("adc", bytes(4)))
    timer.start()
    assert len(collect("adc", n=1, **place)) == 1
    timer.join()


def test_a_decoder_that_raises(kernel, produce, place):
    produce([b"123"])
    with pytest.raises(struct.error, match=r"a message of 3 bytes is no 32-bit float: .* decoder="):
        collect("adc", n=1, **place)
    kernel.wait_for("adc", 0)


def test_without_numpy(produce, place, monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments):
        if name == "numpy":
            raise ImportError(name)
        return real(name, *arguments)

    produce(range(3))
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert collect("adc", n=3, **place) == [0.0, 1.0, 2.0]


def test_in_a_plain_process_by_the_state_file_alone(kernel, board, tmp_path):
    from tests.ukernel.test_discovery import entry, write_state

    write_state(entry(kernel))
    board.open("adc")
    program = "from ukernel.pipes import collect; print(collect('adc', n=3).tolist())"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        kernel.wait_for("adc")
        for value in (1, 2, 3):
            board.write("adc", struct.pack("<f", value))
        assert process.stdout.read() == "[1.0, 2.0, 3.0]\n"
