"""Where a cell reads from ``sys.stdin``."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.stdin_calls import OBJECT, asking
from tests.each import each


@each(
    "code",
    [
        "sys.stdin.readline()",
        "import sys; x = sys.stdin.read(1)",
        "def f():\n    return int(sys.stdin.readline()) + len(sys.stdin.read(n))",
        "größe = 'ü' + sys.stdin.readline()",
        "x = (1,\n  sys.stdin.readline())  # sys.stdin.readline()",
    ],
)
def test_calls_that_ask(code):
    expected, _, comment = code.partition("  #")
    assert asking(code).partition("  #")[0] == expected.replace("sys.stdin", OBJECT)
    assert asking(code).partition("  #")[2] == comment


@each(
    "code",
    [
        "",
        "sys.stdin.read()",
        "sys.stdin.readline(10)",
        "sys.stdin.buffer.read(1)",
        "for line in sys.stdin: pass",
        "poll.register(sys.stdin)",
        "stdin.readline()",
        "my.sys.stdin.readline()",
        "'sys.stdin.readline()'",
        "f'{sys.stdin.readline()}'",
        "sys.stdin.readline",
        "sys . stdin.readline()",
        "sys.stdin.readline(",
        "(" * 300 + "sys.stdin.read(1)" + ")" * 300,
    ],
)
def test_what_stays(code):
    assert asking(code) == code


@given(
    st.lists(st.sampled_from(["sys", ".stdin", ".read(1)", "\n", "é", "'", " ", "x=", "f'{", "}'", "(", ")"]))
)
def test_lines_stay_where_they_are(parts):
    code = "".join(parts)
    changed = asking(code)
    assert changed.count("\n") == code.count("\n")
    assert changed.replace(OBJECT, "sys.stdin") == code
    if changed != code:
        ast.parse(changed)
