"""Streams over real descriptors: the thread that reads, writers, whoever reads directly, and the end."""

import socket
import sys
import threading
from pathlib import Path

import pytest

from iot_kernel.transports import poll_stream
from iot_kernel.transports.poll_stream import PollStream

DEADLINE = 30.0

#: Elsewhere nobody reads directly.
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has what direct reading takes")


def test_one_read_takes_all_that_has_arrived(pair):
    stream, theirs = pair
    for piece in (b"a", b"bc", b"def"):
        theirs.sendall(piece)
    assert stream.read() == b"abcdef"


def test_the_end_is_an_error_with_words(pair):
    stream, theirs = pair
    theirs.close()
    with pytest.raises(EOFError, match="it hung up"):
        stream.read()


def test_a_read_with_a_time_limit(pair):
    stream, theirs = pair
    with pytest.raises(TimeoutError):
        stream.read(timeout=0.01)
    theirs.sendall(b"x")
    assert stream.read(timeout=DEADLINE) == b"x"


def test_a_board_that_never_reads_is_given_up(pair, monkeypatch):
    monkeypatch.setattr(poll_stream, "WRITE_TIMEOUT", 0.05)
    with pytest.raises(TimeoutError, match=r"took no byte for 0\.05 s"):
        pair[0].write(bytes(10_000_000))


def test_a_slow_board_is_not_given_up(pair, monkeypatch):
    monkeypatch.setattr(poll_stream, "WRITE_TIMEOUT", 3.0)
    stream, theirs = pair
    theirs.settimeout(DEADLINE)
    writer = threading.Thread(target=stream.write, args=(bytes(2_000_000),))
    writer.start()
    taken = 0
    while taken < 2_000_000:
        taken += len(theirs.recv(65536))
        threading.Event().wait(0.12)
    writer.join(DEADLINE)
    assert not writer.is_alive()


def test_the_descriptor_is_given_back_once_and_after_the_reader_left():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    events = []

    def release():
        events.append("released")
        ours.close()
        raise OSError("the port died meanwhile")

    stream = PollStream(ours.fileno(), ours.recv, ours.send, release, "")
    reader = threading.Thread(target=lambda: events.append(stream.read()))
    reader.start()
    reader.join(0.05)
    stream.close()
    stream.close()
    reader.join(DEADLINE)
    assert sorted(events, key=str) == [b"", "released"]
    theirs.close()


def test_descriptors_are_not_leaked(pair):
    before = len(list(Path("/dev/fd").iterdir()))
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    PollStream(ours.fileno(), ours.recv, ours.send, ours.close, "").close()
    theirs.close()
    assert len(list(Path("/dev/fd").iterdir())) == before


class Background:
    """The thread that always reads, and what it has read so far."""

    def __init__(self, stream):
        self.read, self._changed = b"", threading.Condition()
        self._thread = threading.Thread(target=self._run, args=(stream,), daemon=True)
        self._thread.start()

    def _run(self, stream):
        while data := stream.read():
            with self._changed:
                self.read += data
                self._changed.notify_all()

    def until(self, end):
        with self._changed:
            assert self._changed.wait_for(lambda: self.read.endswith(end), DEADLINE)
        return self.read


@pytest.fixture
def background(pair):
    """The thread that always reads; the test reads directly."""
    background = Background(pair[0])
    eventually_direct(pair[0])
    yield background
    pair[0].close()


def eventually_direct(stream):
    for _ in range(10_000):
        if stream.begin_direct():
            return
        threading.Event().wait(0.001)
    raise AssertionError("no direct reading")


@linux
def test_what_comes_is_read_directly_and_by_nobody_else(pair, background):
    stream, theirs = pair
    for piece in (b"one", b"two"):
        theirs.sendall(piece)
        assert stream.read_direct(DEADLINE) == piece
    assert background.read == b""


@linux
def test_the_thread_that_reads_goes_on_afterwards(pair, background):
    stream, theirs = pair
    theirs.sendall(b"direct")
    assert stream.read_direct(DEADLINE) == b"direct"
    theirs.sendall(b"between")
    stream.end_direct()
    assert background.until(b"between") == b"between"
    eventually_direct(stream)
    theirs.sendall(b"again")
    assert stream.read_direct(DEADLINE) == b"again"


@linux
def test_no_direct_reading_while_the_other_thread_is_not_back(pair):
    """What it has read must be taken before what is read directly."""
    stream, theirs = pair
    assert not stream.begin_direct()  # no thread reads yet
    theirs.sendall(b"x")
    assert stream.read() == b"x"
    assert not stream.begin_direct()


@linux
def test_direct_reading_ends_in_time_and_by_waking(pair, background):
    stream, _ = pair
    assert stream.read_direct(0.01) == b""
    stream.wake()  # before
    assert stream.read_direct(DEADLINE) == b""
    threading.Timer(0.05, stream.wake).start()
    assert stream.read_direct(DEADLINE) == b""
    assert stream.read_direct(0.01) == b""  # each counts once


@linux
def test_a_write_that_has_to_wait_ends_direct_reading(pair, background):
    """A board that waits until its output is read takes no byte before."""
    stream, theirs = pair

    def answer_first():
        theirs.sendall(bytes(2_000_000) + b"end")
        taken = 0
        while taken < 1_000_000:
            taken += len(theirs.recv(65536))

    board = threading.Thread(target=answer_first)
    board.start()
    stream.write(bytes(1_000_000))
    assert len(background.until(b"end")) == 2_000_003
    board.join(DEADLINE)


@linux
def test_the_end_while_it_is_read_directly(pair, background):
    stream, theirs = pair
    theirs.close()
    with pytest.raises(EOFError, match="it hung up"):
        stream.read_direct(DEADLINE)


@linux
def test_closing_ends_direct_reading(pair, background):
    stream, _ = pair
    threading.Timer(0.05, stream.close).start()
    assert stream.read_direct(DEADLINE) == b""
    stream.close()  # waits for the other one
    assert stream.read_direct(DEADLINE) == b""
    assert not stream.begin_direct()
    stream.end_direct()
    stream.wake()
