"""What a board says of lines without checkpoints is found again, in cells and in files."""

import asyncio

import pytest

from iot_kernel.debugging.instrumentation.checkpoints import ScopeKind
from iot_kernel.debugging.instrumentation.instrument import instrument
from iot_kernel.debugging.instrumentation.traced import (
    EVERY_NAME,
    MOST_FUNCTIONS,
    PREFIX,
    TracedCode,
    TracedFunction,
)
from iot_kernel.syntax.cell import BoardCode
from tests.each import each

CELL = """\
def outer(x):
    def inner():
        return x
    return inner
class Motor:
    def go(self):
        "Goes."
        return 1
outer(1)
"""
FILE = "SPEED = 3\ndef twice(n):\n    return n * 2\n"
PATH = f"{PREFIX}lib/m.py"


def with_cell(line=1):
    code = TracedCode()
    code.add_cell("a", [BoardCode(CELL, line)])
    return code


def with_file():
    code = TracedCode()

    async def read(file):
        assert file == "lib/m.py"
        return FILE

    assert asyncio.run(code.read(PATH, read)) == FILE
    return code


def told(found):
    path, module, point = found
    return path, module, point.line, point.scope.name, point.names


def test_a_board_is_told_functions_by_their_lines():
    functions = {("outer", 1, 4), ("inner", 2, 3), ("go", 6, 8)}
    assert set(with_cell().functions()) == {TracedFunction(*each) for each in functions}


@each(
    "line, found",
    [
        (("<stdin>", "outer", 1, 4), ("a", "", 4, "outer", EVERY_NAME)),
        (("<stdin>", "inner", 2, 3), ("a", "", 3, "outer.<locals>.inner", EVERY_NAME)),
        (("<stdin>", "go", 6, 8), ("a", "", 8, "Motor.go", EVERY_NAME)),
    ],
)
def test_lines_of_functions_are_found_both_ways(line, found):
    code = with_cell()
    assert told(code.place(line)) == found
    assert code.at("a", line[3]) == [line]


def test_pieces_behind_magics_begin_at_line_1_on_the_board():
    code = with_cell(line=3)
    assert told(code.place(("<stdin>", "go", 6, 8)))[2] == 10
    assert code.at("a", 10) == [("<stdin>", "go", 6, 8)]


def test_a_cell_outside_of_functions_is_not_traced():
    assert with_cell().at("a", 9) == []
    assert with_cell().place(("<stdin>", "<module>", 0, 9)) is None


def test_the_latest_cell_with_a_function_counts():
    code = with_cell()
    code.add_cell("b", [BoardCode("def outer(x):\n    return x", 1)])
    assert code.place(("<stdin>", "outer", 1, 2))[0] == "b"
    assert code.at("a", 4) == []
    assert code.functions()[0] == TracedFunction("outer", 1, 2)


@each("is_parsed", [False, True])
def test_functions_that_have_checkpoints_by_now_are_not_traced(is_parsed):
    code = with_cell()
    if is_parsed:
        code.functions()
    code.remove("a", [point for point in instrument(CELL).checkpoints if point.scope.name == "outer"])
    assert {each.name for each in code.functions()} == {"inner", "go"}
    assert code.place(("<stdin>", "outer", 1, 4)) is None
    code.remove("b", instrument(CELL).checkpoints)
    assert {each.name for each in code.functions()} == {"inner", "go"}
    code.add_cell("a", [BoardCode(CELL, 1)])
    assert len(code.functions()) == 3


def test_a_board_gets_a_limited_number_of_functions():
    code = TracedCode()
    text = "".join(f"def f{number}(): pass\n" for number in range(MOST_FUNCTIONS + 1))
    code.add_cell("a", [BoardCode(text, 1)])
    assert len(code.functions()) == MOST_FUNCTIONS
    assert code.functions()[0].name == f"f{MOST_FUNCTIONS}"


def test_a_file_is_read_once_and_its_lines_are_found_both_ways():
    code = with_file()
    assert asyncio.run(code.read(PATH, None)) == code.text(PATH) == FILE
    assert [point.line for point in code.stops(PATH)] == [3, 1]
    assert told(code.place(("lib/m.py", "twice", "m", 3))) == (PATH, "m", 3, "twice", EVERY_NAME)
    assert told(code.place(("lib/m.py", "<module>", "m", 1))) == (PATH, "m", 1, "", ())
    assert code.at(PATH, 3) == [("lib/m.py", "twice", "m", 3)]
    assert code.at(PATH, 1) == [("lib/m.py", "<module>", "m", 1)]


def test_a_file_that_was_not_read_has_places_by_their_names():
    path, module, point = TracedCode().place(("m.py", "f", "m", 7))
    assert (path, module, point.line, point.scope.name) == ("board:m.py", "m", 7, "f")
    assert point.scope.kind is ScopeKind.FUNCTION
    assert TracedCode().place(("m.py", "<module>", "m", 7))[2].scope.kind is ScopeKind.MODULE


def test_a_file_that_cannot_be_read_is_asked_for_again():
    code = TracedCode()

    async def fail(_):
        raise OSError

    with pytest.raises(OSError):
        asyncio.run(code.read(PATH, fail))
    assert code.text(PATH) is None
