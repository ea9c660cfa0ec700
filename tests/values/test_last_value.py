"""The value of the last expression, as it comes from real boards."""

import pytest

from iot_kernel.values.decoding import decode
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.last_value import LastValue
from tests.opened import opened

pytestmark = pytest.mark.board


def value_of(board, code):
    """Runs code; returns its value, and what the board says that it is."""
    with LastValue(board) as value:
        text = board.run_cell(value.kept(code), lambda _: None)
        return decode(value.pull("found"), "found"), text


def test_values_of_any_kind_and_size(unix):
    with opened(unix) as board:
        assert value_of(board, "x = 5\n{'a': [x, None]}  # a comment") == (
            {"a": [5, None]},
            "{'a': [5, None]}",
        )
        assert value_of(board, "bytes(5000)")[0] == bytes(5000)
        assert value_of(board, "import asyncio\nasync def f(): return 7\nawait f()") == (7, "7")
        assert value_of(board, "x = 1") == (None, None)
        assert board.eval("[name for name in globals() if 'kee' in name or 'kep' in name]") == []


def test_on_a_board_with_little_memory(microbit_process):
    with opened(microbit_process) as board:
        assert value_of(board, "[1, 'two', 3.5]") == ([1, "two", 3.5], "[1, 'two', 3.5]")
        with LastValue(board) as value:
            board.run_cell(value.kept("[max] + [0]"), lambda _: None)
            with pytest.raises(UnmovableValueError, match=r"^found\["):
                decode(value.pull("found"), "found")
