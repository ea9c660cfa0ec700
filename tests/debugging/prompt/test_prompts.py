"""The prompt of code that stands, and the one after an error: a line in, text and what to do out."""

import pytest

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.prompt.prompts import PostMortemPrompt, SteppingPrompt
from tests.debugging.prompt.prompted_board import Standing
from tests.each import each

ENDED = "*** the code has ended and cannot go on; q leaves\n"


class Stepping:
    """A prompt of code that stands in line 2 of `mean`."""

    def __init__(self):
        self.at = Standing(line=2)
        self.prompt = SteppingPrompt(self.at.board, self.at.breakpoints)
        self.prompt.stand(self.at.stack)
        self.at.board.told.clear()

    def obey(self, line):
        return self.prompt.obey(line)

    def pauses(self):
        """The lines in which the board has been told last to stop."""
        (pauses,) = [told[1] for told in self.at.board.told if told[0] == "pauses"][-1:]
        return {point.line for point in self.at.made.checkpoints if point.number in pauses}


@each(
    "lines, step",
    [
        (("n", "next"), Step.NEXT),
        (("s", "step"), Step.IN),
        (("r", "return"), Step.OUT),
        (("c", "cont", "continue"), Step.CONTINUE),
    ],
)
def test_code_goes_on(lines, step):
    for line in lines:
        reply = Stepping().obey(line)
        assert (reply.step, reply.leaves, reply.text) == (step, False, "")


@each("line", ["q", "quit", "exit", "\x04", "EOF"])
def test_the_cell_is_ended(line):
    reply = Stepping().obey(line)
    assert (reply.step, reply.leaves) == (None, True)


def test_looking_does_not_go_on():
    reply = Stepping().obey("w")
    assert (reply.step, reply.leaves) == (None, False)


def test_a_step_is_repeated_by_an_empty_line_at_the_next_stop():
    stepping = Stepping()
    stepping.obey("n")
    stepping.prompt.stand(stepping.at.at(10, 8, 3))
    assert stepping.obey("").step is Step.NEXT


def test_breakpoints():
    stepping = Stepping()
    assert stepping.obey("b").text == "there are no breakpoints\n"
    assert stepping.obey("b 4").text == "Breakpoint 1 at In [2], line 4\n"
    assert stepping.obey("break report, len(rows) > 2").text == (
        "Breakpoint 2 at In [2], line 7, if len(rows) > 2\n"
    )
    assert stepping.pauses() == {4, 7}
    assert stepping.obey("b").text.count("\n") == 2
    assert "   4 B       return total / count\n" in stepping.obey("l").text
    assert stepping.obey("cl 1").text == ""
    assert stepping.pauses() == {7}
    assert stepping.obey("cl 1").text == "*** there is no breakpoint 1\n"
    assert stepping.obey("clear").text == ""
    assert stepping.pauses() == set()
    assert stepping.obey("b 99").text == "*** no code stands in line 99 or below\n"
    assert stepping.obey("b elsewhere").text == (
        "*** this is neither a line nor a function with checkpoints: elsewhere "
        "('%pdb on' gives them to functions of cells that run after it)\n"
    )


def test_one_that_stops_once():
    stepping = Stepping()
    stepping.obey("tbreak 4")
    stepping.prompt.stand(stepping.at.at(10, 8, 4))
    assert stepping.pauses() == set()
    assert stepping.obey("b").text == "there are no breakpoints\n"


@each("line, pauses", [("unt", {3, 4}), ("until 4", {4}), ("unt 9", set())])
def test_on_to_a_line_below(line, pauses):
    stepping = Stepping()
    assert stepping.obey(line).step is Step.OUT  # where the function ends before
    assert stepping.pauses() == pauses
    stepping.prompt.stand(stepping.at.at(10, 8, 4))
    assert stepping.pauses() == set()


class TestAfterAnError:
    @pytest.fixture
    def prompt(self):
        standing = Standing()
        prompt = PostMortemPrompt(standing.board)
        prompt.stand(standing.stack)
        return prompt

    @pytest.mark.parametrize("line", ["n", "s", "r", "unt", "b 3", "b", "cl", "tbreak 2"])
    def test_nothing_goes_on(self, prompt, line):
        reply = prompt.obey(line)
        assert (reply.text, reply.step, reply.leaves) == (ENDED, None, False)

    @pytest.mark.parametrize("line", ["q", "c", "exit", "\x04"])
    def test_it_is_left(self, prompt, line):
        assert prompt.obey(line).leaves

    def test_frames_are_there(self, prompt):
        assert prompt.obey("u").text.startswith("> In [2], line 8, in report\n")
