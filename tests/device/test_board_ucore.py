"""Which part of ucore a board gets, and when: by what a cell says, and by the memory there is."""

import pytest

from iot_kernel.device import board_ucore
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from iot_kernel.ucore import ModuleMemoryError
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

CLASS = "class A:\n def __repr__(self): return '<a>'\n def _repr_html_(self): return 'a'"

FILL = """
import gc
kept = []
gc.collect()
while gc.mem_free() > 14000:
    kept.append(bytearray(200))
    gc.collect()
"""


def has(device):
    """Whether the board has the module, and what shows things."""
    module = "__import__('sys').modules.get('u' 'core')"
    found, displays = device.eval(f"[bool({module}), hasattr({module}, 'dis' 'play')]")
    return found, displays


@pytest.fixture
def device(unix):
    with opened(unix) as device:
        yield device


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A board with less memory than displays are given to unasked."""
    monkeypatch.setattr(board_ucore, "PLENTY", 200_000)
    with kinds.unix(tmp_path / "small", heap="150K") as board, opened(board) as device:
        yield device


def test_with_plenty_of_memory(device):
    device.run_cell("x = 1", print)
    assert has(device) == (False, False)
    device.run_cell("ucore.is_pipe_open('x')", print)
    assert has(device) == (True, False)
    device.run_cell("import ucore", print)
    assert has(device) == (True, True)


@pytest.mark.parametrize("code", ["ucore.display(1)", "ucore.clear_output()"])
def test_with_little_memory_once_it_is_needed(small, code):
    small.run_cell("import ucore", print)
    assert has(small) == (True, False)
    small.run_cell(code, print)
    assert has(small) == (True, True)


def test_a_value_needs_it_and_leaves_no_name(device):
    device.run_cell(CLASS, print)
    assert device.run_cell("A()", print) == "<a>"
    assert has(device) == (True, True)
    assert device.run_cell("'u' 'core' in globals()", print) == "False"
    device.run_cell("ucore.display(1)", print)
    assert device.run_cell("'u' 'core' in globals()", print) == "True"


def test_only_the_first_value_costs_questions(device, monkeypatch):
    device.run_cell(CLASS, print)
    device.run_cell("A()", print)
    programs = []
    execute = Device.exec
    monkeypatch.setattr(
        Device, "exec", lambda self, code, **kw: programs.append(code) or execute(self, code, **kw)
    )
    assert device.run_cell("A()", print) == "<a>"
    assert programs == []


def test_without_memory_for_it_the_repr_stays(small):
    notes = []
    small.callbacks.on_note = notes.append
    small.run_cell(CLASS, print)
    small.run_cell(FILL, print)
    assert small.run_cell("A()", print) == "<a>"
    [note] = notes
    assert note.startswith("of the value only its repr is shown (the board has too little free memory")
    with pytest.raises(ModuleMemoryError):
        small.run_cell("ucore.display(1)", print)
    small.run_cell("kept.clear()", print)
    assert small.run_cell("A()", print) == "<a>"
    assert len(notes) == 1


def test_a_module_of_the_users_own_does_not_matter(device, unix):
    notes = []
    device.callbacks.on_note = notes.append
    (unix.directory / "ucore.py").write_text("def wrong(:\n")
    device.run_cell(CLASS, print)
    assert device.run_cell("A()", print) == "<a>"
    assert len(notes) == 2
    with pytest.raises(DeviceError, match="SyntaxError"):
        device.run_cell("import ucore", print)


def test_again_after_a_reset(device):
    for _ in range(2):
        device.run_cell(f"{CLASS}\nA()", print)
        assert has(device) == (True, True)
        device.soft_reset()
        assert has(device) == (False, False)
