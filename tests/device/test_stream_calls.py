"""Where a cell reads from ``sys.stdin`` or writes to ``sys.stderr``."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.stream_calls import OBJECTS, redirected
from tests.each import each

STREAMS = frozenset({"stdin", "stderr"})


def asking(code):
    return redirected(code, STREAMS)[0]


def back(code):
    for stream, name in OBJECTS.items():
        code = code.replace(name, f"sys.{stream}")
    return code


@each(
    "code",
    [
        "sys.stderr.write('x')",
        "print(1, file=sys.stderr, end='')",
        "def f():\n    print('sys.stdin', file=sys.stderr)",
        "sys.stdin.readline()",
        "import sys; x = sys.stdin.read(1)",
        "def f():\n    return int(sys.stdin.readline()) + len(sys.stdin.read(n))",
        "größe = 'ü' + sys.stdin.readline()",
        "x = (1,\n  sys.stdin.readline())  # sys.stdin.readline()",
    ],
)
def test_calls_that_ask(code):
    expected, _, comment = code.partition("  #")
    changed = asking(code).partition("  #")[0]
    assert changed != expected
    assert back(changed) == expected
    assert asking(code).partition("  #")[2] == comment


@each(
    "code",
    [
        "",
        "print(sys.stderr)",
        "print(file=sys.stdout)",
        "show(file=sys.stderr)",
        "sys.print_exception(error, sys.stderr)",
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
    st.lists(
        st.sampled_from(
            [
                "sys",
                ".stdin",
                ".read(1)",
                "print(file=",
                ".stderr",
                "\n",
                "é",
                "'",
                " ",
                "x=",
                "f'{",
                "}'",
                "(",
                ")",
            ]
        )
    )
)
def test_lines_stay_where_they_are(parts):
    code = "".join(parts)
    changed = asking(code)
    assert changed.count("\n") == code.count("\n")
    assert back(changed) == code
    if changed != code:
        ast.parse(changed)


def test_only_what_is_wanted():
    code = "print(sys.stdin.readline(), file=sys.stderr)"
    assert redirected(code, frozenset({"stderr"})) == (
        "print(sys.stdin.readline(), file=__iot_stderr__)",
        {"stderr"},
    )
    assert redirected(code, frozenset()) == (code, frozenset())
