"""What kernel and subscriber say, as bytes: whole, byte by byte, and cut at random."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.each import each
from ukernel.pipes.framing import (
    LONGEST_MESSAGE,
    FramingError,
    Message,
    Receiver,
    Request,
    check_name,
    read_request,
    write_messages,
    write_refusal,
    write_request,
)

MESSAGES = [
    Message(b"", 1.5, 0),
    Message(b"abcd", 2.5, 3, 17),
    Message(bytes(LONGEST_MESSAGE), 3.0, 2**32 - 1, 2**30 - 1),
]


def cut(data, *positions):
    edges = [0, *sorted(positions), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def received(pieces, *, stamps):
    receiver = Receiver(stamps=stamps)
    found = [message for piece in pieces for message in receiver.feed(piece)]
    return found, receiver.refusal


def test_plain_messages_are_length_and_bytes():
    assert write_messages([Message(b"abc", 9.0, 9), Message(b"")], stamps=False) == b"\3\0\0\0abc\0\0\0\0"


@pytest.mark.parametrize(("clock", "written"), [((), 0xFFFFFFFF), ((5,), 5)])
def test_stamped_messages_say_when_and_how_many_were_lost(clock, written):
    expected = struct.pack("<IdII", 3, 9.0, 7, written) + b"abc"
    assert write_messages([Message(b"abc", 9.0, 7, *clock)], stamps=True) == expected


@pytest.mark.parametrize("stamps", [False, True])
def test_messages_in_any_cutting(stamps):
    sent = MESSAGES if stamps else [Message(message.data) for message in MESSAGES]
    data = write_messages(sent, stamps=stamps)
    assert received([data], stamps=stamps) == (sent, None)
    head = data[:60]
    assert received([*(bytes([byte]) for byte in head), data[60:]], stamps=stamps) == (sent, None)


@given(
    st.lists(st.tuples(st.binary(max_size=40), st.floats(0, 1e10), st.integers(0, 9)), max_size=6),
    st.lists(st.integers(0, 300), max_size=8),
    st.booleans(),
)
def test_any_messages_in_any_cutting(samples, positions, stamps):
    sent = [Message(*sample) if stamps else Message(sample[0]) for sample in samples]
    data = write_messages(sent, stamps=stamps) + write_refusal("why")
    pieces = cut(data, *(min(position, len(data)) for position in positions))
    assert received(pieces, stamps=stamps) == (sent, "why")


def test_a_refusal_byte_by_byte_and_nothing_behind_it():
    data = write_refusal("too slow: µ") + b"\1\0\0\0x"
    assert received([bytes([byte]) for byte in data], stamps=False) == ([], "too slow: µ")


@given(st.binary(max_size=200))
def test_garbage_is_messages_or_an_error(data):
    receiver = Receiver(stamps=False)
    try:
        for message in receiver.feed(data):
            assert len(message.data) <= LONGEST_MESSAGE
    except FramingError:
        pass


@each(
    "request_",
    [
        Request("adc", "t0ken"),
        Request("a b", "t", stamps=True),
        Request("?x", "", stamps=True),
        Request("µ", "t", query=True),
    ],
)
def test_requests_there_and_back(request_):
    line = write_request(request_)
    assert line.endswith(b"\n")
    assert read_request(line[:-1]) == request_


def test_by_hand():
    assert write_request(Request("adc", "t0ken")) == b"adc t0ken\n"
    assert read_request(b"adc") == Request("adc", None)
    assert read_request(b"adc t0ken\r") == Request("adc", "t0ken")
    assert read_request(b"?adc t0ken") == Request("adc", "t0ken", query=True)


@each("line", [b"", b"?", b" x", b"\xff\xfe x", b"\x01 x", b"a" * 65, b"\x02"])
def test_no_requests(line):
    with pytest.raises(FramingError, match="no request"):
        read_request(line)


@pytest.mark.parametrize("token", ["a b", "a\n", "\t"])
def test_tokens_have_no_blanks(token):
    with pytest.raises(ValueError, match="white space"):
        write_request(Request("adc", token))


@each("name", ["adc", "IMU x", "µ" * 32, "?", "日本"])
def test_names(name):
    assert check_name(name) == name


@each("name", ["", "a" * 65, "µ" * 33, "a\n", "\0", "a\x7f", "\x85", "\ud800"])
def test_no_names(name):
    with pytest.raises(ValueError, match="the name of a pipe"):
        check_name(name)


@pytest.mark.parametrize("name", [None, b"adc", 3])
def test_a_name_is_text(name):
    with pytest.raises(TypeError, match="must be a str"):
        check_name(name)


@given(st.binary(max_size=100))
def test_any_line_is_a_request_or_an_error(line):
    try:
        request = read_request(line)
    except FramingError:
        return
    assert check_name(request.name)
