"""Runs a program of ours on a board, and finds its answer among what threads print around it."""

from __future__ import annotations

import re
import secrets
from typing import Protocol

from iot_kernel.device.callbacks import TextSink

#: What a program has in the place of its mark.
MARK = "MARK"

#: s; the longest answer, a profile of a hundred functions with their lines, takes 115200 baud two
PATIENCE = 30.0

_MARK_LENGTH = 6  # bytes; MicroPython keeps text of up to 10 characters in code for good


class AnsweringBoard(Protocol):
    """What is needed of a board."""

    def exec(self, code: str, *, on_output: TextSink | None = None, timeout: float | None = None) -> str:
        """Runs code; returns what it prints."""

    def on_stray(self, text: str) -> None:
        """Takes what others print on the board meanwhile."""


def marked(program: str) -> tuple[str, re.Pattern[str]]:
    """Gives a program a mark of its own.

    Args:
        program: has `MARK` in the place of its mark.

    Returns:
        The code, and what finds its answer, as group 1.
    """
    mark = secrets.token_hex(_MARK_LENGTH)
    return program.replace(MARK, mark), re.compile(f"\x1e{mark}([^\x1e\x1f]*)\x1f")


def marked_answer(board: AnsweringBoard, program: str) -> str | None:
    """Runs a program that prints 0x1E, its mark, an answer and 0x1F.

    Args:
        board: where; it is brought to its prompt first.
        program: has `MARK` in the place of its mark.

    Returns:
        The answer; None where there is none.

    Raises:
        Exception: as `Device.exec` does.
    """
    code, answer = marked(program)
    said = board.exec(code, timeout=PATIENCE)
    found = answer.search(said)
    start, end = found.span() if found is not None else (0, 0)
    if rest := said[:start] + said[end:]:
        board.on_stray(rest)
    return None if found is None else found[1]
