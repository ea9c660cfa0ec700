"""%mem and %%mem: what they show."""

import re

import pytest

from iot_kernel.errors import DeviceError, NotConnectedError
from tests.each import each

pytestmark = pytest.mark.board

SIZE = r"[\d.]+ (?:bytes|KB|MB)"
ROWS = rf"in use          {SIZE} of {SIZE}\nfree            {SIZE}\nlargest block   {SIZE}\n"


def test_what_is_free(bit):
    assert re.fullmatch(ROWS, bit.run("%mem"))
    assert re.fullmatch(ROWS + "since last %mem 0 bytes more in use\n", bit.run("%mem"))


def test_what_cells_took(bit):
    bit.run("%mem")
    bit.run("a = bytes(5000)")
    assert re.fullmatch(ROWS + r"last cell       [45]\.\d KB more in use\n", bit.run("%mem"))
    bit.run("del a")
    bit.run("x = 1")
    assert re.fullmatch(ROWS + r"last 2 cells    [45]\.\d KB less in use\n", bit.run("%mem"))


def test_what_is_gone_counts_for_nothing(bit):
    bit.run("a = bytes(5000)\n%mem\n%softreset -q")
    assert re.fullmatch(ROWS, bit.run("%mem"))


def test_one_cell(bit):
    bit.run("%mem")
    bit.run("b = bytes(9000)")
    shown = bit.run("%%mem\nprint('x')\na = bytes(5000)\nlen(a)")
    assert re.fullmatch(r"x\n" + ROWS + r"this cell       [456]\.\d KB more in use\nOut: 5000\n", shown)


def test_a_cell_that_fails_shows_its_error_only(bit):
    with pytest.raises(DeviceError):
        bit.run("%%mem\n1 / 0")
    assert bit.stdout == ""


@each("cell", ["%mem", "%%mem\n1"])
def test_without_a_board(notebook, cell):
    with pytest.raises(NotConnectedError):
        notebook.run(cell)
