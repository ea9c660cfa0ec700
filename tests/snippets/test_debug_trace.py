"""Code without checkpoints that stops, is looked at and stepped, by firmware that traces lines."""

import pytest

from iot_kernel.debugging.commands import Pause, Step
from iot_kernel.debugging.messages import Continued, Logged
from iot_kernel.syntax.cell import BoardCode
from tests.device.debugged_cells import DebuggedCells
from tests.device.tracing_board import TracingBoard

PATIENCE = 30.0  # s; a loaded machine

BEFORE = """\
def inner(n):
    m = n * 2
    return m
def outer(n):
    k = inner(n)
    return k + 1
def call(f):
    return f()
"""
CELL = "x = 5\ny = outer(x)\nprint('y', y)\n"
MODULE = "SPEED = 3\ndef twice(n):\n    m = n * 2\n    return m\n"


class TracedCells(DebuggedCells):
    """A board that has functions without checkpoints, and cells that run beside the test."""

    def __init__(self, directory):
        (directory / "motor.py").write_text(MODULE)
        self.board = TracingBoard(directory)
        super().__init__(self.board)
        self.notes = []
        self.board.exec(BEFORE)
        self.debugger.attach()
        self.debugger.table.traced.add_cell("before", [BoardCode(BEFORE, 1)])

    def start(self, source, *lines, pause=None, **options):
        """Runs a cell with breakpoints in lines of the cell before."""
        traced = self.debugger.table.traced
        self.debugger.set_pauses({where: pause for line in lines for where in traced.at("before", line)})
        self.start_made(self.debugger.table.add("cell", source), **options)

    def start_made(self, made, **options):
        self.notes.clear()
        super().start_made(made, **{"follows": True, "on_error_text": self.notes.append, **options})

    def end(self):
        self.go_on()
        return "".join(self.printed)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    debugged = TracedCells(tmp_path_factory.mktemp("traced"))
    yield debugged
    debugged.board.close()


@pytest.fixture
def debugged(shared):
    """The board of this module, where nothing runs."""
    yield shared
    shared.end()
    while not shared.events.empty():
        shared.events.get()


@pytest.fixture
def own(tmp_path):
    """A board of the test's own, which may come to harm."""
    debugged = TracedCells(tmp_path)
    yield debugged
    debugged.end()
    debugged.board.close()


def test_a_function_that_was_there_before_stops_with_all_its_callers(debugged):
    debugged.start(CELL, 3)
    assert debugged.stopped() == [(2, ""), (5, "outer"), (3, "inner")]
    assert [frame.place.key for frame in debugged.frames()] == ["cell", "before", "before"]
    assert debugged.variables() == {"n": "5", "m": "10"}
    assert debugged.variables(1) == {}  # only of the innermost one
    assert debugged.end() == "y 11\n"
    assert debugged.notes == []


def test_a_function_with_checkpoints_knows_its_callers_without(debugged):
    made = debugged.debugger.table.add("cell", "def f():\n    breakpoint()\n    return 1\ncall(f)\nx = 2\n")
    debugged.debugger.set_pauses({})
    debugged.start_made(made)
    assert debugged.stopped() == [(4, ""), (8, "call"), (3, "f")]
    assert debugged.step(Step.OUT) == [(5, "")]


def test_steps_between_code_with_and_without_checkpoints(debugged):
    debugged.start(CELL, stops=True)
    assert debugged.stopped() == [(1, "")]
    assert debugged.step(Step.NEXT) == [(2, "")]
    assert debugged.step(Step.IN) == [(2, ""), (5, "outer")]
    assert debugged.step(Step.NEXT) == [(2, ""), (6, "outer")]
    assert debugged.step(Step.NEXT) == [(3, "")]
    assert debugged.end() == "y 11\n"


def test_steps_out_of_functions_without_checkpoints(debugged):
    debugged.start(CELL, 2)
    assert debugged.stopped() == [(2, ""), (5, "outer"), (2, "inner")]
    assert debugged.step(Step.OUT) == [(2, ""), (6, "outer")]
    assert debugged.step(Step.OUT) == [(3, "")]


def test_a_module_stops_that_was_brought_by_nobody_here(debugged):
    debugged.start("import motor\nz = motor.twice(4)\nprint(z)\n", stops=True)
    assert debugged.stopped() == [(1, "")]
    assert debugged.step(Step.IN) == [(1, ""), (1, "")]
    assert debugged.frame().place.module == "motor"
    assert debugged.step(Step.OUT) == [(2, "")]
    assert debugged.step(Step.IN) == [(2, ""), (3, "twice")]
    path = debugged.frame().place.key
    assert path.endswith("motor.py")
    assert debugged.debugger.file_text(path.removeprefix("board:")) == MODULE
    names = [each.name for each in debugged.debugger.wide("motor").variables]
    assert {"SPEED", "twice"} <= set(names)
    assert debugged.debugger.evaluate(debugged.frame(), "n + SPEED").text == "7"
    assert debugged.end() == "8\n"


def test_values_are_asked_for_and_local_ones_stay(debugged):
    debugged.start(CELL, 3)
    debugged.stopped()
    frame = debugged.frame()
    assert debugged.debugger.evaluate(frame, "m + x").text == "15"
    assert debugged.debugger.execute(frame, "m = 7") == ("m",)
    assert debugged.debugger.execute(frame, "print('m is', m)") == ()
    assert debugged.end() == "m is 10\ny 11\n"


def test_conditions_see_global_names(debugged):
    debugged.start("for x in range(3):\n    outer(x)\n", 2, pause=Pause(condition="x == 2"))
    assert debugged.stopped()[-1] == (2, "inner")
    assert debugged.debugger.evaluate(None, "x").text == "2"


def test_log_messages(debugged):
    debugged.start(CELL, 2, pause=Pause(log="('x is ',x)"))
    assert debugged.event(Logged) == Logged("x is 5")
    assert debugged.end() == "y 11\n"


def test_functions_that_nobody_named_do_not_stop(debugged):
    debugged.board.exec("def secret(n):\n    return n\n")
    debugged.start("secret(1)\nx = 2\n", stops=True)
    assert debugged.stopped() == [(1, "")]
    assert debugged.step(Step.IN) == [(2, "")]


def test_modules_with_checkpoints_are_not_traced(debugged):
    debugged.debugger.table.add("motor", MODULE, module="motor")
    debugged.start("import motor\nz = motor.twice(4)\nx = 2\n", stops=True)
    debugged.stopped()
    assert debugged.step(Step.IN) == [(2, "")]
    assert debugged.step(Step.IN) == [(3, "")]


def test_nothing_is_traced_between_cells(debugged):
    debugged.start(CELL, 2)
    debugged.stopped()
    debugged.end()
    debugged.event(Continued)
    debugged.board.exec("outer(1)")
    assert debugged.events.empty()


def test_the_stop_button_ends_a_cell_that_stands_and_then_lines_are_traced_no_more(own):
    own.start(CELL, 3)
    own.stopped()
    own.board.interrupt()
    own.thread.join(PATIENCE)
    assert own.error.ename == "KeyboardInterrupt"
    own.start(CELL, 3)
    assert own.end() == "y 11\n"
    (note,) = own.notes
    assert "%softreset" in note
