"""Arguments of magics: words as in a shell, help and mistakes as values."""

import argparse
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import UsageError
from iot_kernel.magics.arguments import HelpRequested, MagicParser
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
    assert shell.read("-x 'a  b", split=False).command == "-x 'a  b"
    assert shell.read("-- -h", split=False).command == "-- -h"
    assert shell.read("", split=False).command == ""
    assert shell.read("a; # b;", split=False).command == "a; # b;"
    with pytest.raises(HelpRequested):
        shell.read("-h", split=False)


@given(st.text())
def test_any_text_is_read_refused_or_answered_with_help(text):
    with contextlib.suppress(UsageError, HelpRequested):
        parser().read(text)
