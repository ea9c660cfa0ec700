"""Answers in what a board prints: whose they are, and what is not theirs."""

import re

import pytest

from iot_kernel.device.marked_answer import marked_answer


class Board:
    """A board that prints a text, with the mark it was sent."""

    def __init__(self, text):
        self.text = text
        self.stray = ""

    def exec(self, code, timeout=None):
        assert timeout is not None
        return self.text.replace("MARK", re.fullmatch(r"ask\('(\w{12})'\)", code)[1])

    def on_stray(self, text):
        self.stray += text


@pytest.mark.parametrize(
    ("text", "answer", "stray"),
    [
        ("\x1eMARK5\x1f", "5", ""),
        ("a\x1eMARK(1,\n2)\x1fb", "(1,\n2)", "ab"),
        ("\x1eother5\x1f", None, "\x1eother5\x1f"),
        ("\x1eMARK5\x1eMARK6\x1f", "6", None),
        ("\x1eMARK5", None, None),
        ("", None, ""),
    ],
)
def test_answers(text, answer, stray):
    board = Board(text)
    assert marked_answer(board, "ask('MARK')") == answer
    assert stray is None or board.stray == stray
