"""The cells that a process of host cells has not been told of."""

from iot_kernel.subkernel.session_cells import MOST_CELLS, SessionCells


def test_only_what_is_new_is_told():
    cells = SessionCells()
    assert cells.after(0) == []
    cells.note(1, "a")
    cells.note(3, "b")
    assert cells.after(0) == [(1, "a"), (3, "b")]
    assert cells.after(1) == [(3, "b")]
    assert cells.after(3) == []


def test_the_oldest_cells_are_forgotten():
    cells = SessionCells()
    for number in range(1, MOST_CELLS + 3):
        cells.note(number, "x")
    assert len(cells.after(0)) == MOST_CELLS
    assert cells.after(0)[0][0] == 3
