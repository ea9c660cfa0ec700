"""Bytes of a board as text, in any cutting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.output_text import (
    TITLE_LIMIT,
    BoardText,
    Collected,
    whole_text,
    without_reset_words,
    without_titles,
)

TITLE = "\x1b]0;🐍192.168.1.7 | code.py | 9.2.9\x1b\\"


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
        (f"a{TITLE}b".encode(), "ab"),
        (f"a\r{TITLE}\n{TITLE}{TITLE}b".encode(), "a\nb"),
        (b"a\x1b]0;ended by BEL\x07b", "ab"),
        (b"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        (b"\x1b[2K\x1b[0Gcode.py output:\r\n", "\x1b[2K\x1b[0Gcode.py output:\n"),
        (b"no title\x1b]0;but a line\r\n", "no title\x1b]0;but a line\n"),
        (b"\x1b]0;never ended", "\x1b]0;never ended"),
        (f"\x1b]0;x{TITLE}y".encode(), "\x1b]0;xy"),
        (b"\x1b\x1b]0;x\x07]0;y\x07", "\x1b]0;y\x07"),
        (b"end\x1b", "end\x1b"),
    ],
)
def test_whole_and_byte_by_byte(data, text):
    assert decoded([data]) == text
    assert decoded([data[i : i + 1] for i in range(len(data))]) == text


@given(data=st.binary(), cut=st.integers(0, 50))
def test_the_cutting_does_not_show(data, cut):
    assert decoded([data[:cut], data[cut:]]) == decoded([data])


@given(
    pieces=st.lists(
        st.sampled_from(["\x1b", "]", "\\", "\x07", "0;t", "\r", "\n", "x" * TITLE_LIMIT, TITLE, "é"]),
        max_size=8,
    ),
    cut=st.integers(0, 2000),
)
def test_the_cutting_of_titles_does_not_show(pieces, cut):
    data = "".join(pieces).encode()
    assert decoded([data[:cut], data[cut:]]) == decoded([data])


def test_text_comes_at_once():
    got = []
    BoardText(got.append).feed(b"no newline yet")
    assert got == ["no newline yet"]


def test_text_before_a_title_comes_at_once():
    got = []
    text = BoardText(got.append)
    text.feed(b"x = 1\x1b]0;tit")
    assert got == ["x = 1"]
    text.feed(b"le\x07")
    text.feed(b"more")
    assert got == ["x = 1", "more"]


def test_what_waits_is_bounded():
    got = []
    text = BoardText(got.append)
    text.feed(b"\x1b]" + b"x" * TITLE_LIMIT)
    assert got == []
    text.feed(b"x")
    assert got == ["\x1b]" + "x" * (TITLE_LIMIT + 1)]


def test_whole_text():
    assert whole_text(TITLE.encode() + b"line 1\r\n\xff\r") == "line 1\n\\xff\r"


def test_without_titles():
    assert without_titles(f"{TITLE}x\r\n") == "x\r\n"


@pytest.mark.parametrize(
    ("implementation", "printed", "left"),
    [
        ("micropython", "OK\nMPY: soft reboot\n", ""),
        ("micropython", "OK\nsoft reboot\nboot says\n", "boot says\n"),
        ("micropython", "boot says\n", "boot says\n"),
        ("circuitpython", "OK\nweicher Neustart\nboot says\n", "boot says\n"),
        ("circuitpython", "OK\n", ""),
        ("", "OK\nboot says\n", "boot says\n"),
    ],
)
def test_without_reset_words(implementation, printed, left):
    assert without_reset_words(printed, implementation) == left


def test_what_is_kept_is_bounded():
    full = []
    collected = Collected(5, lambda: full.append(1))
    collected.take("abc")
    collected.take("de")
    assert (collected.text, collected.is_full, full) == ("abcde", False, [])
    collected.take("f")
    collected.take("g" * 1000)
    assert (collected.text, collected.is_full, full) == ("abcde", True, [1])
