"""%pdb, %debug and %%debug: what they ask of the debugger's prompt."""

from contextlib import contextmanager

import pytest

from iot_kernel.debugging.errors import CannotDebugError, DebuggerQuitError
from iot_kernel.errors import UsageError
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import Target
from tests.magics.context import RecordingContext


class Debugger:
    """Keeps what it is asked for."""

    def __init__(self):
        self.told = []
        self.keeps_names = False
        self.error = None

    def keep_names(self, *, on):
        if self.error is not None:
            raise self.error
        self.keeps_names = on

    def look_back(self):
        self.told.append("look back")

    @contextmanager
    def stepping(self):
        self.told.append("step")
        yield
        self.told.append("done")
        if self.error is not None:
            raise self.error


@pytest.fixture
def ctx():
    context = RecordingContext()
    context.debugger = Debugger()
    context.run_code = lambda code, line=1: context.debugger.told.append((code, line))
    return context


def test_pdb_is_switched(ctx):
    for line, on in (("", True), ("", False), ("on", True), ("1", True), ("off", False), ("0", False)):
        assert ctx.run(f"%pdb {line}").endswith("ON\n" if on else "OFF\n")
        assert ctx.debugger.keeps_names is on
    with pytest.raises(UsageError, match="maybe"):
        ctx.run("%pdb maybe")


def test_pdb_says_why_not(ctx):
    ctx.debugger.error = CannotDebugError("too small")
    with pytest.raises(CannotDebugError):
        ctx.run("%pdb on")
    assert ctx.stdout == ""


def test_debug_looks_back(ctx):
    ctx.run("%debug")
    assert ctx.debugger.told == ["look back"]


def test_debug_steps_through_a_statement(ctx):
    ctx.run("%name -h\n%debug f(1, '-x')")
    assert ctx.debugger.told == ["step", ("f(1, '-x')", 2), "done"]


def test_debug_steps_through_a_cell(ctx):
    ctx.run("%%debug\nx = 1\n%name -h\ny = 2")
    assert ctx.debugger.told == ["step", ("x = 1", 2), ("y = 2", 4), "done"]


def test_a_cell_that_the_user_ends_is_no_failure(ctx):
    ctx.debugger.error = DebuggerQuitError()
    ctx.run("%%debug\nx = 1")


def test_host_cells_keep_those_of_ipython():
    magics = build_registry()
    assert not {"pdb", "debug"} & magics.host_line_names
    assert magics.has_cell("debug", Target.BOARD)
    assert not magics.has_cell("debug", Target.HOST)
