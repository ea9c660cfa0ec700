"""The layout of displays: what docs/reference/protocol.md has, and bytes that are none."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.displays.message import BoardDisplay, DisplayKind, Form, Representation, parse
from tests.each import each


def item(form, name, content):
    return form + struct.pack("<BI", len(name), len(content)) + name + content


def test_a_message_by_hand():
    message = b"d\x02id" + b"t\x0a\x02\0\0\0text/plain42" + b"b\x09\x03\0\0\0image/png\x89PN"
    items = (
        Representation(Form.TEXT, "text/plain", b"42"),
        Representation(Form.BYTES, "image/png", b"\x89PN"),
    )
    assert parse(message) == BoardDisplay(DisplayKind.SHOW, "id", items)
    assert parse(message).size == 5


@given(
    st.sampled_from(DisplayKind),
    st.text(max_size=40),
    st.lists(st.tuples(st.sampled_from(Form), st.text(max_size=40), st.binary(max_size=40)), max_size=4),
)
def test_whatever_is_written_is_read(kind, display_id, items):
    name = display_id.encode()
    message = kind.value + bytes((len(name),)) + name
    message += b"".join(item(form.value, name.encode(), content) for form, name, content in items)
    assert parse(message) == BoardDisplay(kind, display_id, tuple(Representation(*each) for each in items))


WHOLE = b"u\x01x" + item(b"t", b"text/html", b"<b>") + item(b"m", b"", b"{}")


@each("end", [*range(3), *range(4, len(WHOLE))])
def test_a_part_is_no_message(end):
    if end == 3 + len(item(b"t", b"text/html", b"<b>")):
        assert len(parse(WHOLE[:end]).items) == 1
        return
    with pytest.raises(ValueError):
        parse(WHOLE[:end])


@each(
    "message",
    [b"x\0", b"d\x01\xff", b"d\0" + item(b"?", b"a/b", b""), b"d\0" + item(b"t", b"\xff", b""), b"d\x05abc"],
)
def test_what_makes_no_sense(message):
    with pytest.raises(ValueError):
        parse(message)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_none(message):
    with contextlib.suppress(ValueError):
        assert isinstance(parse(message), BoardDisplay)
