"""What is taken from the front, and what has to wait for more."""

import re

from iot_kernel.protocol.incoming import Incoming
from iot_kernel.protocol.marks import BANNER_TEXT
from tests.each import each


def holding(data):
    incoming = Incoming()
    incoming.data = data
    return incoming


def test_taking():
    incoming = holding(b"abcdef")
    assert incoming.take(2) == b"ab"
    assert incoming.take(-1) == b""
    assert incoming.take_all_but(1) == b"cde"
    assert incoming.take_all_but(5) == b""
    assert incoming.data == b"f"


def test_a_mark_goes_and_what_stands_before_it_is_returned():
    incoming = holding(b"text|rest")
    assert incoming.take_mark(re.search(rb"\|", incoming.data)) == b"text"
    assert incoming.data == b"rest"
    incoming.put_back(b"|")
    assert incoming.data == b"|rest"


@each(
    ("data", "held"),
    [
        (b"", 0),
        (b"text", 0),
        (b"text\r\n", 0),
        (b"text\r\nr", 1),
        (b"for", 1),
        (b"text\r\nraw RE", 6),
        (BANNER_TEXT, len(BANNER_TEXT)),
        (BANNER_TEXT + b"\r\n", len(BANNER_TEXT) + 2),
        (BANNER_TEXT + b"\r\nx", 0),
    ],
)
def test_what_may_be_a_banner(data, held):
    assert holding(data).maybe_banner() == held


@each(
    ("before", "data", "held"),
    [
        (b"", b"r", 1),
        (b"text", b"r", 0),
        (b"text\n", b"r", 1),
        (b"text\r", b"ra", 2),
        (b">>>", b"r", 1),
        (b"\x1b]0;title\x1b\\", b"raw", 3),
        (b"\x1b]0;title\x07", b"raw", 3),
        (b"text", b"raw R", 5),
        (b"text", b"\nr", 1),
    ],
)
def test_a_letter_in_the_middle_of_a_line_does_not_wait(before, data, held):
    incoming = holding(before)
    incoming.take(len(before))
    incoming.data = data
    assert incoming.maybe_banner(in_line=True) == held


def test_after_a_mark_a_line_begins():
    incoming = holding(b"OKr")
    incoming.take_mark(re.search(rb"OK", incoming.data))
    assert incoming.maybe_banner(in_line=True) == 1


@each(
    ("data", "held"),
    [
        (b"text", 0),
        (b"text\x04", 1),
        (b"text\x04trace\x04>", 8),
        (b"a\x04b\x04trace\x04>", 8),
        (b"text\nraw", 3),
        (b"\x04" + b"x" * 70000, 0),
    ],
)
def test_what_may_be_the_end(data, held):
    assert holding(data).maybe_end() == held
