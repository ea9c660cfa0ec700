"""No more of the code is taken than the board has asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol.paste import PastedCode


def test_nothing_before_a_window_is_open():
    code = PastedCode(b"abc")
    assert code.take() == b""
    assert not code.is_taken


def test_window_by_window():
    code = PastedCode(b"abcdefg")
    code.open(3)
    assert (code.take(), code.take()) == (b"abc", b"")
    code.widen()
    code.widen()
    assert code.take() == b"defg"
    assert code.is_taken


def test_no_code():
    code = PastedCode(b"")
    code.open(3)
    assert code.take() == b""
    assert code.is_taken


@pytest.mark.parametrize("size", [0, 1])
def test_a_window_has_a_byte_at_least(size):
    code = PastedCode(b"ab")
    code.open(size)
    assert code.take() == b"a"


@given(st.binary(max_size=50), st.integers(0, 20), st.lists(st.booleans(), max_size=40))
def test_whatever_the_board_asks_for_when(data, size, widenings):
    code = PastedCode(data)
    code.open(size)
    taken, room = b"", max(1, size)
    for widens in widenings:
        if widens:
            code.widen()
            room += max(1, size)
        taken += code.take()
        assert len(taken) <= room
    assert data.startswith(taken)
    if widenings:
        assert code.is_taken == (taken == data)
