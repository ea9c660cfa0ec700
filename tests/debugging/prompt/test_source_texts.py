"""The texts of cells, and the functions in them."""

from iot_kernel.debugging.instrumentation.checkpoints import Scope, ScopeKind
from iot_kernel.debugging.prompt.source_texts import MOST_TEXTS, SourceText, SourceTexts, laid_out
from iot_kernel.syntax.cell import BoardCode

CELL = """\
%mem
class Motor:
    @staticmethod
    def start(pin, *, level=1):

        return pin
%mem
x = 1"""


def texts():
    made = SourceTexts()
    lines = CELL.split("\n")
    made.add("k", "In [3]", CELL, BoardCode("\n".join(lines[1:6]), 2))
    made.add("k", "In [3]", CELL, BoardCode(lines[7], 8))
    return made


def test_lines_are_those_of_the_cell():
    text = texts().find("k")
    assert (text.name, text.line(1), text.line(4)) == ("In [3]", "%mem", "def start(pin, *, level=1):")
    assert (text.line(0), text.line(9)) == ("", "")
    assert [line for line in text.code if line] == [
        line for line in CELL.split("\n") if line and line != "%mem"
    ]


def test_a_function_is_found_by_its_scope():
    text = texts().find("k")
    for line in (3, 4):  # boards count a function from its decorator, or not
        scope = Scope("Motor.start", ScopeKind.FUNCTION, line)
        assert text.function(scope).name == "start"
        assert text.extent(scope) == (line, 6)
    assert text.function(Scope("Motor.start", ScopeKind.FUNCTION, 1)) is None
    assert text.function(Scope("", ScopeKind.MODULE, 1)) is None
    assert text.extent(Scope("", ScopeKind.MODULE, 1)) == (1, 8)


def test_another_text_under_the_same_key_takes_the_place():
    made = texts()
    made.add("k", "In [4]", "y = 2", BoardCode("y = 2", 1))
    assert made.find("k") == SourceText("In [4]", ("y = 2",), ("y = 2",))


def test_text_that_no_python_reads_has_no_functions():
    made = SourceTexts()
    made.add("k", "In [1]", "def f(:", BoardCode("def f(:", 1))
    assert made.find("k").function(Scope("f", ScopeKind.FUNCTION, 1)) is None


def test_only_the_latest_are_kept():
    made = texts()
    for number in range(MOST_TEXTS):
        made.add(str(number), "", "x", BoardCode("x", 1))
    assert made.find("k") == SourceText("k")
    assert made.find("0").lines == ("x",)


def test_a_piece_is_laid_out_where_it_stands_in_its_cell():
    assert laid_out("In [2]", BoardCode("x\ny", 3)).lines == ("", "", "x", "y")
