"""Pieces of code: they do the same, keep their lines, and have room."""

import ast
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.code_pieces import code_pieces

STATEMENTS = (
    "x = 1",
    "a = 1; b = 2",
    "# a comment",
    "",
    "if x:\n    y = 2\nelse:\n    y = 3",
    "@str\ndef f():\n    # in it\n    return 1",
    "t = '''one\n\n  two'''",
    "l = [\n    1,\n\n    2]",
    "s = 'a' \\\n    'b'; z = 1",
)


@given(st.lists(st.sampled_from(STATEMENTS), max_size=12), st.integers(5, 200))
def test_they_have_the_same_statements(statements, limit):
    source = "\n".join(statements)
    pieces = code_pieces(source, limit)
    parts = [ast.parse(piece).body for piece in pieces]
    assert all(isinstance(part.pop(), ast.Pass) for part in parts)
    assert [ast.dump(one) for part in parts for one in part] == [
        ast.dump(one) for one in ast.parse(source).body
    ]


@given(st.lists(st.sampled_from(STATEMENTS), max_size=12))
def test_they_keep_their_lines(statements):
    source = "\n".join(statements)
    found = [(each.lineno, each.end_lineno) for each in ast.parse(source).body]
    parts = [ast.parse(piece).body[:-1] for piece in code_pieces(source, 80)]
    assert [(each.lineno, each.end_lineno) for part in parts for each in part] == found


def test_lines_are_kept_where_there_is_room():
    source = "pass\n" * 60 + "1 / 0"
    *_, last = code_pieces(source, 200)
    with pytest.raises(ZeroDivisionError) as caught:
        exec(last, {})
    assert traceback.extract_tb(caught.tb)[-1].lineno == 61
    *_, last = code_pieces(source, 100)
    assert last.startswith("pass\n")


@given(st.integers(20, 60), st.integers(1, 100))
def test_they_have_room(limit, count):
    pieces = code_pieces("x = 1\n" * count, limit)
    assert all(len(piece) <= limit + len("pass\n") + 1 for piece in pieces)


@pytest.mark.parametrize("source", ["a b", "x = (", "\x00"])
def test_what_cannot_be_parsed_stays_whole(source):
    assert code_pieces(source, 10) == [source]
