"""Names of variables and places in values."""

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.values.paths import StuckError, article, checked_name, item, key, member, value_of
from tests.each import each


@each("name", ["a", "_", "data_1", "größe", "print"])
def test_names(name):
    assert checked_name(name) == name


@each(
    ("text", "words"),
    [
        ("", "is no name"),
        ("1a", "1a is no name of a variable"),
        ("a.b", "is no name"),
        ("a\nb", r"a\?b is no name"),
        ("a;b", "is no name"),
        ("../../etc/passwd", "is no name"),
        ("class", "^'class' is a word of Python's own and cannot be the name of a variable$"),
        ("None", "'None' is a word of Python's own"),
        ("as", "'as' is a word of Python's own"),
        ("__iot__", "belongs to the kernel"),
    ],
)
def test_what_is_no_name(text, words):
    with pytest.raises(UsageError, match=words):
        checked_name(text)


@each(
    ("steps", "place"),
    [
        ([], "data"),
        ([item(3)], "data[3]"),
        ([value_of("a"), item(0)], "data['a'][0]"),
        ([value_of(b"a")], "data[b'a']"),
        ([value_of((1, "x"))], "data[(1, 'x')]"),
        ([value_of(None), key], "a key of data[None]"),
        ([member], "an item of data"),
        ([value_of("ab\ncd")], r"data['ab\ncd']"),
        ([value_of("x" * 100)], f"data['{'x' * 38}…]"),
        ([value_of(b"x" * 100)], f"data[b'{'x' * 37}…]"),
        ([value_of(1 << 100_000)], "data[...]"),
    ],
)
def test_places(steps, place):
    error = StuckError("")
    error.steps += reversed(steps)
    assert error.place("data") == place


@pytest.mark.parametrize(("noun", "text"), [("socket", "a socket"), ("Image", "an Image"), ("", "a ")])
def test_articles(noun, text):
    assert article(noun) == text
