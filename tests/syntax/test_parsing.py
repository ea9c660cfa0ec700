"""Code as a tree: without warnings, and without errors where none is wanted."""

import ast
import warnings

import pytest

from iot_kernel.syntax.parsing import UNREADABLE, is_expression, parse, parsed
from tests.each import each

#: What this computer's Python does not read.
WRONG = ("x = ", "\0", "(" * 10_000, "a" + ".a" * 1_000_000)


def test_a_tree():
    assert ast.unparse(parsed("x = 1")) == ast.unparse(parse("x = 1")) == "x = 1"


@pytest.mark.parametrize("code", WRONG, ids=range(len(WRONG)))
def test_code_that_cannot_be_read(code):
    assert parsed(code) is None
    with pytest.raises(UNREADABLE):
        parse(code)


def test_what_python_warns_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parsed("'\\d'") is not None
        assert is_expression("'\\d' is 1")


@each(
    "text, is_one",
    [("x + 1", True), (" x ", True), ("x = 1", False), ("", False), ("\0", False), ("(" * 9999, False)],
)
def test_expressions(text, is_one):
    assert is_expression(text) is is_one
