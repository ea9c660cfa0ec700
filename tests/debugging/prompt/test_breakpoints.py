"""Breakpoints that are set at the debugger's prompt."""

import pytest

from iot_kernel.debugging.commands import Pause
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.prompt.breakpoints import PromptBreakpoints
from iot_kernel.debugging.prompt.source_texts import SourceTexts
from iot_kernel.errors import UsageError
from iot_kernel.syntax.cell import BoardCode

CODE = """\
def f(x):
    y = x

    return y
for i in range(3):
    f(i)"""


class Set:
    """Breakpoints in one cell, and the checkpoints of that."""

    def __init__(self):
        table, texts = CheckpointTable(), SourceTexts()
        table.add("old", CODE)
        self.made = table.add("k", CODE)
        texts.add("k", "In [2]", CODE, BoardCode(CODE, 1))
        self.points = PromptBreakpoints(table, texts)
        self.frame = table.stack([self.number(2)])[0]

    def number(self, line):
        return self.made.find(line).number

    def add(self, where, condition="", **options):
        return self.points.add(where, condition, "k", **options)


def test_a_line_stops_there_or_further_down():
    cell = Set()
    assert cell.add("3").place.checkpoint.line == 4
    assert cell.add("6").place.checkpoint.line == 6
    assert cell.points.pauses() == {cell.number(4): None, cell.number(6): None}
    assert set(cell.points.lines("k")) == {4, 6}
    assert not cell.points.lines("old")


def test_a_function_stops_at_its_first_line_as_it_was_defined_last():
    cell = Set()
    assert cell.add("f").place.checkpoint.number == cell.number(2)


def test_a_condition_is_the_boards():
    cell = Set()
    made = cell.add("4", "y > 1")
    assert cell.points.pauses() == {cell.number(4): Pause("y > 1", names=("x", "y"))}
    assert cell.points.told(made) == "Breakpoint 1 at In [2], line 4, if y > 1"


@pytest.mark.parametrize(
    ("where", "condition", "word"), [("7", "", "line 7"), ("g", "", "g"), ("2", "y =", "y =")]
)
def test_nonsense_is_refused(where, condition, word):
    cell = Set()
    with pytest.raises(UsageError, match=word):
        cell.add(where, condition)
    assert cell.points.pauses() == {}


def test_one_that_stops_once_is_forgotten_there():
    cell = Set()
    made = cell.add("4", is_temporary=True)
    assert cell.points.told(made).endswith("line 4, once")
    assert not cell.points.reached(cell.number(2))
    assert cell.points.reached(cell.number(4))
    assert cell.points.pauses() == {}


def test_they_are_taken_away_by_number_or_all():
    cell = Set()
    one, two, three = (cell.add(line) for line in ("2", "4", "6"))
    cell.points.remove(two.number)
    assert cell.points.all() == [one, three]
    with pytest.raises(UsageError, match="no breakpoint 2"):
        cell.points.remove(two.number)
    cell.points.clear()
    assert cell.points.pauses() == {}


def test_until_stops_in_the_lines_below_once():
    cell = Set()
    cell.add("6")
    cell.points.stop_below(cell.frame, 3)
    assert set(cell.points.pauses()) == {cell.number(4), cell.number(6)}
    assert cell.points.reached(cell.number(4))
    assert set(cell.points.pauses()) == {cell.number(6)}
