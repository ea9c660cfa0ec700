"""Which magic is being typed."""

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.magic_cursor import magic_at
from tests.each import each


def at(text):
    """What is typed at the bar."""
    before, _, behind = text.partition("|")
    return magic_at(before + behind, len(before))


@each(
    ("text", "title", "typed", "arguments"),
    [
        ("%|", "%", "%", None),
        ("%%|", "%%", "%%", None),
        ("%con|nect a", "%connect", "%con", None),
        ("%connect|", "%connect", "%connect", None),
        ("%connect?|", "%connect", "%connect?", None),
        ("%connect |", "%connect", "%connect ", " "),
        ("% connect a|b", "%connect", "% connect a", " a"),
        ("%info;|", "%info", "%info;", ";"),
        ("%%connect a|", "%%connect", "%%connect a", " a"),
        ("x = 1\n%cp a|", "%cp", "%cp a", " a"),
        ("%cp a\n%cp b|", "%cp", "%cp b", " b"),
        ("%cp a \\\n b|", "%cp", "%cp a \\\n b", " a    b"),
        ("%cp a \\\n|", "%cp", "%cp a \\\n", " a   "),
        ("!ls da|", "!", "!ls da", "ls da"),
        ("!!ls|", "!", "!!ls", "ls"),
        ("!|", "!", "!", ""),
        ("  %con|\n  x", "%con", "%con", None),
        ("  x\n  %cp a|", "%cp", "%cp a", " a"),
        ("x\r\n%cp ü|", "%cp", "%cp ü", " ü"),
    ],
)
def test_what_is_typed(text, title, typed, arguments):
    found = at(text)
    assert (found.title, found.typed, found.arguments) == (title, typed, arguments)


@each(
    "text",
    [
        "|",
        "con|",
        "x %con|",
        "x = 5 %|",
        "if x:\n  %con|",
        "'''\n%con|",
        "(\n%con|",
        "%cp a\n|",
        "%cp a\\\\\n|",
        "%%%|",
    ],
)
def test_no_magic(text):
    assert at(text) is None


@each(
    ("text", "starts_cell", "around"),
    [
        ("%con|", True, None),
        ("\n%%con|", True, None),
        ("x\n%con|", False, None),
        ("%%bash -x\n%con|", False, "bash"),
        ("\n%%connect a\n%con|", False, "connect"),
        ("%info\n%con|", False, None),
    ],
)
def test_where_it_stands(text, starts_cell, around):
    found = at(text)
    assert (found.starts_cell, found.around) == (starts_cell, around)


@each(("text", "behind"), [("%cat 'a|'", "'"), ("%cat a|", ""), ("%cat a|\nx", ""), ("%cat a| b", " ")])
def test_what_stands_behind(text, behind):
    assert at(text).behind == behind


@given(st.text("%!a \\\n'\"(#", max_size=30), st.integers(0, 30))
def test_whatever_is_typed(code, cursor):
    found = magic_at(code, min(cursor, len(code)))
    if found is not None:
        assert code[: min(cursor, len(code))].endswith(found.typed)
        assert found.arguments is None or len(found.arguments) <= len(found.typed)
