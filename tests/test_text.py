from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.text import printable


def test_printable_text_stays():
    assert printable("MicroChip SAMD51 µ") == "MicroChip SAMD51 µ"


def test_control_characters_and_escapes_do_not_pass():
    assert printable("\x1b[31mred\r\n\u202e") == "?[31mred???"


def test_long_text_is_cut_and_says_so():
    assert printable("abcdef", 4) == "abc…"
    assert printable("abcd", 4) == "abcd"


@given(st.text(), st.integers(1, 100))
def test_the_result_is_always_short_and_printable(text, limit):
    result = printable(text, limit)
    assert len(result) <= limit
    assert result.isprintable()
