"""Arguments of magics: words as in a shell, help and mistakes as values."""

import argparse
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import UsageError
from iot_kernel.magics.arguments import HelpRequested, MagicParser, Split
from tests.each import each


def parser():
    made = MagicParser("%made", "Make things", "An epilog\n\n  with its own lines")
    made.add_argument("-t", "--time", metavar="SECS", type=float, default=2.5, help="seconds to wait")
    made.add_argument("--hidden", action="store_true", help=argparse.SUPPRESS)
    made.add_argument(
        "names", nargs="*", help="what to make, in the order given; a text long enough to be wrapped"
    )
    return made


HELP = """\
usage: %made [-h] [-t SECS] [names ...]

Make things

positional arguments:
  names            what to make, in the order given; a text long enough to be
                   wrapped

optional arguments:
  -h, --help       show this help message and exit
  -t, --time SECS  seconds to wait

An epilog

  with its own lines
"""


@each("text", ["-h", "--help", "a b -h", "-t 3 --help"])
def test_help_has_the_layout_of_the_first_iot_kernel(text):
    with pytest.raises(HelpRequested) as caught:
        parser().read(text)
    assert caught.value.text == HELP


def test_words_are_quoted_as_in_a_shell():
    read = parser().read("'a b' c\\ d \"e\" -t 3")
    assert read.names == ["a b", "c d", "e"]
    assert read.time == 3.0


@each(
    ("text", "names"),
    [
        (";", []),
        ("a b; ", ["a", "b"]),
        ("a ; # b", ["a"]),
        ("# it's a comment", []),
        ("#", []),
        ("a #b 'c", ["a"]),
        ("a#b c'#'", ["a#b", "c#"]),
        ("ws://host/#1;", ["ws://host/#1"]),
        ("'a;' \"# b\"", ["a;", "# b"]),
        ("a\\;", ["a;"]),
        ("a\\; ;;", ["a;"]),
        ("a;b", ["a;b"]),
    ],
)
def test_a_comment_and_a_semicolon_at_the_end_are_left_out(text, names):
    assert parser().read(text).names == names


@each(
    ("text", "problem"),
    [
        ("--bogus", "unrecognized arguments: --bogus"),
        ("--tim 3", "unrecognized arguments: --tim"),
        ("a -t 3 b c", "unrecognized arguments: b c; options go in front of all names, or behind them"),
        ("-t soon", "argument -t/--time: invalid float value: 'soon'"),
        ("-t", "argument -t/--time: expected one argument"),
        ("it's", "no closing quotation"),
        ("a\\", "no escaped character"),
    ],
)
def test_a_mistake_is_a_usage_error(text, problem):
    with pytest.raises(UsageError) as caught:
        parser().read(text)
    assert str(caught.value) == f"%made: error: {problem}"
    assert caught.value.usage == "usage: %made [-h] [-t SECS] [names ...]"


def test_hidden_options_work_and_are_not_shown():
    assert parser().read("--hidden").hidden


def test_unsplit_text_is_one_argument_that_may_look_like_an_option():
    shell = MagicParser("!", "Run", "")
    shell.add_argument("command")
    assert shell.read("-x 'a  b", split=Split.NONE).command == "-x 'a  b"
    assert shell.read("-- -h", split=Split.NONE).command == "-- -h"
    assert shell.read("", split=Split.NONE).command == ""
    assert shell.read("a; # b;", split=Split.NONE).command == "a; # b;"
    with pytest.raises(HelpRequested):
        shell.read("-h", split=Split.NONE)


def timeit():
    parser = MagicParser("%timeit", "Time", "")
    parser.add_argument("-n", type=int)
    parser.add_argument("-q", action="store_true")
    parser.add_argument("code", nargs="?")
    return parser


@pytest.mark.parametrize(
    ("text", "n", "q", "code"),
    [
        ("x + 1", None, False, "x + 1"),
        ("-n 10 -q f('a  b') # -n 3", 10, True, "f('a  b') # -n 3"),
        ("-n10 -x", 10, False, "-x"),
        ("-q-1", None, True, "-1"),
        ("-x -n 3", None, False, "-x -n 3"),
        ("-n 10", 10, False, None),
        ("", None, False, None),
    ],
)
def test_options_in_front_of_a_text(text, n, q, code):
    read = timeit().read(text, split=Split.OPTIONS)
    assert (read.n, read.q, read.code) == (n, q, code)


@pytest.mark.parametrize("text", ["-n", "-n x y"])
def test_wrong_options_in_front_of_a_text(text):
    with pytest.raises(UsageError, match="argument -n: "):
        timeit().read(text, split=Split.OPTIONS)


def test_help_in_front_of_a_text():
    with pytest.raises(HelpRequested):
        timeit().read("--help", split=Split.OPTIONS)


@given(st.text())
def test_any_text_is_read_refused_or_answered_with_help(text):
    with contextlib.suppress(UsageError, HelpRequested):
        parser().read(text)
