"""The talk that takes files: whole ones, missing frames, boards that lie."""

import hashlib
import zlib

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.download import Download
from iot_kernel.protocol.jmp import Frame


def frames(*contents, nonce=7, piece=100):
    """What ``snippets/send.py`` sends."""
    payloads = []
    for content in contents:
        payloads += [b"\0" + content[start : start + piece] for start in range(0, len(content), piece)]
        payloads.append(b"\1\0" + hashlib.sha256(content).digest())
    return [Frame(0, number & 0xFF, bytes([nonce]) + data) for number, data in enumerate(payloads)]


def taken(sequence, limit=100_000):
    download = Download(7, limit=limit)
    for frame in sequence:
        download.receive(frame)
    return download.files


@given(st.lists(st.binary(max_size=500), max_size=5))
def test_whole_files(contents):
    assert taken(frames(*contents)) == contents


def test_more_frames_than_sequence_numbers():
    content = bytes(range(256)) * 200
    assert taken(frames(content, b"next")) == [content, b"next"]


@given(st.integers(0, 11))
def test_a_missing_frame_fails_its_file_and_those_behind(missing):
    contents = [b"a" * 250, b"b" * 250, b"c" * 250]
    sequence = frames(*contents)
    del sequence[missing]
    assert taken(sequence) == contents[: missing // 4]


def test_frames_of_another_talk_are_not_counted():
    first, last = frames(b"abc")
    assert taken([first, *frames(b"xyz", nonce=8), last]) == [b"abc"]


def test_a_digest_that_does_not_fit():
    data, end = frames(b"abc")
    wrong = Frame(0, end.sequence, end.data[:-1] + b"?")
    assert taken([data, wrong]) == []
    crc = Frame(0, end.sequence, b"\7\1\2" + zlib.crc32(b"abc").to_bytes(4, "little"))
    assert taken([data, crc]) == [b"abc"]
    for kind in (b"", b"\3", b"\xff"):
        assert taken([data, Frame(0, 1, b"\7\1" + kind)]) == []


def test_more_than_was_to_be_expected_is_not_kept():
    assert taken(frames(b"a" * 1000), limit=1000) == [b"a" * 1000]
    assert taken(frames(b"a" * 1001), limit=1000) == []


def test_too_short_for_anything():
    assert taken([Frame(0, 0, b""), Frame(0, 0, b"\7"), *frames(b"abc")]) == [b"abc"]


def test_progress():
    told = []
    download = Download(7, limit=1000, on_progress=lambda *what: told.append(what))
    for frame in frames(b"a" * 150, b"b"):
        download.receive(frame)
    assert told == [(0, 100), (0, 150), (1, 1)]


def test_it_sends_nothing_and_leaves_interrupts_alone():
    download = Download(7, limit=1)
    assert download.data_to_send() == b""
    assert not download.interrupt()
    assert not download.unstick()
