"""Frames as lines of bytes: whole, byte by byte, cut anywhere; and against another implementation."""

import pytest
import websocket
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.transports.websocket_frames import Control, FrameError, FrameReader, Opcode, encode_frame
from tests.each import each

PING = Control(Opcode.PING, b"hi")


def read_all(pieces):
    reader, text, controls = FrameReader(), b"", []
    for piece in pieces:
        payload, more = reader.receive_data(piece)
        text += payload
        controls += more
    return text, controls


def cut_everywhere(data):
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    for at in range(len(data)):
        yield [data[:at], data[at:]]


@each(
    ("data", "expected"),
    [
        (b"\x81\x03abc", (b"abc", [])),
        (b"\x82\x03abc", (b"abc", [])),
        (b"\x81\x00\x81\x01x", (b"x", [])),
        (b"\x01\x01a\x00\x01b\x80\x01c", (b"abc", [])),
        (b"\x01\x01a\x89\x02hi\x80\x01c", (b"ac", [PING])),
        (b"\x81\x02\xc3\x28\x81\x01\xff", (b"\xc3\x28\xff", [])),
        (b"\x81\x7e\x00\x03abc", (b"abc", [])),
        (b"\x81\x7f" + bytes(7) + b"\x03abc", (b"abc", [])),
        (b"\x8a\x00\x88\x02\x03\xe8", (b"", [Control(Opcode.PONG, b""), Control(Opcode.CLOSE, b"\x03\xe8")])),
        (b"\x89\x02hi\x81\x01x", (b"x", [PING])),
        (b"\x81\x05in", (b"in", [])),
    ],
)
def test_frames(data, expected):
    for pieces in cut_everywhere(data):
        assert read_all(pieces) == expected


@each("data", [b"\x83\x00", b"\xc1\x00", b"\x81\x80\0\0\0\0", b"\x89\x7e\x01\x00", b"HTTP/1.1", b"\x8f\x00"])
def test_what_is_no_frame(data):
    with pytest.raises(FrameError, match=r"no websocket frame \(0x"):
        FrameReader().receive_data(data)


def test_a_false_length_costs_nothing():
    reader = FrameReader()
    assert reader.receive_data(b"\x81\x7f\x7f" + b"\xff" * 7 + b"text") == (b"text", [])
    assert reader.receive_data(b"more") == (b"more", [])


@given(st.lists(st.binary(max_size=70_000), max_size=4), st.integers(1, 5000))
def test_what_another_implementation_wrote_is_read(payloads, cut):
    wire = b"".join(websocket.ABNF(1, 0, 0, 0, Opcode.TEXT, 0, payload).format() for payload in payloads)
    pieces = [wire[at : at + cut] for at in range(0, len(wire), cut)]
    assert read_all(pieces) == (b"".join(payloads), [])


@given(
    st.sampled_from([Opcode.TEXT, Opcode.PONG]), st.binary(max_size=300), st.binary(min_size=4, max_size=4)
)
def test_another_implementation_reads_what_is_written(opcode, payload, mask):
    frame = websocket.ABNF.create_frame(payload, opcode)
    frame.get_mask_key = lambda _: mask
    assert encode_frame(opcode, payload, mask) == frame.format()


@given(st.lists(st.binary(max_size=50)))
def test_garbage_is_refused_or_read(pieces):
    try:
        read_all(pieces)
    except FrameError:
        return
