"""The guard on real MicroPython: what code raises is printed, and nothing else changes."""

import re
import subprocess

import pytest

from iot_kernel.protocol.exception_guard import (
    OUTPUT_PIPE,
    QUESTION,
    guard_mark,
    guarded,
    is_unprepared,
    preparation,
    raised,
)
from iot_kernel.snippets import snippet
from tools import boards

HEAD = "Traceback (most recent call last):\n"

#: The firmware's pipes; what goes through the one of the output stands in brackets here.
UCORE = f"""
import sys
class Module: pass
def pipe_write(name, data):
    assert name == {OUTPUT_PIPE!r}
    if data: sys.stdout.write("[%s]" % data)
sys.modules["_ucore"] = Module()
sys.modules["_ucore"].pipe_write = pipe_write
del Module, pipe_write
"""


def run(*programs):
    """What programs print, one after the other in one interpreter; the traceback behind the guard's mark."""
    code = "\n".join([UCORE, preparation("ab"), *programs])
    done = subprocess.run([boards.micropython(), "-c", code], capture_output=True, check=False)
    assert not done.stderr
    printed, _, told = done.stdout.partition(guard_mark("ab"))
    return printed.decode(), raised(told).decode() if told else ""


@pytest.mark.parametrize(
    ("code", "traceback"),
    [
        ("x = 1\nx / 0", '  File "<stdin>", line 2, in <module>\nZeroDivisionError: divide by zero\n'),
        (
            "def f():\n  raise OSError(5)\nf()",
            '  File "<stdin>", line 3, in <module>\n  File "<stdin>", line 2, in f\nOSError: [Errno 5] EIO\n',
        ),
        ("x = 1\na b", '  File "<stdin>", line 2\nSyntaxError: invalid syntax\n'),
        ("raise KeyboardInterrupt", '  File "<stdin>", line 1, in <module>\nKeyboardInterrupt: \n'),
        (
            "class A:\n  def __str__(self): raise OSError\nprint(A())",
            '  File "<stdin>", line 3, in <module>\n  File "<stdin>", line 2, in __str__\nOSError: \n',
        ),
    ],
)
def test_exceptions(code, traceback):
    assert run(guarded(code), "print('goes on')") == ("", f"{HEAD}{traceback}[goes on\n]")


def test_names_are_the_users():
    code = "import os\nx = 5\ndef f(): return x\nprint(f(), '__iot_guard__' in globals())\nexec = 0"
    assert run(guarded(code), guarded("y = f() + 1\nprint(y)")) == ("[5 False\n][6\n]", "")


@pytest.mark.parametrize("leaving", ["raise SystemExit", "import sys\nsys.exit(3)"])
def test_who_wants_a_restart_gets_it(leaving):
    assert run(guarded(leaving), "print('goes on')") == ("", "")


def test_what_was_raised_is_told_again_until_other_code_runs():
    told = f'{HEAD}  File "<stdin>", line 1, in <module>\nZeroDivisionError: divide by zero\n'
    again = guard_mark("ab").decode() + told
    programs = [guarded("1 / 0"), "print(1)", QUESTION, "print(2)", QUESTION, guarded("print(3)"), QUESTION]
    assert run(*programs) == ("", f"{told}[1\n]{again}[2\n]{again}[3\n]")


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print()", "[\n]"),
        ("print(1, 'a', [2], sep='-', end='.')", "[1-a-[2].]"),
        ("print('x' * 600, end='')", f"[{'x' * 250}][{'x' * 250}][{'x' * 100}]"),
        ("print(end='')", ""),
        ("def f():\n  from builtins import len,print as p\n  p(len('ab'))\nf()", "[2\n]"),
        ("from builtins import print\nprint('from builtins import print')", "[from builtins import print\n]"),
    ],
)
def test_print_writes_to_the_pipe(code, printed):
    assert run(guarded(code)) == (printed, "")


def test_programs_of_the_kernel_print_to_the_pipe():
    printed, told = run(guarded(snippet("free")), guarded(snippet("who")))
    assert re.match(r"\[\d+\n\]\[\('", printed)
    assert printed.endswith(")\n]")
    assert not told


def test_a_guard_that_is_gone_is_known_by_the_error():
    assert is_unprepared("NameError", "name '__iot_guard__' isn't defined")
    assert not is_unprepared("NameError", "name 'x' isn't defined")
    assert not is_unprepared("ValueError", "__iot_guard__")
