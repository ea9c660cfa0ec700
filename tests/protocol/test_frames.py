"""Frames in a board's output: whole, byte by byte, cut at random, torn, and mixed with what a REPL prints."""

import binascii
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol.frames import (
    LONGEST_PIECE,
    OVERHEAD,
    START,
    Damaged,
    Demultiplexer,
    Frame,
    encode,
)

MARKS = b"\x01\x04>"

frames = st.builds(
    Frame,
    channel=st.integers(0, 255),
    sequence=st.integers(0, 255),
    data=st.binary(max_size=300),
    more=st.booleans(),
    continues=st.booleans(),
)
forms = st.fixed_dictionaries({"through_text": st.booleans(), "without_crc": st.booleans()})
texts = st.binary(max_size=50).map(lambda data: data.replace(START, b""))


def demultiplexed(*pieces):
    """All events, with neighbouring texts joined."""
    demultiplexer = Demultiplexer()
    events = []
    for piece in pieces:
        for event in demultiplexer.feed(piece):
            if isinstance(event, bytes) and events and isinstance(events[-1], bytes):
                events[-1] += event
            else:
                events.append(event)
    return events, demultiplexer.flush()


def cut(data, seed):
    """Pieces of random lengths."""
    source = random.Random(seed)
    while data:
        size = source.randint(1, 20)
        yield data[:size]
        data = data[size:]


def test_the_layout_is_the_table_of_the_documentation():
    body = bytes.fromhex("10 84 00 6b") + b"abcd"
    check = binascii.crc32(body, 7) & 0xFFFFFF
    assert encode(Frame(16, 7, b"abcd")) == START + body + bytes([7]) + check.to_bytes(3, "little")
    assert encode(Frame(16, 7, b"", more=True))[1:4] == bytes.fromhex("10 80 80")
    assert encode(Frame(16, 7, b"", continues=True))[1:4] == bytes.fromhex("10 80 40")
    escaped = b"\xfe\xfda\x84\x00z\xfdd\xfdg\xfde\xfdf"
    assert encode(Frame(1, 7, b"\x04>\xfe\xfd"))[: len(escaped)] == escaped


def test_the_forms_of_boards_that_have_less():
    body = bytes.fromhex("10 84 20 4b") + b"a\nb\n\x07"
    check = int.from_bytes(body, "big") % 4194301
    encoded = encode(Frame(16, 7, b"a\nb\n"), without_crc=True)
    assert encoded == START + body + check.to_bytes(3, "little")
    assert encode(Frame(16, 7, b"a\nb\n"), through_text=True)[5:11] == b"a\xfdnb\xfdn"
    remainder = 0
    for byte in body:
        remainder = (remainder * 256 + byte) % 4194301
        assert remainder * 256 + 255 < 1 << 30
    assert remainder == check


def test_a_sample_of_four_bytes_takes_thirteen():
    assert len(encode(Frame(16, 2, b"\x00\x11\x22\x33"))) == 4 + OVERHEAD == 13


def test_a_kibibyte_costs_three_per_cent_at_most():
    data = random.Random(1).randbytes(64 * 1024)
    size = sum(len(encode(Frame(1, 0, data[start : start + 1024]))) for start in range(0, len(data), 1024))
    assert size <= 1.03 * len(data)


@given(frames, forms)
def test_a_frame_holds_no_mark_of_the_raw_repl(frame, form):
    encoded = encode(frame, **form)
    assert encoded.startswith(START)
    assert not set(encoded[1:]) & set(MARKS + START)
    if form["through_text"]:
        assert encoded.replace(b"\n", b"\r\n") == encoded


@given(st.lists(st.tuples(frames, forms) | texts), st.integers())
def test_any_cutting_gives_the_same(parts, seed):
    data = b"".join(part if isinstance(part, bytes) else encode(part[0], **part[1]) for part in parts)
    parts = [part if isinstance(part, bytes) else part[0] for part in parts]
    expected = [part for part in parts if isinstance(part, Frame)]
    for pieces in ([data], [bytes([byte]) for byte in data], cut(data, seed)):
        events, rest = demultiplexed(*pieces)
        assert [event for event in events if isinstance(event, Frame)] == expected
        assert b"".join(event for event in events if isinstance(event, bytes)) == b"".join(
            part for part in parts if isinstance(part, bytes)
        )
        assert not rest


@given(st.lists(frames, min_size=1, max_size=3), st.data(), st.integers())
def test_what_is_damaged_is_the_same_in_any_cutting(several, data, seed):
    encoded = b"".join(encode(frame) for frame in several)
    place = data.draw(st.integers(0, len(encoded) - 1))
    changed = encoded[:place] + data.draw(st.binary(max_size=3)) + encoded[place + 1 :]
    whole = demultiplexed(changed)
    assert demultiplexed(*cut(changed, seed)) == whole
    assert demultiplexed(*(bytes([byte]) for byte in changed)) == whole


@given(
    frames.filter(lambda frame: frame.channel),
    forms,
    st.lists(st.tuples(st.integers(0), st.sampled_from([b"\x01", b"\x04", b">", b"\x04\x04>"]))),
)
def test_marks_of_the_raw_repl_inside_a_frame_go_on_to_it(frame, form, insertions):
    data = bytearray(encode(frame, **form))
    inserted = b""
    for place, mark in sorted(insertions, key=lambda insertion: insertion[0] % (len(data) - 1)):
        position = 1 + place % (len(data) - 1)
        data[position:position] = mark
        inserted += mark
    events, rest = demultiplexed(bytes(data))
    assert events[-1] == frame
    assert sorted(b"".join(event for event in events if isinstance(event, bytes))) == sorted(inserted)
    assert not rest


@given(frames, forms, st.data())
def test_a_torn_frame_is_text_again_and_the_next_one_whole(frame, form, data):
    encoded = encode(frame, **form)
    torn = encoded[: data.draw(st.integers(1, len(encoded) - 1))]
    following = Frame(9, 9, b"next")
    events, rest = demultiplexed(torn + encode(following))
    assert events == [Damaged(), torn, following]
    assert not rest


@given(frames, forms, st.data())
def test_a_changed_byte_is_never_delivered(frame, form, data):
    encoded = bytearray(encode(frame, **form))
    place = data.draw(st.integers(1, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    events, rest = demultiplexed(bytes(encoded) + b"\xfe")
    assert frame not in events
    assert not [event for event in events if isinstance(event, Frame)]
    assert all(isinstance(event, (bytes, Damaged)) for event in events), rest


@given(st.binary(max_size=300), st.data(), st.integers())
def test_code_that_is_broken_off_takes_its_frame_with_it(content, data, seed):
    encoded = encode(Frame(0, 0, content))
    torn = encoded[: data.draw(st.integers(len(encoded) - len(content) // 2 - 1, len(encoded) - 1))]
    said = b"\x04Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n\x04>"
    for pieces in ([torn + said], cut(torn + said, seed)):
        events, rest = demultiplexed(*pieces)
        assert events == [Damaged(), torn + said]
        assert not rest


def test_half_an_escape_at_the_end_makes_no_frame_of_what_was_broken_off():
    encoded = encode(Frame(0, 0, b"\xc8\xf1\xe0\xfe"))
    assert encoded.endswith(b"\xfdf")
    torn = encoded[:-1] + b"\x04>"
    assert demultiplexed(torn) == ([Damaged(), torn], b"")


@given(st.binary(max_size=2000))
def test_whatever_a_board_prints_is_lost_nowhere(data):
    events, rest = demultiplexed(data)
    assert not [event for event in events if isinstance(event, Frame)]
    assert b"".join(event for event in events if isinstance(event, bytes)) + rest == data


@given(frames.filter(lambda frame: frame.channel), forms, st.data(), st.integers())
def test_ctrl_c_in_the_middle_of_a_frame_leaves_the_text_in_its_order(frame, form, data, seed):
    encoded = encode(frame, **form)
    torn = encoded[: data.draw(st.integers(1, len(encoded) - 1))]
    said = b"\x04Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n\x04>"
    for pieces in ([torn + said], cut(torn + said, seed)):
        events, rest = demultiplexed(*pieces)
        assert not [event for event in events if isinstance(event, Frame)]
        assert b"".join(event for event in events if isinstance(event, bytes)) + rest == torn + said


def test_marks_wait_for_the_end_of_a_frame():
    encoded = encode(Frame(16, 0, b"abcd"))
    demultiplexer = Demultiplexer()
    assert list(demultiplexer.feed(encoded[:6])) == []
    assert not demultiplexer.holds_marks
    assert list(demultiplexer.feed(b"\x04\x04>" + encoded[6:8])) == []
    assert demultiplexer.holds_marks
    assert list(demultiplexer.feed(encoded[8:])) == [b"\x04\x04>", Frame(16, 0, b"abcd")]
    assert not demultiplexer.holds_marks


def test_no_utf_8_text_ever_waits():
    demultiplexer = Demultiplexer()
    text = "".join(chr(code) for code in range(1, 0x3000) if not 0xD800 <= code < 0xE000).encode()
    assert b"".join(demultiplexer.feed(text)) == text
    assert not demultiplexer.is_waiting


def test_a_false_start_mark_holds_up_four_bytes():
    demultiplexer = Demultiplexer()
    assert list(demultiplexer.feed(b"ab\xfecd")) == [b"ab"]
    assert demultiplexer.is_waiting
    assert list(demultiplexer.feed(b"efgh")) == [Damaged(), b"\xfecdef", b"gh"]


def test_a_piece_has_a_longest_length():
    whole = Frame(1, 0, bytes(LONGEST_PIECE))
    assert demultiplexed(encode(whole)) == ([whole], b"")
    with pytest.raises(ValueError, match="at most 4096"):
        encode(Frame(1, 0, bytes(LONGEST_PIECE + 1)))
