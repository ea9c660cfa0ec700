"""The registers: both sides mean the same bytes."""

import runpy

import pytest

from iot_kernel.virtual_board.interpreter import PROGRAM
from iot_kernel.virtual_board.registers import SIZE, Register, Registers, ResetKind


def test_the_board_has_the_same_table():
    board = runpy.run_path(str(PROGRAM / "registers.py"))
    assert {name: board[name] for name in Register.__members__} == dict(Register.__members__)
    assert [board["NO_RESET"], board["SOFT_RESET"], board["HARD_RESET"]] == list(ResetKind)
    assert max(Register) < board["CLOCK"] <= SIZE - 8


def test_are_zero_and_can_be_set():
    registers = Registers()
    registers.open()
    assert [registers[register] for register in Register] == [0] * len(Register)
    registers[Register.RESET_CAUSE] = 2
    assert registers[Register.RESET_CAUSE] == 2
    registers.close()
    registers.close()
    with pytest.raises(ValueError, match="closed"):
        registers[Register.RESET_CAUSE]
