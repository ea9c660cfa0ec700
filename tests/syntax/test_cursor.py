"""What is being typed; the cursor stands at the bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.cursor import Typed, TypedKind, typed_at, word_at


def typed(text):
    before, _, after = text.partition("|")
    return typed_at(before + after, len(before))


def word(text):
    before, _, after = text.partition("|")
    return word_at(before + after, len(before))


@pytest.mark.parametrize(
    ("text", "kind", "chain", "prefix"),
    [
        ("|", TypedKind.NAME, (), ""),
        ("mach|", TypedKind.NAME, (), "mach"),
        ("x = 1\nma|ch\n", TypedKind.NAME, (), "ma"),
        ("machine.|", TypedKind.ATTRIBUTE, ("machine",), ""),
        ("machine.Pin.I|", TypedKind.ATTRIBUTE, ("machine", "Pin"), "I"),
        ("a . b . c|", TypedKind.ATTRIBUTE, ("a", "b"), "c"),
        ("print(a.b|)", TypedKind.ATTRIBUTE, ("a",), "b"),
        ("f(1, machine.Pin.O|", TypedKind.ATTRIBUTE, ("machine", "Pin"), "O"),
        ("if x.y|", TypedKind.ATTRIBUTE, ("x",), "y"),
        ("-x.y|", TypedKind.ATTRIBUTE, ("x",), "y"),
        ("[a, b.|", TypedKind.ATTRIBUTE, ("b",), ""),
        ("größe.län|", TypedKind.ATTRIBUTE, ("größe",), "län"),
        ("    self.na|", TypedKind.ATTRIBUTE, ("self",), "na"),
        ('f"{x.|}"', TypedKind.ATTRIBUTE, ("x",), ""),
        ("f'{a}{b.c|", TypedKind.ATTRIBUTE, ("b",), "c"),
        ('f"""\n{a.|', TypedKind.ATTRIBUTE, ("a",), ""),
        ("f(x).|", TypedKind.ATTRIBUTE, None, ""),
        ("a[0].na|", TypedKind.ATTRIBUTE, None, "na"),
        ("'text'.up|", TypedKind.ATTRIBUTE, None, "up"),
        ("import ma|", TypedKind.MODULE, (), "ma"),
        ("import os, ti|", TypedKind.MODULE, (), "ti"),
        ("import os as o, ti|", TypedKind.MODULE, (), "ti"),
        ("import lib.sen|", TypedKind.MODULE, ("lib",), "sen"),
        ("try: import ma|", TypedKind.MODULE, (), "ma"),
        ("x = 1; import ma|", TypedKind.MODULE, (), "ma"),
        ("from ma|", TypedKind.MODULE, (), "ma"),
        ("from lib.|", TypedKind.MODULE, ("lib",), ""),
        ("from machine import P|", TypedKind.IMPORTED, ("machine",), "P"),
        ("from machine import Pin, AD|", TypedKind.IMPORTED, ("machine",), "AD"),
        ("from machine import (Pin,\n    AD|", TypedKind.IMPORTED, ("machine",), "AD"),
        ("from lib.sensors import |", TypedKind.IMPORTED, ("lib", "sensors"), ""),
        ("importer.x|", TypedKind.ATTRIBUTE, ("importer",), "x"),
        ("import_x|", TypedKind.NAME, (), "import_x"),
        ('d["ke|', TypedKind.KEY, ("d",), "ke"),
        ("a.d[ '|'", TypedKind.KEY, ("a", "d"), ""),
        ("f(d['k|", TypedKind.KEY, ("d",), "k"),
        ("x = '''a'''\ny.z|", TypedKind.ATTRIBUTE, ("y",), "z"),
    ],
)
def test_it_is_known(text, kind, chain, prefix):
    found = typed(text)
    assert (found.kind, found.chain, found.prefix) == (kind, chain, prefix)
    before = text.partition("|")[0]
    assert found.start == len(before) - len(prefix)


@pytest.mark.parametrize(
    "text",
    [
        "# mach|",
        "x = 1  # y.z|",
        "'mach|'",
        '"""\nmach|\n"""',
        "f'mach|{x}'",
        "f'{x:>mach|}'",
        "b'mach|",
        "1.|",
        "1.5.|",
        "from . import |",
        "from .lib import x|",
        "from .|",
        "x = 12ab|",
        "[1, 'a|",
        "{'a': 'b|",
        "d['a\\|",
        "..|",
    ],
)
def test_nothing_is_completed_there(text):
    assert typed(text) is None


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("f(|", ("f",)),
        ("machine.Pin(2, mo|", ("machine", "Pin")),
        ("machine.Pin(2, machine.Pin.O|", ("machine", "Pin")),
        ("f(g(1), x|", ("f",)),
        ("f([x|", None),
        ("(x|", None),
        ("f(1)(x|", None),
    ],
)
def test_the_function_is_known(text, function):
    assert typed(text).function == function


@pytest.mark.parametrize(
    ("text", "kind", "chain", "prefix", "function"),
    [
        ("mach|ine", TypedKind.NAME, (), "machine", None),
        ("machine.P|in(2)", TypedKind.ATTRIBUTE, ("machine",), "Pin", None),
        ("mach|ine.Pin", TypedKind.NAME, (), "machine", None),
        ("machine.Pin(|", TypedKind.NAME, (), "", ("machine", "Pin")),
        ("machine.Pin(2, |", TypedKind.NAME, (), "", ("machine", "Pin")),
        ("import machi|ne", TypedKind.MODULE, (), "machine", None),
        ("from mach|ine import Pin", TypedKind.MODULE, (), "machine", None),
        ("from machine import P|in", TypedKind.IMPORTED, ("machine",), "Pin", None),
        ("from math import sqrt as r|oot", TypedKind.NAME, (), "root", None),
        ("from math import (sqrt as root, p|i", TypedKind.IMPORTED, ("math",), "pi", None),
        ("x = |", TypedKind.NAME, (), "", None),
    ],
)
def test_the_word(text, kind, chain, prefix, function):
    found = word(text)
    assert (found.kind, found.chain, found.prefix, found.function) == (kind, chain, prefix, function)


@pytest.mark.parametrize("text", ["'mach|ine'", "table['on|e']", "# mach|ine"])
def test_no_word(text):
    assert word(text) is None


@given(st.text(alphabet="ab.1 \n'\"#()[]{}:f\\=,import", max_size=60), st.integers(0, 60))
def test_any_text(code, cursor):
    cursor = min(cursor, len(code))
    found = typed_at(code, cursor)
    assert found is None or isinstance(found, Typed)
    if found is not None:
        assert code[found.start : cursor] == found.prefix
    word_at(code, cursor)
