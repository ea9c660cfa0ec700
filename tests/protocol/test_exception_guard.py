"""The guard on real MicroPython: what code raises is printed, and nothing else changes."""

import subprocess

import pytest

from iot_kernel.protocol.exception_guard import guard_mark, guarded, question, raised
from tools import boards

HEAD = "Traceback (most recent call last):\n"


def run(*programs):
    """What programs print, one after the other in one interpreter; the traceback behind the guard's mark."""
    done = subprocess.run([boards.micropython(), "-c", "\n".join(programs)], capture_output=True, check=False)
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
    ],
)
def test_exceptions(code, traceback):
    assert run(guarded(code, "ab"), "print('goes on')") == ("", f"{HEAD}{traceback}goes on\n")


def test_names_are_the_users():
    code = "import os\nx = 5\ndef f(): return x\nprint(f(), sorted(globals()))\nprint = exec = None"
    printed, told = run(
        "print(end='')",
        guarded(code, "ab"),
        guarded("y = f() + 1", "ab"),
        "import sys\nsys.stdout.write(str(y))",
    )
    assert printed.startswith("5 [")
    assert "'__iot_guard__'" in printed
    assert printed.endswith("6")
    assert not told


@pytest.mark.parametrize("leaving", ["raise SystemExit", "import sys\nsys.exit(3)"])
def test_who_wants_a_restart_gets_it(leaving):
    assert run(guarded(leaving, "ab"), "print('goes on')") == ("", "")


def test_what_was_raised_can_be_asked_for_once():
    code = guarded("1 / 0", "xy")
    printed, told = run(code, question("ab"), question("ab"))
    assert told == f'{HEAD}  File "<stdin>", line 1, in <module>\nZeroDivisionError: divide by zero\n'
    assert guard_mark("xy").decode() in printed


def test_after_code_that_ended_well_there_is_nothing_to_tell():
    printed, told = run(guarded("1 / 0", "xy"), guarded("x = 1", "ab"), question("ab"))
    assert printed.startswith(guard_mark("xy").decode())
    assert not told
