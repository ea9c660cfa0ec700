"""One line of text for a value, whoever shows it."""

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging.value_text import LONGEST_LINE, value_text
from tests.each import each


@each(
    "kind, size, value, first, text",
    [
        ("int", None, "5", [], "5"),
        ("str", 5, "'\\xe4bc'", [], "'äbc'… 5 characters"),
        ("str", 3, "'\\xe4bc'", [], "'äbc'"),
        ("str", 9000, "'abc", [], "'abc… 9,000 characters"),
        ("bytes", 2, "b'ab'", [], "b'ab'"),
        ("bytes", 60, "b'\\x00b'", [], "b'\\x00b'… 60 bytes"),
        ("bytearray", 2, "bytearray(b'ab')", [], "bytearray(b'ab')"),
        ("bytearray", 60, "bytearray(b'ab')", [], "bytearray(b'ab')… 60 bytes"),
        ("bytearray", 60, None, [], "bytearray(…) 60 items"),
        ("list", 0, None, [], "[]"),
        ("list", 2, None, ["1", "'x'"], "[1, 'x']"),
        ("list", 12_000, None, ["0", "1", None], "[0, 1, …] 12,000 items"),
        ("list", 3, None, [], "[…] 3 items"),
        ("tuple", 1, None, ["1"], "(1,)"),
        ("tuple", 0, None, [], "()"),
        ("set", 0, None, [], "set()"),
        ("set", 1, None, ["1"], "{1}"),
        ("dict", 1, None, ["'a': 1"], "{'a': 1}"),
        ("OrderedDict", 1, None, ["1: 2"], "OrderedDict({1: 2})"),
        ("array", 0, "H", [], "array('H')"),
        ("array", 9, "H", [], "array('H', […]) 9 items"),
        ("array", 9, "H", ["1", None], "array('H', [1, …]) 9 items"),
        ("range", 5, "range(0, 5)", ["0", None], "range(0, 5)"),
        ("ValueError", 1, None, ["'so'"], "ValueError('so')"),
        ("Motor", None, None, ["speed=1", None], "Motor(speed=1, …)"),
        ("Motor", None, None, [], ""),
        ("module", None, "sys", [], "sys"),
        ("function", None, None, [], ""),
    ],
)
def test_a_value(kind, size, value, first, text):
    assert value_text(kind, size, value, first) == text


@given(st.text(), st.integers() | st.none(), st.text() | st.none(), st.lists(st.text() | st.none()))
def test_whatever_a_board_says_is_a_line(kind, size, value, first):
    text = value_text(kind, size, value, first)
    assert text.isprintable()
    assert len(text) <= LONGEST_LINE
