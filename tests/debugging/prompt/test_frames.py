"""Frames as the debugger's prompt shows them."""

from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.prompt.frames import LONGEST_LINE, PromptFrame, heading, listing, standing_frames
from iot_kernel.debugging.prompt.source_texts import SourceText, SourceTexts
from iot_kernel.syntax.cell import BoardCode

LINES = ("def f(x):", "\treturn x", "f(1)")
TEXT = SourceText("In [2]", LINES, LINES)


def test_a_heading_has_the_place_and_the_line():
    assert heading(PromptFrame(TEXT, 2, "f")) == "> In [2], line 2, in f\n-> return x\n"
    assert heading(PromptFrame(TEXT, 3, ""), is_selected=False) == "  In [2], line 3\n-> f(1)\n"
    assert heading(PromptFrame(SourceText("boot.py"), 7, "g")) == "> boot.py, line 7, in g\n"


def test_a_listing_marks_where_the_frame_is_and_what_stops():
    assert listing(PromptFrame(TEXT, 3, ""), 1, 9, {2}) == (
        "   1     def f(x):\n   2 B       return x\n   3  -> f(1)\n"
    )
    assert listing(PromptFrame(TEXT, 2, "f"), 2, 2, {2}) == "   2 B->     return x\n"


def test_what_cannot_be_shown_is_left_out():
    lines = ("x = '\x1b[2J'", "y" * 1000)
    shown = listing(PromptFrame(SourceText("In [1]", lines), 1, ""), 1, 2, ())
    assert "\x1b" not in shown
    assert max(map(len, shown.split("\n"))) < LONGEST_LINE + 20


def test_frames_of_code_that_stands():
    table, texts = CheckpointTable(), SourceTexts()
    code = "def f(x):\n    return x\nf(1)"
    made = table.add("k", code)
    texts.add("k", "In [2]", code, BoardCode(code, 1))
    numbers = [made.find(3).number, made.find(2).number]
    outer, inner = standing_frames(table.stack(numbers), texts)
    assert (outer.source.name, outer.line, outer.function, outer.has_locals) == ("In [2]", 3, "", False)
    assert (inner.line, inner.function, inner.has_locals, inner.scope.line) == (2, "f", True, 1)
