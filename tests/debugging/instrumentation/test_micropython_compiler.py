"""What MicroPython compiles in its own way; that it does is shown by programs that run on boards."""

import ast

from iot_kernel.debugging.instrumentation.micropython_compiler import (
    compiler_of,
    constant_names,
    head_of_loop,
    is_folded,
    names_on_board,
    renamed_names,
)
from tests.each import each


def expression(text):
    return ast.parse(text, mode="eval").body


@each(
    "text, known",
    [
        ("1", True),
        ("not 1", True),
        ("X == 1 + 2", True),
        ("(1, 'a')", True),
        ("__debug__", True),
        ("0 and a", True),
        ("a and 0", False),
        ("a", False),
        ("f()", False),
        ("[]", False),
    ],
)
def test_conditions_that_it_may_know(text, known):
    assert is_folded(expression(text), {"X"}) is known


@each(
    "text, name",
    [
        ("micropython.native", "micropython.native"),
        ("viper", "viper"),
        ("rp2.asm_pio(a=1)", "rp2.asm_pio"),
        ("asm_thumb", "asm_thumb"),
        ("property", None),
        ("f(1)(2)", None),
    ],
)
def test_decorators_of_other_compilers(text, name):
    assert compiler_of(expression(text)) == name


@each(
    "text, head",
    [
        ("range(a)", "a"),
        ("range(a, b, c)", "a"),
        ("range(*a)", "range(*a)"),
        ("range()", "range()"),
        ("x.range(a)", "x.range(a)"),
        ("a, b", "(a, b)"),
    ],
)
def test_loops_that_count_by_themselves(text, head):
    loop = ast.parse(f"for i in {text}: pass").body[0]
    assert ast.unparse(head_of_loop(loop)) == head


def test_names_that_mean_something_else():
    assert constant_names(ast.parse("a = const(1)\nb = 2\nc.d = const(3)")) == {"a"}
    assert renamed_names("\N{MICRO SIGN} = ö = a") == {"\N{GREEK SMALL LETTER MU}"}


@each(
    "body, names",
    [
        ("if 0: x = 1", ["a"]),
        ("if 1: x = 1\n else: y = 2", ["a", "x"]),
        ("if 0: x = 1\n elif a: y = 2", ["a", "y"]),
        ("if 0: x = a = 1\n x = 2", ["a", "x"]),
        ("while 0: x = 1\n else: y = 2", ["a", "y"]),
        ("while True: x = 1", ["a", "x"]),
        ("if a:\n  while 1:\n   if 0: x = 1", ["a"]),
    ],
)
def test_names_that_get_values_only_in_code_that_is_left_out_are_not_local(body, names):
    (function,) = ast.parse(f"def f(a):\n {body}").body
    assert names_on_board(function) == names
