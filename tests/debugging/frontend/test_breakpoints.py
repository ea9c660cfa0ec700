"""Where breakpoints stop, and which cells get checkpoints."""

import asyncio

import pytest

from iot_kernel.debugging.commands import Pause
from iot_kernel.debugging.frontend.breakpoints import MOST_SENT, Breakpoints
from iot_kernel.debugging.instrumentation.traced import PREFIX
from iot_kernel.debugging.words import all_words
from tests.debugging.frontend.scripted_debugger import cut
from tests.each import each

CELL = "def double(x):\n    y = 2 * x\n    # a note\n\n    return y\n"
CALL = "total = double(4)\n"


def lines(breakpoints, code, *wanted, path="a"):
    wanted = [line if isinstance(line, dict) else {"line": line} for line in wanted]
    made = breakpoints.exchange(path, code, wanted)
    return [(each.line, each.is_verified) for each in made]


def file_of(text):
    async def read(_):
        return text

    return read


def send(breakpoints, path, code):
    return "".join(breakpoints.send(path, code, piece).source for piece in cut(code))


def test_a_line_without_code_moves_to_the_next_that_stops():
    assert lines(Breakpoints(cut), CELL, 2, 3, 5) == [(2, True), (5, True), (5, True)]


def test_a_line_behind_all_code_never_stops():
    (made,) = Breakpoints(cut).exchange("a", CELL, [{"line": 6}])
    assert (made.line, made.is_verified) == (6, False)
    assert "no code" in made.message


def test_lines_count_from_the_top_of_the_cell_behind_magics():
    code = "%memory\nx = 1\n%disk\ny = 2\n"
    points = Breakpoints(cut)
    assert lines(points, code, 1, 3) == [(2, True), (4, True)]
    first, second = cut(code)
    for piece in (first, second):
        sent = points.send("a", code, piece).source
        assert sent.count("\n") == piece.code.count("\n")
        assert sent.endswith(piece.code)
    assert [points.table.place(number).checkpoint.line for number in points.pauses()] == [2, 4]


def test_a_breakpoint_stops_in_its_own_piece_of_a_cell():
    code = "x = 1\n%disk\ny = 2\n"
    points = Breakpoints(cut)
    assert lines(points, code, 1) == [(1, True)]
    send(points, "a", code)
    assert [points.table.place(number).checkpoint.line for number in points.pauses()] == [1]


def test_what_a_board_got_long_ago_is_forgotten():
    points = Breakpoints(cut)
    lines(points, CELL, 2)
    for number in range(MOST_SENT + 5):
        send(points, "a", f"{CELL}# {number}\n")
    assert len(points.pauses()) == MOST_SENT
    assert max(points.pauses()) == points.table.highest - 1


@pytest.mark.parametrize(
    ("wanted", "word"),
    [({"hitCondition": "3"}, "condition"), ({"condition": "x ="}, "no expression")],
)
def test_what_cannot_be_done_is_said(wanted, word):
    points = Breakpoints(cut)
    (made,) = points.exchange("a", CELL, [{"line": 2, **wanted}])
    assert not made.is_verified
    assert word in made.message
    send(points, "a", CELL)
    assert points.pauses() == {}


def test_conditions_and_log_messages_see_the_names_of_the_line():
    points = Breakpoints(cut)
    wanted = [{"line": 2, "condition": "x > 3"}, {"line": 5, "logMessage": "y: {y}, {x + 1}, {{}} {a b}"}]
    points.exchange("a", CELL, wanted)
    send(points, "a", CELL)
    two, five = points.pauses().values()
    assert two == Pause("x > 3", "", ("x",), ("y",))
    assert five.names == ("x", "y")
    assert eval(five.log, {"x": 1, "y": 2}) == ("y: ", 2, ", ", 2, ", ", "{", "}", " ", "{a b}")


def test_a_condition_is_not_asked_where_there_is_none():
    points = Breakpoints(cut)
    lines(points, CELL, 2)
    send(points, "a", CELL)
    assert list(points.pauses().values()) == [None]


def test_cells_get_checkpoints_that_have_breakpoints_or_call_what_has():
    points = Breakpoints(cut)
    points.table.traced.is_possible = False
    assert not points.needs_checkpoints("a", CELL)
    lines(points, CELL, 2)
    assert points.needs_checkpoints("a", CELL)
    assert not points.needs_checkpoints("b", CALL)
    send(points, "a", CELL)
    assert points.needs_checkpoints("b", CALL)
    assert not points.needs_checkpoints("b", "total = 4")
    middle = "def twice(n): return double(double(n))"
    send(points, "c", middle)
    assert points.needs_checkpoints("d", "twice(1)")
    points.clear()
    assert not points.needs_checkpoints("d", "twice(1)")


def test_functions_that_call_one_another_are_gone_through_once():
    points = Breakpoints(cut)
    for path, code in (("a", "def f(): g()"), ("b", "def g(): f()")):
        send(points, path, code)
    assert not points.needs_checkpoints("c", "f()")


def test_a_cell_that_stops_itself_gets_checkpoints():
    points = Breakpoints(cut)
    assert points.needs_checkpoints("a", "x = 1\nbreakpoint()\n")
    assert not points.needs_checkpoints("a", "# no breakpoint here\n")


def test_a_board_stops_in_all_that_it_has_got_of_a_cell():
    points = Breakpoints(cut)
    lines(points, CELL, 2)
    send(points, "a", CELL)
    send(points, "a", f"{CELL}# again\n")
    assert [points.table.place(number).checkpoint.line for number in points.pauses()] == [2, 2]
    lines(points, CELL)
    assert points.pauses() == {}


def test_only_functions_with_a_breakpoint_have_names_that_can_be_set():
    points = Breakpoints(cut)
    lines(points, CELL, 2)
    send(points, "a", CELL)
    (number,) = points.pauses()
    assert points.table.place(number).checkpoint.settable == 1
    send(points, "b", "def other(x):\n    return x\n")
    assert points.table.place(number + 2).checkpoint.settable == 0


def test_names_can_be_set_everywhere_in_a_cell_that_is_stepped_through():
    points = Breakpoints(cut)
    (piece,) = cut(CELL)
    made = points.send("a", CELL, piece, watches_all=True)
    assert [point.settable for point in made.checkpoints if point.scope.name] == [1, 2]


def test_a_breakpoint_that_waits_for_its_cell_says_so():
    points = Breakpoints(cut)
    wanted = [{"line": 2}, {"line": 5}]
    first, second = points.exchange("a", CELL, wanted, lambda point: point.line == 2)
    assert first.is_verified
    assert "run its cell again, unless the firmware has sys.settrace" in first.message
    assert second.message == ""


def test_functions_that_get_checkpoints_later_stop():
    points = Breakpoints(cut)
    lines(points, CELL, 2)
    assert points.defined("a") == frozenset()
    (piece,) = cut(CELL)
    points.send_functions("a", piece, frozenset({"double"}))
    assert points.defined("a") == {"double"}
    assert points.needs_checkpoints("b", CALL)
    assert len(points.pauses()) == 1
    ((defined, words),) = points.known()
    assert defined == {"double"}
    assert all_words(CALL, points.known()) >= words


def test_functions_that_were_defined_again_without_checkpoints_do_not_stop():
    points = Breakpoints(cut)
    lines(points, CELL, 2)
    points.table.traced.is_possible = False
    send(points, "a", CELL)
    lines(points, CELL)
    points.note_plain("a", CELL)
    assert points.defined("a") == frozenset()
    assert not points.needs_checkpoints("b", CALL)


@each("traces, reaches", [(True, True), (None, True), (False, False)])
def test_cells_that_ran_before_stop_where_the_firmware_traces_lines(traces, reaches):
    points = Breakpoints(cut)
    points.table.traced.is_possible = traces
    lines(points, CELL, {"line": 2, "condition": "limit > 2"})  # nobody debugged yet when it ran
    assert points.needs_checkpoints("b", CALL) is reaches
    told = {("<stdin>", "double", 1, 2): Pause(condition="limit > 2")}
    assert points.pauses() == (told if traces else {})
    points.note_plain("a", CELL)
    assert points.pauses() == (told if traces else {})
    send(points, "a", CELL)
    assert [type(where) for where in points.pauses()] == [int]


def test_a_cell_that_ran_before_needs_no_second_run_where_the_firmware_traces_lines():
    points = Breakpoints(cut)
    points.table.traced.is_possible = True
    points.note_plain("a", CELL)
    assert [each.message for each in points.exchange("a", CELL, [{"line": 2}])] == [""]


def test_a_breakpoint_in_a_file_of_the_board_needs_checkpoints_in_all_cells():
    points = Breakpoints(cut)
    points.table.traced.is_possible = True
    path = f"{PREFIX}m.py"
    asyncio.run(points.table.traced.read(path, file_of(CELL)))
    assert points.table.place(("m.py", "double", "m", 2)) is not None
    assert [each.line for each in points.exchange(path, CELL, [{"line": 2}])] == [2]
    assert points.pauses() == {("m.py", "double", "m", 2): None}
    assert points.needs_checkpoints("b", "anything()")


def test_each_line_is_listed_once():
    points = Breakpoints(cut)
    lines(points, CELL, 5, 3, 2)
    assert points.listed() == [{"source": "a", "breakpoints": [{"line": 2}, {"line": 5}]}]
