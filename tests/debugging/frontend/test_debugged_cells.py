"""Which cells get checkpoints, with and without a frontend that debugs."""

import pytest

from iot_kernel.debugging.frontend.debugged_cells import MOST_RAN
from tests.debugging.frontend.scripted_debugger import PREFIX, Session, cut

CELL = "def double(x):\n    y = 2 * x\n    return y\n"
CALL = "total = double(4)\n"


@pytest.fixture
def session():
    session = Session()
    session.attach()
    return session


def test_nothing_gets_checkpoints_before_a_frontend_attaches():
    session = Session()
    session.ask("debugInfo")
    assert session.run("breakpoint()") == []


def test_a_cell_runs_as_it_is_without_a_breakpoint(session):
    assert session.run(CELL) == []


def test_a_cell_with_a_breakpoint_runs_with_checkpoints_line_for_line(session):
    session.set_lines(CELL, 2)
    (plan,) = session.run(CELL)
    assert not plan.stops
    assert plan.source != CELL
    assert plan.source.count("\n") == CELL.count("\n")
    assert list(session.cells.pauses()) == [session.checkpoint(CELL, 2)]


def test_a_cell_that_cannot_be_parsed_runs_as_it_is(session):
    session.set_lines(CELL, 2)
    session.run(CELL)
    (plan,) = session.run("double(")
    assert plan.source == "double("


def test_with_the_filter_for_uncaught_errors_all_cells_are_followed(session):
    assert session.request("setExceptionBreakpoints", filters=["uncaught"]) is None
    assert len(session.run(CALL)) == 1
    session.request("setExceptionBreakpoints", filters=[])
    assert session.run(CALL) == []


def test_a_magic_has_the_next_cell_stop_at_its_beginning(session):
    session.cells.pause_next()
    assert [plan.stops for plan in session.run(CALL)] == [True]


def test_a_cell_that_nobody_debugs_can_be_read_by_who_comes_later(session):
    (piece,) = cut(CELL)
    source = session.cells.plan_prompted("In [7]/x", CELL, piece, watches=False)
    assert "__iot_b__" in source
    assert source.count("\n") == CELL.count("\n")
    assert session.ask("source", source={"path": "In [7]/x"})["content"] == CELL
    assert session.path(CELL).startswith(PREFIX)
    assert session.cells.key(CELL) == session.path(CELL)


def test_cells_that_stop_themselves_are_known_without_a_frontend():
    session = Session()
    code = "def f():\n    breakpoint()\n"
    assert not session.cells.calls_breakpoint("a", CALL)
    assert session.cells.calls_breakpoint("b", code)
    session.cells.plan_prompted("b", code, cut(code)[0], watches=False)
    assert session.cells.calls_breakpoint("c", "f()")
    assert not session.cells.calls_breakpoint("d", "g()")


def test_cells_that_ran_before_somebody_debugs_are_known_where_lines_are_traced():
    session = Session()
    session.ask("debugInfo")
    for number in range(MOST_RAN + 1):
        session.run(f"{CELL}# {number}\n")
    session.attach()
    paths = [session.path(f"{CELL}# {number}\n") for number in (0, MOST_RAN)]
    assert [bool(list(session.cells.table.traced.at(path, 2))) for path in paths] == [False, True]
