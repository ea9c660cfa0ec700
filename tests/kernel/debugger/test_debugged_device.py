"""A real board gets its side of the debugger when it is needed, and is told what it does not know."""

import pytest

from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.errors import DeviceError
from iot_kernel.kernel.debugger.debugged_device import DebuggedDevice
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("debugged") / "board") as board, opened(board) as device:
        yield device


@pytest.fixture
def lost():
    return []


@pytest.fixture
def board(device, lost):
    device.soft_reset()
    before = device.callbacks.on_break
    yield DebuggedDevice(
        device, CheckpointTable(), None, None, lambda said: None, lambda: lost.append("names")
    )
    device.callbacks.on_break = before


def test_it_has_no_side_before(board, device):
    assert (board.is_attached, board.may_stop) == (False, False)
    with pytest.raises(DeviceError, match="NameError"):
        device.exec("breakpoint()")


def test_it_is_told_what_it_does_not_know(board, device):
    board.attach()
    board.tell({7: None})
    assert (board.is_attached, board.may_stop) == (True, True)
    assert device.eval("7 in __iot_s__") is True
    device.exec("__iot_s__.discard(7)")
    board.tell({7: None})
    assert device.eval("7 in __iot_s__") is False  # it was not told again


def test_a_reset_takes_all(board, device, lost):
    board.attach()
    board.debugger.modules.is_there = True
    board.give_up(CannotDebugError("it was full", "full", "%softreset"))
    assert (str(board.why_not), board.why_not.in_short, board.why_not.instead) == (
        "this board cannot be debugged: it was full",
        "full",
        "%softreset",
    )
    device.soft_reset()
    assert (board.is_attached, board.may_stop, board.why_not) == (False, False, None)
    assert lost == ["names"]


def test_a_side_that_was_lost_unseen(board, device):
    board.attach()
    board.tell({7: None})
    device.exec("import builtins\ndel builtins.__iot_d__")
    board.ask(lambda: board.debugger.set_pauses({8: None}))
    assert device.eval("(8 in __iot_s__, 7 in __iot_s__)") == (True, False)
