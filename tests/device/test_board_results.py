"""Results of earlier cells: ``_``, ``__`` and ``_3``, on real boards."""

import itertools
from pathlib import Path

import pytest

from iot_kernel.device.board_results import LONGEST_RESULT, MOST_RESULTS, mentioned
from iot_kernel.errors import DeviceError
from tests.device.test_cells import wires  # noqa: F401  a fixture
from tests.device.test_device import opened
from tests.each import each
from tests.real_boards import kinds

pytestmark = pytest.mark.board


class Cells:
    """Runs cells that are numbered, as a notebook does."""

    def __init__(self, device):
        self.device = device
        self._numbers = itertools.count(1)

    def __call__(self, *cells):
        """Runs cells; returns the value of the last."""
        for cell in cells:
            self.number = next(self._numbers)
            value = self.device.run_cell(cell, lambda text: None, number=self.number)
        return value

    def fails(self, cell, *, match):
        with pytest.raises(DeviceError, match=match):
            self(cell)
        return True


@pytest.fixture(scope="module")
def unix(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("results") / "board") as board:
        device = opened(board.url)
        yield device
        device.close()


@pytest.fixture(scope="module")
def wasm(wasm_process):
    wasm_process.renew()
    device = opened(wasm_process.url)
    yield device
    device.close()


@pytest.fixture(params=["unix", "wasm"])
def cells(request):
    device = request.getfixturevalue(request.param)
    device.soft_reset()
    return Cells(device)


def test_the_last_the_one_before_and_by_number(cells):
    assert cells("6 * 7") == "42"
    assert cells("_ + 1") == "43"
    assert cells("_, __") == "(43, 42)"
    assert cells("_1, _2") == "(42, 43)"
    assert cells("def f(): return _1\nf()") == "42"
    assert cells("0.1 + 0.2", "_ == 0.1 + 0.2") == "True"
    assert cells("x = 1", "'no value' and None", "_") == "True"
    assert cells("3;", "_") == "True"


@each("value", ["5", "2.5", "True", "'é'", "b'\\x00'", "(1, 'a', None)", "[1, 2.5]", "[]", "-(1 << 60)"])
def test_what_is_kept(unix, value):
    cells = Cells(unix)
    assert cells(value) == cells("_")
    assert cells("same = [1]", "same", "_ is same") == "True"


@each(
    "value",
    ["'x' * LONG", "[0] * LONG", "b'a' * 100_000", "{1: 2}", "print", "object()", "[[]]", "1 << 5000"],
)
def test_what_is_not_kept_is_no_earlier_result_either(unix, value):
    cells = Cells(unix)
    cells("17", value.replace("LONG", str(LONGEST_RESULT)))
    assert cells.fails("_", match="'_'")
    cells("18", value.replace("LONG", str(LONGEST_RESULT)), "19")
    assert cells.fails("__", match="'__'")
    assert cells("_") == "19"


def test_the_limit(unix):
    cells = Cells(unix)
    assert cells(f"'x' * {LONGEST_RESULT - 2}", "len(_)") == str(LONGEST_RESULT - 2)
    cells(f"'x' * {LONGEST_RESULT - 1}")
    assert cells.fails("_", match="'_'")


def test_the_docs_say_the_limits():
    text = (Path(__file__).parents[2] / "docs" / "reference" / "cells.md").read_text(encoding="utf-8")
    assert f"has at most {LONGEST_RESULT} characters" in text
    assert f"the last {MOST_RESULTS} results" in text


def test_by_number_the_last_ones_are_kept(cells):
    for number in range(1, MOST_RESULTS + 2):
        cells(str(100 + number))
    assert cells("_2") == "102"
    assert cells.fails("_1", match="'_1'")
    assert cells("_2") == "102"


def test_a_variable_of_the_user_wins(cells):
    assert cells("5", "for _ in range(3): pass\n_") == "2"
    assert cells("6", "_") == "2"
    assert cells("del _", "_") == "2"
    assert cells("7", "_ = _3 = 'mine'", "_ + _3") == "'minemine'"


def test_what_somebody_else_has_put_there_stays(cells):
    assert cells("5", "import builtins\nbuiltins._ = lambda text: 'Hallo'", "_('hello')") == "'Hallo'"
    assert cells("6", "_('hello')") == "'Hallo'"


def test_names_that_a_cell_only_looks_like_naming_cost_nothing():
    assert mentioned("x_3 + y._4 + _5_ + __6 + _07 + _0") == []
    assert mentioned("_12 + f(_3) - _12") == [3, 12]


def test_a_reset_forgets_them(cells):
    assert cells("5", "_") == "5"
    cells.device.soft_reset()
    assert cells.fails("_", match="'_'")
    assert cells.fails("_1", match="'_1'")
    assert cells("6", "_") == "6"


def test_another_kernel_finds_no_numbers_of_this_one(unix):
    unix.soft_reset()
    cells = Cells(unix)
    assert cells("5", "_1") == "5"
    cells.device._results.__init__(unix._board)
    assert cells("'new'", "_3") == "'new'"
    fresh = Cells(unix)
    unix._results.__init__(unix._board)
    assert fresh("17", "_1") == "17"
    assert fresh("18", "_, __, _3") == "(18, 17, 18)"


def test_variables_are_untouched(cells):
    assert cells(
        "5", "before = sorted(globals())", "6", "_1", "sorted(globals()) == sorted(before + ['before'])"
    )
    assert cells("[n for n in ('_', '__', '_1') if n in globals()]") == "[]"


def test_the_microbit_keeps_the_last_number(microbit):
    device = opened(microbit.url)
    cells = Cells(device)
    assert cells("6 * 7", "_ + 1") == "43"
    assert cells("2.5", "x = 1", "_") == "2.5"
    assert cells("'text'", "_") is None
    assert cells("_ = 'mine'", "3", "_") == "'mine'"
    device.close()


def test_bytes_on_the_wire(wires, tmp_path):  # noqa: F811
    with kinds.unix(tmp_path / "board") as board:
        device = opened(board.url)
        cells = Cells(device)
        cells("pass", "1")

        def sent(code):
            before = len(wires[-1].heard)
            cells(code)
            return wires[-1].heard[before:]

        assert sent("pass") == b"pass\n__iot__()\x04"
        assert sent("7") == b"__iot__((7),-4)\x04"
        assert sent("7;") == b"7;\n__iot__()\x04"
        device.close()
