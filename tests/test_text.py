import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.text import byte_count, printable


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


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (1536, "1.5 KB"),
        (102_400, "100 KB"),
        (1_023_999, "1.0 MB"),
        (2_097_152, "2.0 MB"),
        (64 * 1024**3, "64.0 GB"),
        (5000 * 1024**4, "5000 TB"),
    ],
)
def test_bytes_are_written_with_about_three_digits(count, expected):
    assert byte_count(count) == expected
