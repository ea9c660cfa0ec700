"""Which interpreter is taken for the virtual board. That the boards run is shown in tests/boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import boards


@pytest.mark.board
def test_the_interpreter_obtained_serves() -> None:
    assert boards.serves(boards.micropython())


def test_another_program_does_not_serve() -> None:
    assert not boards.serves(Path("/bin/true"))


def test_a_missing_program_does_not_serve() -> None:
    assert not boards.serves(Path("/nowhere/micropython"))
