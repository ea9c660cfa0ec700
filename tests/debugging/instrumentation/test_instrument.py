"""Code with checkpoints: what it looks like, and that it does what the code does without them.

What a board makes of it is shown in tests/debugging/instrumentation/test_on_boards.py.
"""

import ast
import builtins
import contextlib
import io
import sys
import traceback
import warnings

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging.instrumentation.instrument import (
    LONGEST_SOURCE,
    MOST_NAMES,
    STOP,
    STOPS,
    instrument,
)
from tests.debugging.instrumentation.handed_over import parted
from tests.debugging.instrumentation.programs import FEWER, program
from tests.each import each


class Everywhere:
    def __contains__(self, number):
        return True


def run(source, stop=None):
    """Runs a program; what it printed, and how it ended. ``stop`` is called at each checkpoint."""
    printed = io.StringIO()
    space = {"__name__": "__main__"}
    builtins.__dict__[STOPS] = set() if stop is None else Everywhere()
    builtins.__dict__[STOP] = stop
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, "<stdin>", "exec"), space)
        raised = None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]
        raised = type(error), str(error), [frame.name for frame in frames]
    finally:
        del builtins.__dict__[STOPS], builtins.__dict__[STOP]
    return printed.getvalue(), raised


def stopped_at(source, first=1):
    """The lines at which a program stops, and the names and values it hands over."""
    made = instrument(source, first=first)
    points = {point.number: point for point in made.checkpoints}
    seen = []

    def stop(number, *given):
        point = points[number]
        seen.append((point.line, dict(zip(point.names, parted(point, given), strict=True))))

    run(made.source, stop)
    return seen


@FEWER
@given(st.integers(0, 1 << 40))
def test_a_program_does_the_same(seed):
    source = program(seed, has_match=True)
    made = instrument(source)
    assert made.source.count("\n") == source.count("\n")
    plain = run(source)
    assert run(made.source) == plain
    points = {point.number: point for point in made.checkpoints}

    def stop(number, *given):
        point = points[number]
        frame = sys._getframe(1)
        assert frame.f_lineno == point.line
        assert frame.f_code.co_name == (point.scope.name.rpartition(".")[2] or "<module>")
        for name, value in zip(point.names, parted(point, given), strict=True):
            assert frame.f_locals[name] is value

    assert run(made.source, stop) == plain


@FEWER
@given(st.integers(0, 1 << 40))
def test_a_program_that_is_watched_does_the_same(seed):
    source = program(seed, has_match=True)
    made = instrument(source, watched=range(source.count("\n") + 2))
    points = {point.number: point for point in made.checkpoints}

    def stop(number, *given):
        point = points[number]
        values = parted(point, given)
        here = sys._getframe(1).f_locals
        for index, name in enumerate(point.unsure):
            try:
                value = values[-1](index)
            except NameError:
                assert name not in here
            else:
                assert here[name] is value
        return values if point.settable else None

    assert run(made.source, stop) == run(source)


@each(
    "plain, changed",
    [
        ("x = 1", "1 in S and B(1);x = 1"),
        ("x = 1; y = 2 ; z", "1 in S and B(1);x = 1; 2 in S and B(2);y = 2 ; 3 in S and B(3);z"),
        ("(a\n).b()", "1 in S and B(1);(a\n).b()"),
        ("if a: b\nelse: c", "if (1 in S and B(1) or(a)): 2 in S and B(2);b\nelse: 3 in S and B(3);c"),
        ("while lambda: 0: pass", "while (1 in S and B(1) or(lambda: 0)): 2 in S and B(2);pass"),
        ("while True: pass", "while True: 1 in S and B(1);pass"),
        ("if 1 and a: b", "if 1 and a: 1 in S and B(1);b"),
        ("if not (1, 2) or a: b", "if not (1, 2) or a: 1 in S and B(1);b"),
        ("for x in 1, 2,: pass", "for x in (1 in S and B(1) or(1, 2,)): 2 in S and B(2);pass"),
        ("for x in range(3): pass", "for x in range((1 in S and B(1) or(3))): 2 in S and B(2);pass"),
        ("for x in range(*a): pass", "for x in (1 in S and B(1) or(range(*a))): 2 in S and B(2);pass"),
        ("with a as b, c: pass", "with (1 in S and B(1) or(a)) as b, c: 2 in S and B(2);pass"),
        ("match a, b:\n case c: d", "match (1 in S and B(1) or(a, b)):\n case c: 2 in S and B(2);d"),
        ("ö = 'ä'; b", "1 in S and B(1);ö = 'ä'; 2 in S and B(2);b"),
        ("if a and \\\n  b: c", "if (1 in S and B(1) or(a and \\\n  b)): 2 in S and B(2);c"),
        ("@d\ndef f(a=1): return a", "@d\ndef f(a=1): 1 in S and B(1,a);return a"),
        ("def f(a, b, c): d", "def f(a, b, c): 1 in S and B(1,a,b,c);d"),
        ("def f(a, b, c, d): e", "def f(a, b, c, d): 1 in S and B(1,a,b,(c,d));e"),
        (
            "'doc'\nfrom __future__ import division\na",
            "'doc'\nfrom __future__ import division\n1 in S and B(1);a",
        ),
        ("def f():\n 'doc'\n global g\n g = 1", "def f():\n 'doc'\n global g\n 1 in S and B(1);g = 1"),
        ("class A:\n 'doc'\n x = 1", "class A:\n 'doc'\n 1 in S and B(1);x = 1"),
        ("lambda: 1", "1 in S and B(1);lambda: 1"),
        ("def f(): 'doc'", "def f(): 'doc'"),
        ("", ""),
    ],
)
def test_what_it_looks_like(plain, changed):
    assert instrument(plain).source.replace(STOPS, "S").replace(STOP, "B") == changed


def test_values_can_be_set_in_watched_functions():
    source = "def f(a):\n return a\ndef g(b):\n return b\nprint(f(1), g(2))"
    made = instrument(source, watched=[2])
    first, second, last = made.checkpoints
    assert (first.settable, second.settable, last.settable) == (1, 0, 0)
    assert run(made.source, lambda number, *_: ("neu",) if number == first.number else None)[0] == "neu 2\n"


def test_names_that_may_be_unbound_are_told_in_watched_functions():
    source = "def f(a):\n if a: b = 1\n c = 2\n return c"
    assert [point.unsure for point in instrument(source).checkpoints] == [()] * 4
    assert [point.unsure for point in instrument(source, watched=[1]).checkpoints] == [
        ("b", "c"),
        ("b", "c"),
        ("b", "c"),
        ("b",),
    ]


def test_names_come_with_their_values():
    assert stopped_at("def f(a, *, k=2):\n b = a + 1\n return b\nf(1)") == [
        (4, {}),
        (2, {"a": 1, "k": 2}),
        (3, {"a": 1, "k": 2, "b": 2}),
    ]


def test_names_of_functions_around_that_stay_bound():
    source = "def f(a):\n b = 1\n def g(c):\n  return a + c\n return g(5)\nf(2)"
    assert stopped_at(source)[-1] == (4, {"c": 5, "a": 2})


@each(
    "source",
    [
        "import micropython\n@micropython.native\ndef f():\n x = 1\n",
        "import micropython\n@micropython.viper\ndef f():\n x = 1\n",
        "import rp2\n@rp2.asm_pio(set_init=1)\ndef f():\n x = 1\n",
        "import micropython\n@micropython.asm_thumb\ndef f():\n x = 1\n",
    ],
)
def test_functions_that_are_compiled_in_another_way_are_left_alone_and_named(source):
    made = instrument(source)
    assert len(made.checkpoints) == 1
    assert [(each.name, each.line) for each in made.left_alone] == [("f", 3)]
    assert "cannot be stopped" in made.left_alone[0].why
    assert made.source.splitlines()[1:] == source.splitlines()[1:]


@each("source", ["x = = 1", "x = '\0'", "a = 1\rb = 2", "x\f= 1", "#" * (LONGEST_SOURCE + 1), "(" * 500])
def test_what_cannot_be_parsed_is_left_alone_as_a_whole(source):
    made = instrument(source)
    assert made.source == source
    assert made.checkpoints == ()
    assert [(each.name, each.line) for each in made.left_alone] == [("", 1)]


def test_the_reason_names_the_line():
    assert instrument("x = 1\nx = = 1").left_alone[0].why.endswith("invalid syntax in line 2")


def test_lines_may_end_in_cr_lf():
    made = instrument("a = 1\r\nif a:\r\n b = 2\r\n")
    assert [line[-1:] for line in made.source.split("\n")] == ["\r", "\r", "\r", ""]
    assert len(made.checkpoints) == 3


def test_numbers_follow_one_another_from_the_first():
    assert [point.number for point in instrument("a;b\nc", first=70).checkpoints] == [70, 71, 72]


def test_long_lists_of_names_are_cut():
    source = f"def f({','.join(f'x{number}' for number in range(99))}):\n pass"
    assert len(instrument(source).checkpoints[0].names) == MOST_NAMES


def test_names_that_python_spells_in_another_way_are_left_out():
    source = "def f(\N{MICRO SIGN}, ö):\n return 1"
    assert instrument(source).checkpoints[0].names == ("ö",)


def test_constants_of_the_boards_compiler_are_left_out():
    source = "from micropython import const\nX = const(1)\ndef f(X, y):\n return X"
    assert instrument(source).checkpoints[-1].names == ("y",)


def test_conditions_that_the_boards_compiler_knows_stay_as_they_are():
    source = "from micropython import const\nX = const(0)\nif X: a\nelif X == 1 and b: c\nelif b: d"
    conditions = instrument(source).source.splitlines()[2:]
    assert [line.partition(":")[0] for line in conditions[:2]] == ["if X", "elif X == 1 and b"]
    assert STOPS in conditions[2].partition(":")[0]


@each(
    "name, kind, source",
    [
        ("", "module", "x"),
        ("f", "function", "def f(): x"),
        ("A", "class", "class A: x"),
        ("A.m", "function", "class A:\n def m(self): x"),
        ("f.<locals>.g", "function", "def f():\n def g(): x"),
    ],
)
def test_scopes_have_the_names_that_python_gives_them(name, kind, source):
    scope = instrument(source).checkpoints[-1].scope
    assert (scope.name, scope.kind) == (name, kind)


@each(
    "body, last",
    [
        ("return x", True),
        ("return", True),
        ("x = y = 1", True),
        ("pass", True),
        ("return x, [1]", True),
        ("for i in x: return i", True),
        ("return x()", False),
        ("return x + 1", False),
        ("return f'{x}'", False),
        ("x()", False),
        ("for i in x: y = i", False),
        ("with x: return 1", False),
        ("try: return 1\n finally: y()", False),
    ],
)
def test_where_a_function_ends_without_a_call(body, last):
    points = instrument(f"def f(x):\n {body}").checkpoints
    assert any(point.is_last for point in points) is last
    assert not points[0].is_last or len(points) == 1


def test_what_is_made_can_be_parsed_again():
    ast.parse(instrument(program(3), watched=range(500)).source)
