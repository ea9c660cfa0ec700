"""%%setup and %setup: which cells are kept; that they run again is shown end to end."""

import pytest

from iot_kernel.errors import DeviceError, NotConnectedError, UsageError

pytestmark = pytest.mark.board


def cell(notebook, source, number, cell_id=""):
    notebook.number, notebook.cell_id = number, cell_id
    return notebook.run(source)


def test_it_runs_and_is_listed(bit):
    assert bit.run("%setup") == "bit has no set-up cells; %%setup makes a cell one\n"
    assert cell(bit, "%%setup\nprint('on')", 3) == "on\n"
    assert cell(bit, "%%setup\nx = 5\ny = 6", 4) == ""
    assert bit.run("%setup") == "[3] print('on')\n[4] x = 5\n"
    assert bit.run("%setup 4") == "[4] x = 5\n"
    assert list(bit.setup_cells.due(bit.session.device())) == []


def test_one_that_fails_is_kept_and_is_not_due(bit):
    with pytest.raises(DeviceError):
        cell(bit, "%%setup\n1/0", 1)
    assert bit.run("%setup") == "[1] 1/0\n"
    assert list(bit.setup_cells.due(bit.session.device())) == []


def test_a_changed_cell_replaces_itself(bit):
    cell(bit, "%%setup\nx = 1", 1, "id")
    cell(bit, "%%setup\nx = 2", 2, "id")
    assert bit.run("%setup") == "[2] x = 2\n"


def test_one_that_restarts_its_board_is_not_due_afterwards(bit):
    cell(bit, "%%setup\n%softreset -q\nx = 1", 1)
    assert list(bit.setup_cells.due(bit.session.device())) == []


def test_forgetting(bit):
    for number in (1, 2, 3):
        cell(bit, f"%%setup\nx = {number}", number)
    assert bit.run("%setup --clear 2") == "forgot [2] x = 2\n"
    with pytest.raises(UsageError, match=r"bit has no set-up cell \[2\]"):
        bit.run("%setup --clear 2")
    assert bit.run("%setup --clear") == "forgot [1] x = 1\nforgot [3] x = 3\n"
    assert "no set-up cells" in bit.run("%setup")


def test_an_empty_cell_sets_nothing_up(bit):
    with pytest.raises(UsageError, match="the cell is empty; '%setup' lists"):
        bit.run("%%setup\n\n")
    assert "no set-up cells" in bit.run("%setup")


def test_without_a_board(notebook):
    for source in ("%setup", "%%setup\nx = 1"):
        with pytest.raises(NotConnectedError):
            notebook.run(source)
