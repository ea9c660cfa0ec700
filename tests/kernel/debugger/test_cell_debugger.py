"""The debugger is loaded when a cell needs it, and not before."""

from types import SimpleNamespace

import pytest

from iot_kernel.errors import DeviceError
from iot_kernel.kernel.debugger.cell_debugger import CellDebugger
from iot_kernel.kernel.debugger.last_failure import KeptNames, LastFailure
from iot_kernel.kernel.ran_cells import RanCells
from iot_kernel.repl.halves import whole
from iot_kernel.syntax.cell import BoardCode

ERROR = DeviceError("ValueError", "no", "Traceback")


class Debugger:
    """A debugger, its prompt, and who loads both."""

    def __init__(self):
        self.session = SimpleNamespace(
            run=lambda device, piece, cell: f"debugged {piece.code}",
            prompts=SimpleNamespace(kept=None),
            opens_on_errors=True,
        )
        self.wiring = SimpleNamespace(last_failure=LastFailure(), ran=RanCells())

    def cell(self, session=None):
        return CellDebugger(self.wiring, "In [1]", session, lambda: self.session)

    def prompts(self, session):
        assert session is self.session
        return SimpleNamespace(steps=True, take_stop=lambda: True)


@pytest.fixture
def debugger():
    return Debugger()


@pytest.fixture
def board():
    def execution(code, *_, **__):
        yield
        return f"plain {code}"

    return SimpleNamespace(cell_execution=execution, mark="life")


@pytest.fixture
def io():
    return SimpleNamespace(
        **dict.fromkeys(["on_output", "on_begin", "on_survived", "on_input", "on_error_text", "number"], None)
    )


def test_it_is_loaded_by_code_that_stops_itself(debugger, board, io):
    cell = debugger.cell()
    assert whole(cell.execution(board, BoardCode("x = 1", 1), io)) == "plain x = 1"
    assert cell.session is None
    assert whole(cell.execution(board, BoardCode("breakpoint()", 1), io)) == "debugged breakpoint()"
    assert whole(cell.execution(board, BoardCode("x = 1", 1), io)) == "debugged x = 1"


def test_it_is_loaded_by_its_prompt(debugger):
    cell = debugger.cell()
    assert (cell.steps, cell.take_stop()) == (False, False)
    assert cell.prompts(debugger.prompts) is cell.prompts(debugger.prompts)
    assert (cell.session, cell.steps, cell.take_stop()) == (debugger.session, True, True)


@pytest.mark.parametrize(("kept", "is_kept"), [("In [1]", True), ("In [2]", False)])
def test_what_failed_is_noted_with_its_own_names(debugger, board, kept, is_kept):
    debugger.session.prompts.kept = names = KeptNames(kept, ())
    debugger.cell(debugger.session).note_failure(board, ERROR)
    failed = debugger.wiring.last_failure.cell
    assert (failed.error, failed.mark, failed.kept) == (ERROR, "life", names if is_kept else None)


def test_the_prompt_opens_after_errors_of_boards_if_asked_for(debugger):
    assert not debugger.cell().opens_on(ERROR)
    cell = debugger.cell(debugger.session)
    assert cell.opens_on(ERROR)
    assert not cell.opens_on(ValueError())
    assert not cell.opens_on(DeviceError("KeyboardInterrupt", "", ""))
    debugger.session.opens_on_errors = False
    assert not cell.opens_on(ERROR)
