"""Requests for input, taken out of output: whole, byte by byte, cut at random."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.input_request import LONGEST_PROMPT, InputRequests, answer_bytes

OUTPUT = b"before\r\n\x1c4Your name? \x1cafter\x1c4\x1cend\x1c"


def scan(pieces, answer=None):
    asked = []
    requests = InputRequests("4", asked.append)
    if answer is not None:
        requests.answered(answer)
    text = b"".join(requests.feed(piece) for piece in pieces)
    requests.deliver()
    return text + requests.finish(), asked


def test_whole_and_byte_by_byte():
    expected = (b"before\r\nafterend\x1c", ["Your name? ", ""])
    assert scan([OUTPUT]) == expected
    assert scan([bytes((byte,)) for byte in OUTPUT]) == expected


@given(st.lists(st.integers(0, len(OUTPUT)), max_size=6))
def test_cut_anywhere(cuts):
    places = [0, *sorted(cuts), len(OUTPUT)]
    pieces = [OUTPUT[start:end] for start, end in pairwise(places)]
    assert scan(pieces) == (b"before\r\nafterend\x1c", ["Your name? ", ""])


@pytest.mark.parametrize("pieces", [[b"Ada\r\nHello"], [b"A", b"da", b"\r", b"\nHe", b"llo"]])
def test_an_echo_is_no_output(pieces):
    assert scan(pieces, b"Ada\n") == (b"Hello", [])


@pytest.mark.parametrize("pieces", [[b"Adam\r\n"], [b"Hello"], [b"A", b"bc"]])
def test_what_is_no_echo_stays(pieces):
    assert scan(pieces, b"Ada\n") == (b"".join(pieces), [])


def test_the_echo_of_an_empty_line():
    assert scan([b"\r\nnext"], b"\n") == (b"next", [])


def test_a_prompt_without_end_is_output():
    text = b"\x1c4" + b"x" * (LONGEST_PROMPT + 10)
    assert scan([text]) == (text, [])


def test_marks_of_another_board_are_output():
    assert scan([b"\x1c5a\x1c"]) == (b"\x1c5a\x1c", [])


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("Ada", b"Ada\n"),
        ("", b"\n"),
        ("a\x03b\x04c\x01\x1b[A", b"abc[A\n"),
        ("größe\t1", "größe\t1\n".encode()),
        ("one\ntwo", b"one\n"),
        ("one\r\ntwo", b"one\n"),
    ],
)
def test_answers(text, data):
    assert answer_bytes(text) == data


def test_an_answer_to_a_line_editor():
    assert answer_bytes("größe 1", to_terminal=True) == b"gre 1\r"


def test_a_long_answer_is_cut():
    assert len(answer_bytes("x" * 20_000)) == 10_001


@given(st.binary(max_size=80))
def test_any_output(data):
    text, asked = scan([data])
    if not asked:
        assert text == data
