"""Tracebacks of real boards, also translated ones."""

import pytest

from iot_kernel.device.traceback import device_error, line_in_cell, parse_exception

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
    assert line_in_cell(traceback) == line


def test_the_error():
    error = device_error(f"{FRAME}ValueError: a\n".replace("\n", "\r\n").encode(), "printed\n")
    assert (error.ename, error.evalue, error.output) == ("ValueError", "a", "printed\n")
    assert error.traceback == f"{FRAME}ValueError: a"
