"""Names that are bound for certain: everything else is left out, as reading it might raise."""

import ast

from iot_kernel.debugging.instrumentation.bindings import states
from iot_kernel.debugging.instrumentation.names import local_names
from tests.each import each


def function(source):
    return ast.parse(source).body[0]


def bound_at_the_mark(source):
    """The names that are bound in front of the statement ``mark``."""
    node = function(source)
    before = states(node, local_names(node))
    (mark,) = [each for each in before if isinstance(each, ast.Expr) and ast.unparse(each) == "mark"]
    return set(before[mark])


@each(
    "body, bound",
    [
        ("x = 1; mark", {"a", "x"}),
        ("mark; x = 1", {"a"}),
        ("x = y = (z, *w) = 1, 2; mark", {"a", "x", "y", "z", "w"}),
        ("x: int\n mark\n x = 1", {"a"}),
        ("x: int = 1\n mark", {"a", "x"}),
        ("del a; mark", set()),
        ("import x.y, z as w; mark", {"a", "x", "w"}),
        ("from x import y; mark", {"a", "y"}),
        ("def x(): pass\n mark", {"a", "x"}),
        ("class x: y = 1\n mark", {"a", "x"}),
        ("(x := 1); mark", {"a", "x"}),
        ("a and (x := 1); mark", {"a"}),
        ("[(x := i) for i in a]; mark", {"a"}),
        ("global x; x = 1; mark", {"a"}),
        ("if a: x = 1\n mark", {"a"}),
        ("if a: x = 1\n else: x = 2\n mark", {"a", "x"}),
        ("if a: return\n else: x = 2\n mark", {"a", "x"}),
        ("if (x := a): mark", {"a", "x"}),
        ("if a or (x := a): mark", {"a"}),
        ("while a: x = 1\n mark", {"a"}),
        ("while a: mark; x = 1", {"a"}),
        ("while a: mark; del a", set()),
        ("while True:\n  x = 1\n  if a: break\n mark", {"a", "x"}),
        ("while True:\n  if a: break\n  x = 1\n mark", {"a"}),
        ("while a:\n  if a: break\n else: x = 1\n mark", {"a"}),
        ("for x in a: mark", {"a", "x"}),
        ("for x in a: pass\n mark", {"a"}),
        ("for x in a: break\n else: x = 1\n mark", {"a", "x"}),
        ("for x in a: mark; del a", {"x"}),
        ("try: x = 1\n except E: pass\n mark", {"a"}),
        ("try: x = 1\n except E: return\n mark", {"a", "x"}),
        ("try: x = 1\n except E: x = 2\n mark", {"a", "x"}),
        ("try: x = 1\n except E as e: mark", {"a", "e"}),
        ("try: pass\n except E as a: pass\n mark", set()),
        ("try: x = 1\n finally: mark", {"a"}),
        ("try: x = 1\n finally: y = 1\n mark", {"a", "x", "y"}),
        ("try: del a\n except E: mark", set()),
        ("try: x = 1\n except E: pass\n else: mark", {"a", "x"}),
        ("while True:\n  try: break\n  finally: del a\n mark", set()),
        ("while True:\n  try: b\n  except E as a: break\n mark", set()),
        ("with a as x: mark", {"a", "x"}),
        ("with a as x: y = 1\n mark", {"a"}),
        ("with a: del a\n mark", set()),
        ("match a:\n  case [x, *y]: mark", {"a", "x", "y"}),
        ("match a:\n  case {'k': x, **y}: pass\n mark", {"a"}),
        ("def g():\n  nonlocal a\n  del a\n mark", {"g"}),
        ("mark\n def g():\n  nonlocal a\n  del a", set()),
    ],
)
def test_bound_for_certain(body, bound):
    assert bound_at_the_mark(f"def f(a):\n {body}") == bound
