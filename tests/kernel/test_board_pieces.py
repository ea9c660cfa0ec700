"""Which code of a cell a debugger finds on the board, and in which lines."""

from iot_kernel.kernel.board_pieces import board_pieces
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import BoardCode, Target
from tests.each import each

MAGICS = build_registry()


def pieces(code, target=Target.BOARD):
    return board_pieces(code, target, MAGICS)


def test_code_between_magics():
    assert pieces("%memory\nx = 1\n%disk\ny = 2") == [BoardCode("x = 1", 2), BoardCode("y = 2", 4)]
    assert pieces("x = 1") == [BoardCode("x = 1", 1)]
    assert pieces("%lsmagic") == []


def test_cells_for_the_board_in_a_notebook_of_the_host():
    assert pieces("%%ucore\nx = 1\n%memory\ny = 2", Target.HOST) == [
        BoardCode("x = 1", 2),
        BoardCode("y = 2", 4),
    ]
    assert pieces("x = 1", Target.HOST) == []


def test_a_cell_that_is_stepped_through():
    assert pieces("%%debug\nx = 1") == [BoardCode("x = 1", 2)]
    assert pieces("%%debug\nx = 1", Target.HOST) == []


@each("name", ["host", "bash", "time", "profile", "unknown"])
def test_cells_that_run_elsewhere_or_in_another_form(name):
    assert pieces(f"%%{name}\nx = 1") == []
