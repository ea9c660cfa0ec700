"""Which statements may lead to other code with checkpoints; which may not costs a user hardly anything."""

import ast
import random
import sys

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging.instrumentation.calls import (
    CALL,
    OPERATION,
    callables,
    called,
    called_around,
    is_plain,
    reaching,
)
from iot_kernel.debugging.instrumentation.instrument import instrument
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from tests.debugging.instrumentation.programs import FEWER, program
from tests.debugging.instrumentation.test_instrument import run
from tests.each import each

DOUBLE = "def double(x):\n    return 2 * x\n"
MOTOR = "class Motor:\n    def __init__(self): self.speed = 0\n    def start(self): self.speed = 1\n"


def kept_lines(*texts):
    """The lines of the last text that may lead to code of all of them."""
    made = [instrument(text) for text in texts]
    names = reaching(each.callables for each in made)
    return [point.line for point in made[-1].checkpoints if point.calls & names]


@each(
    "statement, lines",
    [
        ("double(3)", [1]),
        ("y = [double(z) for z in q]", [1]),
        ("print(double(double(1)))", [1]),
        ("x = 1\nx += 2\nprint(x)\nq[x].y = len(q)", []),
        ("for i in range(9):\n  x = i\n  x + 1", []),
        ("for i in range(double(9)):\n  x = i", [1, 2]),
        ("for i in double(9):\n  x = i", [1, 2]),
        ("with double(9):\n  x = 1\n  y = 2\nz = 3", [1, 2, 3]),
        ("while double(x):\n  x = 1", [1]),
        ("if double(x): x = 1", [1]),
        ("import m\nfrom n import o", [1, 2]),
        ("return_ = lambda: double(1)\nreturn_()\nx = 1", [1, 2]),
        ("each = [double]\neach[0](3)\nx = 1 + x", [2]),
        ("sorted(q, key=double)\nlen(q)", [1, 2]),
        ("def f():\n  x = 1\n  double(x)\n  x = 2\nf()", [3, 5]),
    ],
)
def test_functions(statement, lines):
    assert kept_lines(DOUBLE, statement) == lines


@each(
    "text, statement, lines",
    [
        (MOTOR, "m = Motor()\nm.start()\nm.speed = 2\nm.x()\nisinstance(m, Motor)", [1, 2]),
        (MOTOR, "class Fast(Motor): pass\nf = Fast()\ntry: x = 1\nexcept Motor: pass", [2]),
        (MOTOR, "Timer(callback=m.start)\nlen(m)\nm.speed = 2", [1, 2]),
        ("class A:\n  def __add__(self, o): pass", "a + a\nb = a\nprint(a)\nif a: pass", [1, 3, 4]),
        ("class A:\n  @property\n  def p(self): pass", "a.q\nb = a", [1]),
        ("def g():\n  yield 1", "a = q\nnext(a)\nfor x in a:\n  y = x\nb, c = a\nd = b + c", [2, 3, 4, 5]),
        ("async def g(): pass", "async def h():\n  await a\n  x = 1\n  async with a: b = 1", [2, 4, 4]),
        ("@wrap\ndef f(): pass", "g()\nx = 1", [1]),
        ("class A:\n  @staticmethod\n  def s(): pass", "g()\nA.s()", [2]),
    ],
)
def test_classes_and_what_is_called_without_its_name(text, statement, lines):
    assert kept_lines(text, statement) == lines


def test_without_functions_nothing_is_kept():
    assert kept_lines("x = 1\nprint(x)\nfor i in q: x += i") == []


def test_what_is_before_a_definition_that_runs_code_is_kept():
    assert kept_lines("x = 1\ny = 2\nclass A: z = 3\nb = 4\n@c\ndef d(): pass") == [2, 4]


#: Statements that call a function, and some that do not.
CALLS = (
    "x = {f}(x)",
    "x = len(str({f}(1))) + {f}(2)",
    "if {f}(x): x = 1",
    "for i in range({f}(2) % 2 + 1): x = i",
    "for i in range(2):\n  x = {f}(i)\n  x = i",
    "while x > {f}(0) + 3: x -= 1",
    "y = [{f}(i) for i in range(2)]",
    "try: {f}(x)\n finally: x = 2",
    "x = C().{f}(x)",
    "print(x)",
    "x = 1; y = x + 2",
    "assert x < 9 or {f}",
)


def calling_program(seed):
    """Functions and methods that call one another by their names, and nothing else."""
    chosen = random.Random(seed)
    parts = ["class C:", " def f5(self, x): return x", "def f4(x): return 1"]
    for index in (3, 2, 1, 0):
        later = [f"f{number}" for number in range(index + 1, 5)]
        body = [
            part.replace("C().{f}", "C().f5").replace("{f}", chosen.choice(later))
            for part in chosen.sample(CALLS, 4)
        ]
        parts += [f"def f{index}(x):", *(f" {line}" for line in body), " return 1"]
    return "\n".join([*parts, "x = 2; f0(x); f1(1)"]) + "\n"


@FEWER
@given(st.integers(0, 1 << 40))
def test_the_callers_of_whatever_stops_are_kept(seed):
    assert_callers_are_kept(program(seed, has_match=True))
    assert_callers_are_kept(calling_program(seed))


def assert_callers_are_kept(source):
    table = CheckpointTable()
    made = table.add("cell", source)
    kept = table.kept(loops=False)
    definitions = set(definition_lines(source))  # no checkpoint can stand in front of what calls there
    passed, stack = {}, []

    def stop(number, *_):
        """As a board does, for this checkpoint as if it stopped; and who has called it in truth."""
        frames = list(callers(sys._getframe(1)))
        passed[id(frames[0])] = frames[0], number
        truth = {
            passed[id(frame)][1]
            for frame in frames[1:]
            if id(frame) in passed and passed[id(frame)][0] is frame and frame.f_lineno not in definitions
        }
        while stack and stack[-1][0] >= len(frames):
            stack.pop()
        assert truth <= {each for _, each in stack}
        if number in kept:
            stack.append((len(frames), number))

    run(made.source, stop)


def definition_lines(source):
    for node in ast.walk(ast.parse(source)):
        decorators = getattr(node, "decorator_list", [])
        if isinstance(node, ast.ClassDef) or decorators:
            yield from (node.lineno, *(decorator.lineno for decorator in decorators))


def callers(frame):
    while frame is not None:
        yield frame
        frame = frame.f_back


def test_the_first_checkpoints_of_loops_are_marked():
    source = (
        "while True:\n  x = 1\n  y = 2\nfor i in q:\n  if x:\n    y = 1\n  for j in q: z = 1\nelse:\n  x = 3"
    )
    marked = [point.line for point in instrument(source).checkpoints if point.begins_loop]
    assert marked == [2, 5, 7]


def test_what_is_said_of_nodes():
    plain, sums, calls, loop = ast.parse("x = y, 1\nx = y + 1\na.b(c())\nfor x in range(3): pass").body
    assert is_plain(plain)
    assert not is_plain(sums)
    assert [called(plain), called(sums)] == [set(), {OPERATION}]
    assert called(calls) == {"b", "c", CALL, OPERATION}
    assert called_around(loop) == set()
    assert callables(ast.parse("def f(): return g(h)")).names == {"f"}
    assert callables(ast.parse("def f(): return g(h)")).passed == {"h"}
