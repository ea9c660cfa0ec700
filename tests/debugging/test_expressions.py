"""What counts as an expression, and how log messages become one."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging.expressions import is_expression, log_expression
from tests.each import each


@each(
    "text, is_one",
    [("x + 1", True), (" x ", True), ("x = 1", False), ("", False), ("\0", False), ("(" * 9999, False)],
)
def test_expressions(text, is_one):
    assert is_expression(text) is is_one


@each(
    "message, expression",
    [
        ("", ""),
        ("x is {x}", "('x is ',(x),)"),
        ("{{x}}", "('{','x','}',)"),
        ("{x y}", "('{x y}',)"),
        ("ö", "('\\xf6',)"),
    ],
)
def test_log_messages(message, expression):
    assert log_expression(message) == expression


@given(st.text())
def test_any_message_gives_an_expression(message):
    expression = log_expression(message)
    assert not expression or isinstance(ast.parse(expression, mode="eval").body, ast.Tuple)
