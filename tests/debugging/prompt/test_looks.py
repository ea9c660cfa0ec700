"""The commands of the debugger's prompt that look around: a line in, text out."""

import ast
from dataclasses import replace

import pytest

from iot_kernel.debugging.prompt.looks import LookingPrompt
from iot_kernel.debugging.prompt.source_texts import SourceText
from tests.debugging.frontend.scripted_debugger import page
from tests.debugging.prompt.prompted_board import Standing
from tests.each import each

WHERE = """\
  In [2], line 10
-> report([])
  In [2], line 8, in report
-> return mean(rows)
> In [2], line 4, in mean
-> return total / count
"""
HERE = "> In [2], line 4, in mean\n-> return total / count\n"
ABOVE = "> In [2], line 8, in report\n-> return mean(rows)\n"


class Prompt(LookingPrompt):
    """A prompt with a board that stands."""

    def __init__(self):
        self.standing = Standing()
        self.board = self.standing.board
        super().__init__(self.board)
        self.greeting = self.stand(self.standing.stack)

    def say(self, *lines):
        """The text of the last of some lines."""
        return [self.obey(line).text for line in lines][-1]

    def sent(self, line):
        """What the board is told for a line: the frame, and code."""
        self.board.told.clear()
        assert self.say(line) == ""
        return self.board.told[-1]


def test_it_begins_in_the_innermost_frame():
    assert Prompt().greeting == HERE
    assert Prompt().stand(Standing().stack, "look") == f"look\n{HERE}"


@each("line", ["w", "where", "bt", " w ", "?", "h", "help"])
def test_names_of_commands(line):
    said = Prompt().say(line)
    assert said == WHERE if line.strip() in {"w", "where", "bt"} else said.startswith("w, where, bt")


def test_help_of_one_command():
    assert Prompt().say("h u") == "u: To the frame that has called this one.\n"
    assert Prompt().say("help nonsense").startswith("w, where")


def test_frames_are_gone_through():
    prompt = Prompt()
    assert prompt.say("u") == ABOVE
    assert prompt.say("d") == HERE
    assert prompt.say("d") == "*** Newest frame\n"
    assert prompt.say("u 9") == "> In [2], line 10\n-> report([])\n"
    assert prompt.say("up") == "*** Oldest frame\n"
    assert prompt.say("down 1") == ABOVE
    assert prompt.say("u x") == "*** this is no number: x\n"


def test_an_empty_line_repeats():
    prompt = Prompt()
    assert prompt.say("u", "") == "> In [2], line 10\n-> report([])\n"
    assert Prompt().say("") == ""


def numbers(text):
    return [int(row[:4]) for row in text.splitlines()]


def test_lines_are_listed_around_and_further():
    prompt = Prompt()
    first = prompt.say("l")
    assert numbers(first) == list(range(1, 11))
    assert "   4  ->     return total / count\n" in first
    assert prompt.say("") == "*** In [2] ends in line 10\n"
    assert numbers(prompt.say("l 2,3")) == [2, 3]
    assert numbers(prompt.say("list 7, 2")) == [7, 8, 9]  # as in pdb, the second is a number of lines
    assert numbers(prompt.say("l 9")) == [4, 5, 6, 7, 8, 9, 10]
    assert numbers(prompt.say("u", "ll")) == [6, 7, 8]
    assert numbers(prompt.say("u", "ll")) == list(range(1, 11))


def test_text_that_is_not_here_cannot_be_listed():
    prompt = Prompt()
    prompt.stand([replace(prompt.standing.stack[-1], source=SourceText("boot.py"))])
    assert prompt.say("l") == "*** the text of boot.py is not known here\n"


@each(
    "line, code",
    [
        ("p total", "b.print(b.repr(v))"),
        ("whatis total", "b.print(b.type(v))"),
        ("total", "v is None or b.print(b.repr(v))"),
        ("p -total", "b.print(b.repr(v))"),
        ("n == total", "v is None or"),  # a variable that is called like a command
        ("a.b", "v is None or"),
        ("n[0]", "v is None or"),
        ("!n", "v is None or"),
    ],
)
def test_expressions_are_printed_by_the_board_in_the_frame(line, code):
    frame, sent = Prompt().sent(line)
    assert frame == 2
    assert code in sent
    ast.parse(sent, mode="eval")


@each("line", ["n = 3", "x = 1", "!n += 1", "del total", "for x in total: print(x)", "import gc"])
def test_statements_are_executed(line):
    assert Prompt().sent(line) == (2, line.removeprefix("!"))


def test_they_see_the_frame_that_is_selected():
    prompt = Prompt()
    prompt.say("u")
    assert prompt.sent("p rows")[0] == 1


@pytest.mark.parametrize("comment", ["total # all", "(1,\t2)"])
def test_an_expression_may_have_anything_in_it(comment):
    namespace = {"total": 3, "shown": []}
    code = Prompt().sent(f"p {comment}")[1]
    exec(code, namespace)


def pretty(value, capsys):
    exec(Prompt().sent("pp value")[1], {"value": value})
    return capsys.readouterr().out


def test_long_values_are_printed_item_by_item(capsys):
    assert pretty([1, 2], capsys) == "[1, 2]\n"
    assert pretty(list(range(40)), capsys) == "[" + ",\n ".join(map(str, range(40))) + "]\n"
    assert pretty({"a" * 50: 1, "b" * 50: 2}, capsys) == f"{{'{'a' * 50}': 1,\n '{'b' * 50}': 2}}\n"
    assert pretty("x" * 100, capsys) == repr("x" * 100) + "\n"


def printed(prompt, line, capsys, **names):
    prompt.board.told.clear()
    assert prompt.say(line) == ""
    for _, code in prompt.board.told:
        exec(code, names)
    return capsys.readouterr().out


def test_arguments_and_variables(capsys):
    prompt = Prompt()
    prompt.board.page = page(("values", 1), ("digits", 2), ("total", 3))
    names = {"values": [], "digits": 2, "total": 3}
    assert printed(prompt, "a", capsys, **names) == "values = []\ndigits = 2\n"
    assert printed(prompt, "locals", capsys, **names) == "values = []\ndigits = 2\ntotal = 3\n"


def test_of_long_ones_the_length_is_told(capsys):
    prompt = Prompt()
    variable = page(("values", 1)).variables[0]
    prompt.board.page = page(replace(variable, kind="list", size=12_000, text="[0, …] 12,000 items"))
    assert printed(prompt, "locals", capsys) == "values = [0, …] 12,000 items\n"


def test_one_that_cannot_be_shown_is_told():
    prompt = Prompt()
    prompt.board.page = page(("values", 1), ("digits", 2))
    prompt.board.error = "ValueError", "no repr"
    assert prompt.say("a") == "*** values: ValueError: no repr\n*** digits: ValueError: no repr\n"
    prompt.board.error = "KeyboardInterrupt", ""
    assert prompt.obey("a").was_interrupted


def test_outside_of_functions_there_are_none():
    assert "%who" in Prompt().say("u 9", "a")


def test_a_frame_without_names_says_so():
    prompt = Prompt()
    outer, middle, inner = prompt.standing.stack
    assert "no names are kept" in prompt.stand([outer, middle, replace(inner, names=None)])
    assert prompt.sent("total")[0] is None
    assert prompt.say("a").startswith("*** no names are kept")
    assert "no names" not in prompt.stand([replace(middle, names=None), replace(inner, names=None)])


def test_errors_are_told():
    prompt = Prompt()
    prompt.board.error = "NameError", "name 'x' isn't defined"
    assert prompt.say("p x") == "*** NameError: name 'x' isn't defined\n"
    assert prompt.say("p") == "*** an expression is missing; with ! in front a name is no command\n"
    assert prompt.say("p x y") == "*** SyntaxError: this is no expression: x y\n"
    assert not prompt.obey("p x").was_interrupted
    prompt.board.error = "KeyboardInterrupt", ""
    assert prompt.obey("p x").was_interrupted


def test_nothing_asks_for_input():
    prompt = Prompt()
    for line in ("x = input('name? ')", "p input ()", "!input()"):
        assert prompt.say(line).startswith("*** nothing can be asked")
    assert prompt.board.told == []


def test_names_that_cannot_be_set_are_told():
    prompt = Prompt()
    prompt.board.kept = ("total",)
    assert prompt.say("total = 3").startswith("*** not changed: total.")
