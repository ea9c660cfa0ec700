"""A process as a stream: its answer, what it says beside, and its end."""

import os

import pytest

from iot_kernel.transports.ssh_stream import NOISE_LIMIT, WORDS_LIMIT, start_process
from tests.transports.far import DEADLINE


@pytest.fixture
def start():
    """Makes a stream of a shell program."""
    streams = []

    def started(program):
        streams.append(start_process(["sh", "-c", program], lambda said: f"why: {said}"))
        return streams[-1]

    yield started
    for stream in streams:
        stream.close()


def test_what_follows_the_answer_is_read(start):
    stream = start("echo welcome; printf 'MARK open it\\r\\nbytes'; exec cat")
    assert stream.read_answer("MARK", DEADLINE) == "open it"
    assert stream.read() == b"bytes"
    stream.write(b"more")
    assert stream.read() == b"more"


def test_no_answer(start):
    with pytest.raises(TimeoutError):
        start("printf 'MARK without a line end'; exec cat").read_answer("MARK", 0.2)
    with pytest.raises(TimeoutError, match="too much text"):
        start(f"head -c {2 * NOISE_LIMIT} /dev/zero; exec cat").read_answer("MARK", DEADLINE)
    with pytest.raises(EOFError):
        start("exit 1").read_answer("MARK", DEADLINE)


def test_its_words_say_why_it_has_ended_and_signs_of_life_do_not(start):
    stream = start("echo . >&2; echo some reason >&2; echo . >&2")
    with pytest.raises(EOFError, match=r"^why: some reason$"):
        stream.read()


def test_signs_of_life_take_no_space(start):
    stream = start(f"head -c {3 * WORDS_LIMIT} /dev/zero >&2; echo x; read line; echo the end >&2; echo y")
    assert stream.read() == b"x\n"
    stream.write(b"\n")
    assert stream.read() == b"y\n"
    assert os.fstat(stream._words.fileno()).st_size < WORDS_LIMIT


def test_closing_ends_what_does_not_end(start):
    stream = start("trap '' TERM; echo up; while :; do sleep 60; done")
    assert stream.read() == b"up\n"
    stream.close()
    assert stream._process.returncode is not None


def test_a_program_that_is_not_there(start):
    with pytest.raises(FileNotFoundError):
        start_process(["/no/such/program"], str)
