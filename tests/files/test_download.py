"""The talk that takes files: whole ones, missing frames, boards that lie."""

import hashlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.download import Download
from iot_kernel.files.partial import Parts
from iot_kernel.protocol.frames import Frame


def never():
    raise AssertionError("nothing is too long")


def message(kind, index, number, data=b"", nonce=7):
    return Frame(0, 0, struct.pack("<BBHI", nonce, kind, index, number) + data)


def frames(*contents, nonce=7, piece=100):
    """What ``snippets/send.py`` sends."""
    sent = []
    for index, content in enumerate(contents):
        for at in range(0, len(content), piece):
            sent.append(message(0, index, at, content[at : at + piece], nonce))
        digest = b"\0" + hashlib.sha256(content).digest()
        sent.append(message(1, index, len(content), digest, nonce))
    return sent


def taken(sequence, count, limit=100_000):
    files = [Parts(limit) for _ in range(count)]
    download = Download(7, files, limit=1_000_000, stop=never)
    for frame in sequence:
        download.receive(frame)
    return [file.content for file in files]


@given(st.lists(st.binary(max_size=500), max_size=5))
def test_whole_files(contents):
    assert taken(frames(*contents), len(contents)) == contents


@given(st.integers(0, 11))
def test_a_missing_frame_costs_its_file_alone(missing):
    contents = [b"a" * 250, b"b" * 250, b"c" * 250]
    sequence = frames(*contents)
    del sequence[missing]
    expected = list(contents)
    expected[missing // 4] = None
    assert taken(sequence, 3) == expected


@given(st.permutations(range(12)))
def test_in_any_order(order):
    contents = [b"a" * 250, b"b" * 250, b"c" * 250]
    sequence = frames(*contents)
    assert taken([sequence[place] for place in order], 3) == contents


def test_frames_of_another_transfer_are_not_counted():
    first, last = frames(b"abc")
    assert taken([first, *frames(b"xyz", nonce=8), last], 1) == [b"abc"]


def test_files_that_were_not_asked_for():
    assert taken([message(0, 1, 0, b"x"), message(1, 65535, 0), *frames(b"abc")], 1) == [b"abc"]


def test_what_has_no_meaning():
    odd = [Frame(0, 0, b""), Frame(0, 0, b"\7"), message(3, 0, 0), message(255, 0, 9, b"?")]
    assert taken([*odd, *frames(b"abc")], 1) == [b"abc"]


def test_a_file_that_cannot_be_read():
    download = Download(7, [Parts(10), Parts(10)], limit=1000, stop=never)
    assert not download.has_begun
    for frame in (*frames(b"abc"), message(2, 1, 5)):
        download.receive(frame)
    assert download.has_begun
    assert download.failed == (1, 5)


def test_progress():
    told = []
    files = [Parts(1000), Parts(1000)]
    download = Download(7, files, limit=1000, stop=never, on_progress=lambda *what: told.append(what))
    for frame in frames(b"a" * 150, b"b"):
        download.receive(frame)
    assert told == [(0, 100), (0, 150), (1, 1)]


def test_it_sends_nothing_and_leaves_interrupts_alone():
    download = Download(7, [], limit=0, stop=never)
    assert download.data_to_send() == b""
    assert not download.interrupt()
    assert not download.unstick()


def test_a_file_that_is_too_long_ends_it():
    stopped = []
    download = Download(7, [Parts(10)], limit=1000, stop=lambda: stopped.append(1))
    for at in range(0, 100, 5):
        download.receive(message(0, 0, at, b"xxxxx"))
    assert download.is_too_long
    assert stopped == [1]


@given(st.integers(0, 255), st.binary(max_size=20))
def test_frames_without_end_end_it(nonce, data):
    stopped = []
    download = Download(7, [Parts(10)], limit=1000, stop=lambda: stopped.append(1))
    for _ in range(1001):
        download.receive(Frame(0, 0, bytes([nonce]) + data))
    assert download.is_too_long
    assert stopped == [1]
