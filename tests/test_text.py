import ast
import errno
import sys
import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import SHOWN_PATH, byte_count, duration, literal, message, parsing, printable
from tests.each import each

DEADLINE = 20.0


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


@each(
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


LONG = "/first/" + "x" * 5000 + "/last.py"


class PathError(Exception):
    """As those of the project that name what they are about."""

    def __init__(self, path):
        super().__init__(f"{path}: cannot be used")
        self.path = path


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "no such file", f":{LONG}"), "[Errno 2] no such file: ':/first/"),
        (PathError(LONG), "/first/"),
    ],
)
def test_a_long_path_in_an_error_loses_its_middle_and_keeps_its_end(error, words):
    shown = message(error)
    assert shown.startswith(words)
    assert "x…x" in shown
    assert "/last.py" in shown
    assert len(shown) < SHOWN_PATH + 50


def test_both_names_of_an_error_may_be_long():
    shown = message(OSError(errno.EXDEV, "not here", LONG, None, f"{LONG}2"))
    assert shown.count("…") == 2
    assert "last.py2" in shown


@each(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "no such file", "y" * SHOWN_PATH),
        FileNotFoundError(errno.ENOENT, "no such file", b"bytes"),
        PathError("'"),
        ValueError("x" * 5000),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_speak_for_themselves(error):
    assert message(error) == str(error)


@pytest.mark.parametrize("text", ["1", " [1, 'a', None]\n", "{'a': (1.5, b'x')}"])
def test_literals(text):
    assert repr(literal(text)) == text.strip()


@each("text", ["open('x')", "1 +", "<object>", "\0"])
def test_what_is_no_literal_is_never_evaluated(text):
    with pytest.raises(RemoteProtocolError):
        literal(text)


@each(
    ("seconds", "text"),
    [
        (0, "0 ns"),
        (2.5e-9, "2.5 ns"),
        (999.4e-9, "999 ns"),
        (999.6e-9, "1 µs"),
        (12.34e-6, "12.3 µs"),
        (0.1, "100 ms"),
        (1.5, "1.5 s"),
        (59.97, "60 s"),
        (60, "1min"),
        (3725.8, "1h 2min 5s"),
        (86_400, "1d"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_digits_of_durations():
    assert duration(0.00123456, 5) == "1.2346 ms"


@pytest.fixture
def many_switches():
    """Has threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("many_switches")
def test_threads_parse_one_after_the_other_and_leave_warnings_as_they_were():
    together = threading.Barrier(4)

    def parse_often():
        together.wait(DEADLINE)
        for _ in range(200):
            with parsing():  # without, CPython 3.11 raises SystemError now and then
                ast.parse("'\\d' + [{1: (2, [3])}]")

    with warnings.catch_warnings(record=True) as seen:
        before = list(warnings.filters)
        threads = [threading.Thread(target=parse_often) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert not seen
        assert warnings.filters == before
