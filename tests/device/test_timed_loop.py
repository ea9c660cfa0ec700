"""Code in a loop: the program does what the code does, and errors name the lines of the cell."""

import contextlib
import io

import pytest

from iot_kernel.device.stopwatch import WATCH
from iot_kernel.device.timed_loop import TimedLoop, indented
from iot_kernel.errors import DeviceError


def played(loop, loops, **variables):
    """Runs the program here; returns what it printed, and the calls of the stopwatch's function."""
    calls = []
    printed = io.StringIO()
    names = {WATCH: lambda: calls.append(printed.getvalue()), **variables}
    with contextlib.redirect_stdout(printed):
        exec(loop.program(loops), names)
    assert "__iot_timed__" not in names
    return printed.getvalue(), calls, names


def test_the_loop_runs_between_two_calls():
    printed, calls, _ = played(TimedLoop("print('x', end='')", "print('s', end='')", 2), 3)
    assert printed == "sxxx"
    assert calls == ["s", "sxxx"]


def test_variables_of_the_loop_are_its_own():
    names = played(TimedLoop("a = b\nb_ = a", "b = 5", 2), 2, a=1)[2]
    assert names["a"] == 1
    assert "b" not in names


def test_names_of_the_user_do_not_matter():
    assert played(TimedLoop("print(_, end='')", "", 1), 2, range=None, _=7)[0] == "77"


def test_an_empty_loop():
    assert played(TimedLoop("print('x')", "1/0", 2).empty(), 5)[0] == ""


@pytest.mark.parametrize(
    ("code", "setup", "pauses"),
    [
        ("await x", "", True),
        ("x", "y = await z", True),
        ("async for a in b: pass", "", True),
        ("x = yield", "", True),
        ("async def f():\n    await x", "", False),
        ("f(lambda: (yield))", "", False),
        ("f(", "", False),
    ],
)
def test_code_that_no_function_can_run(code, setup, pauses):
    assert TimedLoop(code, setup, 2).pauses is pauses


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a\nb", "  a\n  b"),
        ("if a:\n    b\n\nc", "  if a:\n      b\n\n  c"),
        ('a = """x\ny"""\nb', '  a = """x\ny"""\n  b'),
        ("a = f'''{x}\ny'''\nb", "  a = f'''{x}\ny'''\n  b"),
        ("a = b'''x\n y'''", "  a = b'''x\n y'''"),
        ("a = (1,\n2)", "  a = (1,\n  2)"),
        ("a = (", "  a = ("),
    ],
)
def test_code_is_indented_but_not_its_texts(code, expected):
    assert indented(code, "  ") == expected


def error(*frames):
    return DeviceError("E", "v", "\n".join(["Traceback (most recent call last):", *frames, "E: v"]))


CALL = '  File "<stdin>", line 10, in <module>'


@pytest.mark.parametrize(
    ("code", "line", "frames", "expected"),
    [
        (
            "1/0",
            2,
            [CALL, '  File "<stdin>", line 6, in __iot_timed__'],
            ['  File "<stdin>", line 2, in <module>'],
        ),
        (
            "a\nf(lambda: 1/0)",
            2,
            [
                CALL,
                '  File "<stdin>", line 7, in __iot_timed__',
                '  File "<stdin>", line 3, in f',
                '  File "<stdin>", line 7, in <lambda>',
                '  File "lib.py", line 6, in g',
            ],
            [
                '  File "<stdin>", line 3, in <module>',
                '  File "<stdin>", line 3, in f',
                '  File "<stdin>", line 3, in <lambda>',
                '  File "lib.py", line 6, in g',
            ],
        ),
        (
            "x",
            2,
            [CALL, '  File "<stdin>", line 3, in __iot_timed__'],
            ['  File "<stdin>", line 1, in <module>'],
        ),
        ("a(", 4, ['  File "<stdin>", line 6'], ['  File "<stdin>", line 4']),
        ("a(", 4, ['  File "<stdin>", line 8'], ['  File "<stdin>", line 4']),
    ],
)
def test_errors_name_the_lines_of_the_cell(code, line, frames, expected):
    found = TimedLoop(code, "", line).readable(error(*frames))
    assert found.traceback.split("\n")[1:-1] == expected
    assert (found.ename, found.evalue) == ("E", "v")
