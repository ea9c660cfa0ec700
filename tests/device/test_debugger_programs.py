"""A board gets its side of the debugger with functions in machine code, or with none where it makes none."""

import pytest

from iot_kernel.debugging.module_commands import NAMES
from iot_kernel.device import debugger_programs
from iot_kernel.device.debugger_programs import send_debugger
from iot_kernel.errors import DeviceError
from iot_kernel.snippets import snippet
from tests.device.debugged_cells import DebuggedCells
from tests.each import each
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

#: What `executed` has of programs with notes: whether functions of them are machine code.
RECORDED = f"""\
import builtins, sys
executed = []
def own_exec(text, names, was=exec):
    is_fast = "@micropython.native" in text
    if is_fast: REFUSED
    was(text, names)
    if "__iot_notes__" in names and not executed: executed.append(is_fast)
builtins.{NAMES} = {{"VARIABLES": globals()}}
class Own: exec = own_exec
for name in dir(builtins):
    if name not in ("exec", "__name__"): setattr(Own, name, getattr(builtins, name))
sys.modules["builtins"] = Own
"""

SOURCE = """\
def inner(n):
    m = n * 2
    return m
def outer(n):
    return inner(n)
outer(4)
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("programs") / "board") as board, opened(board) as device:
        yield device


@pytest.fixture
def device(shared):
    """The board of this module, as it is after a start."""
    shared.soft_reset()
    return shared


def executed(device):
    return device.exec("print(executed)")


@each(
    "refused, forms",
    [
        ("pass", "[True]\n"),
        ("raise SyntaxError('invalid micropython decorator')", "[False]\n"),
        ("raise MemoryError", "[False]\n"),
    ],
)
def test_functions_are_machine_code_where_that_can_run(device, refused, forms):
    device.soft_reset()
    device.exec(RECORDED.replace("REFUSED", refused))
    send_debugger(device)
    assert executed(device) == forms


def test_what_else_goes_wrong_is_raised(device):
    device.exec(RECORDED.replace("REFUSED", "raise OSError(5)"))
    with pytest.raises(DeviceError, match="OSError"):
        send_debugger(device)
    assert executed(device) == "[]\n"


def without_machine_code(name, **options):
    """A program as firmware sees it that does not know this decorator."""
    return snippet(name, **options).replace("@micropython.native", "@micropython.unknown")


def test_code_stops_where_firmware_makes_no_machine_code(device, monkeypatch):
    monkeypatch.setattr(debugger_programs, "snippet", without_machine_code)
    cells = DebuggedCells(device)
    cells.debugger.attach()
    made = cells.debugger.table.add("cell", SOURCE)
    cells.debugger.set_pauses({made.find(3).number: None})
    cells.start_made(made)
    assert cells.stopped() == [(6, ""), (5, "outer"), (3, "inner")]
    assert [cells.variables(number) for number in (1, 2)] == [{"n": "4"}, {"n": "4", "m": "8"}]
    cells.go_on()
    assert cells.value == "8"
