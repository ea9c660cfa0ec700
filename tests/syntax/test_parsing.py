"""Code as a tree: without warnings, and without errors where none is wanted."""

import ast
import sys
import threading
import warnings

import pytest

from iot_kernel.syntax.parsing import UNREADABLE, is_expression, parse, parsed
from tests.each import each

DEADLINE = 20.0

#: What this computer's Python does not read.
WRONG = ("x = ", "\0", "(" * 10_000, "a" + ".a" * 100_000)


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


@pytest.fixture
def many_switches():
    """Has threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("many_switches")
def test_threads_that_parse_at_the_same_time_leave_warnings_as_they_were():
    together = threading.Barrier(4)

    def parse_often():
        together.wait(DEADLINE)
        for _ in range(200):
            parsed("'\\d'")

    with warnings.catch_warnings(record=True) as seen:
        before = list(warnings.filters)
        threads = [threading.Thread(target=parse_often) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert not seen
        assert warnings.filters == before
