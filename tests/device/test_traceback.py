"""Tracebacks of real boards, also translated ones."""

import pytest

from iot_kernel.device.traceback import CodeFrame, device_error, frames_of, parse_exception
from tests.circuitpython_board import RECORDINGS, Recording
from tests.each import each

FRAME = 'Traceback (most recent call last):\n  File "<stdin>", line 2, in <module>\n'


@pytest.mark.parametrize(
    ("traceback", "ename", "evalue", "line"),
    [
        (FRAME + "NameError: name 'a' isn't defined", "NameError", "name 'a' isn't defined", 2),
        (FRAME + "KeyboardInterrupt: ", "KeyboardInterrupt", "", 2),
        (FRAME + "ValueError: first\nsecond: third", "ValueError", "first\nsecond: third", 2),
        (FRAME + "OSError: [Errno 2] ENOENT", "OSError", "[Errno 2] ENOENT", 2),
        (FRAME + "mylib.Problem: 1", "mylib.Problem", "1", 2),
        ("MemoryError: ", "MemoryError", "", None),
        ("MemoryError:", "MemoryError", "", None),
        (
            'Traceback (most recent call last):\n  File "<stdin>", line 1\nSyntaxError: invalid syntax',
            "SyntaxError",
            "invalid syntax",
            1,
        ),
        (
            (
                "Traceback (jüngste Aufforderung zuletzt):\n"
                '  Datei "<stdin>", Zeile 3, in <module>\nNameError: Name »a« ist nicht definiert'
            ),
            "NameError",
            "Name »a« ist nicht definiert",
            3,
        ),
        (
            FRAME + '  File "lib/x.py", line 9, in g\nRuntimeError: deep',
            "RuntimeError",
            "deep",
            2,
        ),
        (
            FRAME
            + "ZeroDivisionError: division by zero\n\n"
            + "Durant la gestion de cette exception, une autre s'est produite:\n\n"
            + 'Traceback (appels les plus récents en dernier) :\n  Fichier "<stdin>", ligne 4, in <module>\n'
            + "ValueError: deux: mots",
            "ValueError",
            "deux: mots",
            4,
        ),
        ("something else entirely", "Exception", "something else entirely", None),
        ("", "Exception", "", None),
    ],
)
def test_parse(traceback, ename, evalue, line):
    assert parse_exception(traceback) == (ename, evalue)
    assert next((frame.line for frame in frames_of(traceback) if frame.file == "<stdin>"), None) == line


def test_the_error():
    error = device_error(f"{FRAME}ValueError: a\n".replace("\n", "\r\n").encode(), "printed\n")
    assert (error.ename, error.evalue, error.output) == ("ValueError", "a", "printed\n")
    assert error.traceback == f"{FRAME}ValueError: a"


@each(
    ("line", "frame"),
    [
        ('  File "<stdin>", line 3, in <module>', ("<stdin>", 3, "<module>")),
        ('  File "<stdin>", line 3, in f2', ("<stdin>", 3, "f2")),
        ('  File "<stdin>", line 3, in <listcomp>', ("<stdin>", 3, "<listcomp>")),
        ('  File "/lib/a b.py", line 12, in __init__', ("/lib/a b.py", 12, "__init__")),
        ('  File "<stdin>", line 1', ("<stdin>", 1, "")),
        ('  File "<stdin>", line 1, v% f', ("<stdin>", 1, "f")),
        (
            '  File "<stdin>", line 1, in \N{GREEK SMALL LETTER PI}',
            ("<stdin>", 1, "\N{GREEK SMALL LETTER PI}"),
        ),
    ],
)
def test_frames(line, frame):
    assert frames_of(f"Traceback:\n{line}\nE: x") == [CodeFrame(*frame)]


@each("name", RECORDINGS)
def test_frames_of_circuitpython_in_all_languages(name):
    deep = Recording(name).programs()[b"def f():\n    undefined_name\nf()"]
    said = device_error(deep.split(b"\x04")[1]).traceback
    assert frames_of(said) == [CodeFrame("<stdin>", 3, "<module>"), CodeFrame("<stdin>", 2, "f")]


def test_frames_of_an_exception_that_was_being_handled_are_left_out():
    inner = '  File "<stdin>", line 2, in <module>\nZeroDivisionError: x\n\nDuring handling of that:\n\n'
    outer = 'Traceback:\n  File "<stdin>", line 4, in <module>\nValueError: x'
    assert frames_of(f"Traceback:\n{inner}{outer}") == [CodeFrame("<stdin>", 4, "<module>")]


@each("text", ["", "MemoryError: ", "x\n\n y", '  File "', "  " * 1000 + '"' * 1000 + "1" * 1000])
def test_no_frames(text):
    assert [frame for frame in frames_of(text) if len(str(frame)) > 1200] == []
