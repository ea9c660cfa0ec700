"""How log messages become expressions."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging.expressions import log_expression
from tests.each import each


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
