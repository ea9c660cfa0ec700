"""Bytes of a board as text, in any cutting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.board_text import BoardText


def decoded(pieces):
    got = []
    text = BoardText(got.append)
    for piece in pieces:
        text.feed(piece)
    text.finish()
    assert "" not in got
    return "".join(got)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain\r\nlines\r\n", "plain\nlines\n"),
        ("wörld €\n".encode(), "wörld €\n"),
        (b"10%\r20%\r\n", "10%\r20%\n"),
        (b"\r", "\r"),
        (b"\r\r\n", "\r\n"),
        (b"bad \xff\xfe byte", "bad \\xff\\xfe byte"),
        (b"cut \xe2\x82", "cut \\xe2\\x82"),
        (b"", ""),
    ],
)
def test_whole_and_byte_by_byte(data, text):
    assert decoded([data]) == text
    assert decoded([data[i : i + 1] for i in range(len(data))]) == text


@given(data=st.binary(), cut=st.integers(0, 50))
def test_the_cutting_does_not_show(data, cut):
    assert decoded([data[:cut], data[cut:]]) == decoded([data])


def test_text_comes_at_once():
    got = []
    BoardText(got.append).feed(b"no newline yet")
    assert got == ["no newline yet"]
