"""What is read from reprs: exact but for floats, which are asked for; harm is noticed."""

import builtins
import contextlib
import struct
from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.values import reprs
from iot_kernel.values.decoding import decode
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.reprs import PACK, Repr
from iot_kernel.values.statements import BUILTINS
from iot_kernel.values.wire_format import DEEPEST
from tests.each import each
from tests.values.strategies import same, values

Point = namedtuple("Point", "x y")


def read(text, value=None):
    """Reads a repr; Python answers what a board is asked."""
    found = Repr(text, "v")
    variables = {"v": value, PACK: struct.pack, BUILTINS: builtins}
    return decode(found.data([eval(wanted.expression, variables) for wanted in found.wanted]), "v")


@given(values(rare=False))
def test_everything(value):
    assert same(value, read(repr(value), value))


@each(
    ("text", "value"),
    [
        ("None", None),
        ("[1,2]", [1, 2]),
        ("( 1 , )", (1,)),
        ("()", ()),
        ("set()", set()),
        ("frozenset()", frozenset()),
        ("frozenset({1, (2, 3)})", frozenset({1, (2, 3)})),
        ("{}", {}),
        ("{'a': {1: 2}}", {"a": {1: 2}}),
        (r"'\xe9\n\'\"'", "é\n'\""),
        ('"it\'s"', "it's"),
        (r"b'\x00\xff'", b"\0\xff"),
        ("bytearray(b'a')", bytearray(b"a")),
        ("Point(x=1, y=(2,))", (1, (2,))),
    ],
)
def test_texts(text, value):
    assert same(value, read(text))


def test_ordered_dictionaries():
    value = read("[OrderedDict({'b': 1, 'a': OrderedDict()})]")
    assert [type(value[0]).__name__, *value[0]] == ["OrderedDict", "b", "a"]


@each(
    "value",
    [
        0.1,
        float("nan"),
        -float("inf"),
        1e100,
        -1e-5,
        1j,
        complex(0.5, float("inf")),
        [1, [0.5]],
        {"a": 0.5, 2: 0.25, None: [0.125], (1,): 0.75},
        {0.5: 1},
        {0.5, 0.25},
        frozenset({0.1}),
        Point(0.5, [0.1]),
    ],
)
def test_floats_are_asked_for(value):
    assert Repr(repr(value), "v").wanted
    assert same(tuple(value) if isinstance(value, Point) else value, read(repr(value), value))


@pytest.mark.parametrize(
    ("text", "code", "numbers"),
    [
        ("array('H', [1, 65535])", "u2", [1, 65535]),
        ("array('b')", "i1", []),
        ("array('l', [-1])", "i4", [-1]),
    ],
)
def test_arrays(text, code, numbers):
    value = read(text)
    assert (value.dtype, value.tolist()) == (code, numbers)


def test_arrays_of_floats_are_asked_for():
    (wanted,) = Repr("[array('f', [0.1, 1e-05])]", "v").wanted
    assert wanted.expression.endswith("(v[0])")


@each(
    ("text", "message"),
    [
        ("<function f at 0x20>", "v: a function object"),
        ("[1, <A object at 20001c10>]", "v[1]: an A object"),
        ("{'a': (<class 'int'>,)}", "v['a'][0]: a type object"),
        ("{<A object at 2>: 1}", "an item of v: an A object"),
        ("{1: 2, <A object at 2>: 1}", "a key of v: an A object"),
        ("range(0, 3)", "v: a range object"),
        ("[Image('09090:')]", "v[0]: an Image object"),
        ("array('O', [])", "v: an array of type 'O'"),
        ("<iterator>", "v: an iterator object"),
        ("[" * (DEEPEST + 1), "levels deep"),
    ],
)
def test_what_cannot_be_moved_is_named(text, message):
    with pytest.raises(UnmovableValueError) as caught:
        Repr(text, "v")
    assert message in str(caught.value)


@each(
    "text",
    [
        "",
        "[1",
        "[1}",
        "1 2",
        "x",
        "'a",
        "b'é'",
        "{1: }",
        "(1, 2]",
        "array('b', [300])",
        "0x5",
        "1.2.3",
        "--1",
    ],
)
def test_nonsense(text):
    with pytest.raises(RemoteProtocolError):
        Repr(text, "v")


@given(
    st.text("[](){}<>'\"\\,: abrxyf0159.e+-nj=") | values().map(repr), st.integers(0, 50), st.text(max_size=5)
)
def test_anything_is_a_value_or_an_error(text, at, harm):
    with contextlib.suppress(RemoteProtocolError, UnmovableValueError):
        Repr(text[:at] + harm + text[at:], "v")


def test_expressions_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(reprs, "LONGEST_WANTED", 1000)
    Repr(f"[{'1.5,' * 20}]", "v")
    with pytest.raises(UnmovableValueError, match=r"^v\[\d+\]: too many numbers inside"):
        Repr(f"[{'1.5,' * 200}]", "v")
