"""Texts of modules as lines for a board, and its answers."""

import ast

import pytest

from iot_kernel.debugging.commands import LONGEST_COMMAND, numbered
from iot_kernel.debugging.module_commands import PIECE, provide, read_keys, read_told
from iot_kernel.errors import RemoteProtocolError


def test_a_text_goes_in_pieces_that_a_command_can_hold():
    text = "é\x00\n'\"" * PIECE
    begin, *adds = provide("/lib/ä.py", "k", "ä", b"\xff" * 32, text)
    assert len(numbered(1, begin)) < LONGEST_COMMAND
    calls = [ast.parse(numbered(1, add).partition(" ")[2], mode="eval").body for add in adds]
    values = [[ast.literal_eval(each) for each in call.args] for call in calls]
    assert [value[:2] for value in values] == [["/lib/ä.py", count] for count in range(len(adds))]
    assert b"".join(value[2] for value in values).decode() == text


@pytest.mark.parametrize(
    "answer",
    [None, [], ["k"], [("a", 1)], [("a", False)], [("../a", None)], [("a", None)] * 2, "k", [(1, "k")]],
)
def test_answers_that_make_no_sense(answer):
    with pytest.raises(RemoteProtocolError):
        read_told(answer, 1)


def test_answers():
    told = [("a", "k"), ("b.c", True), ("d", None)]
    assert read_told(told, 3) == told
    assert read_keys(["k", 5, None]) == {"k"}
    assert read_keys(None) == frozenset()
