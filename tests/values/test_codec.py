"""Values to bytes and back: what boards have arrives as it is, what they lack is named, harm is noticed."""

import socket
import sys
from array import array
from collections import Counter, OrderedDict, defaultdict, namedtuple
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.values import decoding
from iot_kernel.values.decoding import decode, place_of
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.wire_format import DEEPEST
from tests.each import each
from tests.values.strategies import same, values

TEXT = "u" if sys.version_info < (3, 13) else "w"


def there_and_back(value):
    return decode(encode(value, "v").data, "v")


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


def holding_itself():
    value = [1]
    value.append({"me": value})
    return value


Point = namedtuple("Point", "x y")


class Colour(IntEnum):
    RED = 5


class TestThereAndBack:
    @given(values(st.floats()))
    def test_everything(self, value):
        assert same(value, there_and_back(value))

    @each(
        ("value", "data"),
        [
            (None, b"n;"),
            (True, b"v1;"),
            (-255, b"i-ff;"),
            (0.5, b"f8;\0\0\0\0\0\0\xe0?"),
            ("é", b"s2;\xc3\xa9"),
            ([1, (b"a", {})], b"l2;i1;t2;b1;ad0;"),
            ({"a": {1}}, b"d1;s1;ae1;i1;"),
            (OrderedDict(a=1), b"o1;s1;ai1;"),
            (array("H", [1, 2]), b"aH24;\1\0\2\0"),
        ],
    )
    def test_the_form(self, value, data):
        assert encode(value, "v").data == data

    @each(
        ("value", "becomes"),
        [
            (Point(1, 2), (1, 2)),
            (defaultdict(list, a=[1]), {"a": [1]}),
            (Counter("ab"), {"a": 1, "b": 1}),
            (Colour.RED, 5),
            (np.float32(0.5), 0.5),
            (np.float64(0.1), 0.1),
            (np.int16(-3), -3),
            (np.bool_(1), True),
            (np.str_("a"), "a"),
            (np.complex64(1j), 1j),
            ([np.int64(1)], [1]),
            (np.array(7), 7),
        ],
    )
    def test_relatives_become_what_boards_have(self, value, becomes):
        assert same(becomes, there_and_back(value))

    def test_dictionaries_keep_their_order(self):
        assert [*there_and_back({"b": 1, "a": 2, 3: 4})] == ["b", "a", 3]

    def test_integers_of_any_size(self):
        assert there_and_back(1 << 1_000_000) == 1 << 1_000_000

    def test_as_deep_as_it_may_be(self):
        assert there_and_back(nested(DEEPEST)) == nested(DEEPEST)


@each(
    ("value", "message"),
    [
        ({"a": [1, 2, 3, socket]}, "data['a'][3]: a module object cannot be moved to the board"),
        ({(1, 2): {"b": Fraction(1, 2)}}, "data[(1, 2)]['b']: a Fraction object cannot be moved"),
        ({Fraction(1): 1}, "a key of data: a Fraction object cannot be moved"),
        ([{1, Fraction(1, 3)}], "an item of data[0]: a Fraction object cannot be moved"),
        (print, "data: a builtin_function_or_method object cannot be moved"),
        (range(3), "data: a range object cannot be moved"),
        (["ok", "\ud800"], "data[1]: a text with half of a surrogate pair cannot be moved"),
        (array(TEXT, "ab"), f"data: an array of type '{TEXT}' cannot be moved"),
        (holding_itself(), "data[1]['me']"),
        (
            nested(DEEPEST + 1),
            f"values more than {DEEPEST} levels deep, or inside of themselves, cannot be moved",
        ),
        (np.array(["a"]), "data: a numpy array of str32 cannot be moved"),
        (np.array([object()]), "data: a numpy array of object cannot be moved"),
        ([np.datetime64("2020")], "data[0]: a date object cannot be moved"),
        (np.ma.masked_array([1, 2], [0, 1]), "data: a MaskedArray object cannot be moved"),
        ({"x": np.longdouble(1)}, "data['x']: a longdouble object cannot be moved"),
    ],
)
def test_what_cannot_be_moved_is_named(value, message):
    with pytest.raises(UnmovableValueError) as caught:
        encode(value, "data")
    assert message in str(caught.value)


@each(
    ("data", "message"),
    [
        (b"x6;socket", "data: a socket object cannot be moved to the host"),
        (b"l2;i1;d1;s1;al4;i1;i2;i3;x8;function", "data[1]['a'][3]: a function object cannot be moved"),
        (b"t1;e2;i1;x1;A", "an item of data[0]: an A object cannot be moved"),
        (b"d1;x1;A", "a key of data: an A object cannot be moved"),
        (b"l1;x4;dict", "levels deep, or inside of themselves"),
        (b"x0;", "data: a nameless object"),
        (b"x3;\x1b[m", "data: a ?[m object"),
        (b"l1;s2;a\xff", "data[0]: a text that is not in UTF-8 cannot be moved to the host"),
    ],
)
def test_what_a_board_cannot_move_is_named(data, message):
    with pytest.raises(UnmovableValueError) as caught:
        decode(data, "data")
    assert message in str(caught.value)


class TestHarm:
    @each(
        "data",
        [
            b"",
            b"n",
            b"n;n;",
            b"?;",
            b"w1;",
            b"i;;",
            b"s5;abc",
            b"s-1;",
            b"sffffffffffffffffffff;",
            b"l2;n;",
            b"l-1;",
            b"lffffffffff;n;",
            b"f4;abcd",
            b"c8;abcdefgh",
            b"a4;abcd",
            b"aw44;abcd",
            b"aH44;abcd",
            b"aH23;abc",
            b"e1;l;",
            b"d1;y0;n;",
            b"z1;aB10;",
            b"u2;n;n;",
            b"u3;s5;uint8t1;i2;y3;abc",
            b"u3;s5;uint8t1;i-1;y0;",
            b"u3;s5;uint8l1;i1;y1;a",
            b"u3;s3;strt1;i1;y1;a",
            b"u3;s5;floatt1;i1;y2;ab",
            b"u3;s5;uint8t2;iffffffff;iffffffff;y0;",
            b"l;" * 1000,
            b"l1;" * 1000 + b"n;",
        ],
    )
    def test_nonsense(self, data):
        with pytest.raises(RemoteProtocolError, match="reading a value"):
            decode(data, "x")

    @given(values(), st.data())
    def test_any_change_is_another_value_or_an_error(self, value, data):
        good = bytearray(encode(value, "x").data)
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, min(len(good), start + 10)))
        good[start:end] = data.draw(
            st.binary(max_size=10) | st.sampled_from([b"", b"l2;", b"u3;", b"ffffff;"])
        )
        check(bytes(good))

    @given(st.binary() | st.lists(st.sampled_from("letzdousbyfcaxniv0123456789abcdef;-H")).map("".join))
    def test_anything_is_a_value_or_an_error(self, data):
        check(data.encode() if isinstance(data, str) else data)


def check(data):
    try:
        decode(data, "x")
    except (RemoteProtocolError, UnmovableValueError) as error:
        assert len(str(error)) < 1000


def test_where_a_head_stands():
    value = [1, {"a": (2j, frozenset())}, array("q")]
    data = encode(value, "v").data
    places = [place_of(number, data, "v") for number in range(9)]
    assert places == [
        ("v", "l"),
        ("v[0]", "i"),
        ("v[1]", "d"),
        ("a key of v[1]", "s"),
        ("v[1]['a']", "t"),
        ("v[1]['a'][0]", "c"),
        ("v[1]['a'][1]", "z"),
        ("v[2]", "a"),
        ("v", ""),
    ]


def test_many_small_values_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(decoding, "MOST_VALUES", 1000)
    assert decode(b"l3e7;" + b"n;" * 999, "v") == [None] * 999
    with pytest.raises(
        UnmovableValueError, match=r"^v\[999\]: more than 1000 values cannot be moved at once"
    ):
        decode(b"l3e8;" + b"e;" * 1000, "v")
