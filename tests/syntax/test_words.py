"""The words of a magic line, beside what a real shell makes of them."""

import argparse
import contextlib
import os
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iot_kernel.syntax.words import (
    Word,
    bare_text,
    expanded,
    has_wildcards,
    is_on_board,
    pattern,
    respelled,
    split_words,
    typed_words,
    without_colon,
)
from tests.each import each

ENVIRON = {"HOME": "/home/me", "HO": "short", "A_1": "a  b", "STAR": "*"}

BARE = ["~", "~/", "/", "./", ":", "$HOME", "$HO", "${HO}", "${A_1}", "$A_1", "$/", "ME", "x", "#", "%", " "]
MORE = [".txt", "*", "?", "[", "]", "{", "}"]
QUOTED = [
    "'~'",
    "'$HOME'",
    '"$HOME"',
    '"~/"',
    '"$HO"',
    '"*"',
    "'a  b'",
    '"a  b"',
    "';'",
    '"\'"',
    "'\"'",
    "'\\'",
]
ESCAPED = ["\\~", "\\$", "\\\\", "\\'", '\\"', "\\ ", "\\*", '"\\$HOME"', '"\\\\"', '"\\""', '"\\x"', '"\\~"']
LINES = st.lists(st.sampled_from(BARE + MORE + QUOTED + ESCAPED), min_size=1, max_size=8).map("".join)


def by_shell(line):
    """The words that sh makes of a line without looking for files; None where it refuses them."""
    command = f"IFS=; set -fu; for word in {line}\ndo printf '%s\\0' \"$word\"; done"
    environ = ENVIRON | {"PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", command], env=environ, capture_output=True, text=True, timeout=60)
    return done.stdout.split("\0")[:-1] if done.returncode == 0 else None


@settings(deadline=None)
@given(LINES)
@example("~''/x $HO''ME \"$HO\"\"ME\" '' ''x\"\"")
def test_words_are_those_of_a_shell(line):
    words = split_words(line)
    theirs = by_shell(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", ENVIRON["HOME"])
        try:
            ours = [str(expanded(word, ENVIRON)) for word in words]
        except FileNotFoundError as error:  # where a shell leaves the name of no user as it is
            assert theirs is None or str(error.filename) in theirs or "$" in error.filename
            return
    if theirs is None:  # a variable that is not set stays as it is
        assert any("$" in word for word in ours)
    else:
        assert ours == theirs


@settings(deadline=None)
@given(LINES)
def test_a_word_is_spelled_again_as_it_was_meant(line):
    words = [word for word in split_words(line) if word]
    again = split_words(" ".join(map(respelled, words)))
    assert again == words
    assert [pattern(word) for word in again] == [pattern(word) for word in words]
    with contextlib.suppress(FileNotFoundError):
        assert [expanded(word, ENVIRON) for word in again] == [expanded(word, ENVIRON) for word in words]


@each(
    ("line", "words"),
    [
        (r"C:\Users\me\ x", ["C:\\Users\\me\\", "x"]),
        (r'"C:\My files\" "a\b"', ["C:\\My files\\", "a\\b"]),
        (r"\\server\share\*.py", ["\\\\server\\share\\*.py"]),
        (r"'a b'\c; # d", ["a b\\c"]),
    ],
)
def test_on_windows_a_backslash_is_part_of_a_path(line, words):
    found = split_words(line, backslashes=False)
    assert found == words
    assert [has_wildcards(word) for word in found] == ["*" in word for word in words]


@each(
    ("line", "glob"),
    [("*.py", "*.py"), ("'*'*", "[*]*"), ('"a?"[b]', "a[?][b]"), (r"\[a]", "[[]a]"), ("a'b'", "ab")],
)
def test_quoted_wildcards_stand_for_themselves(line, glob):
    (word,) = split_words(line)
    assert pattern(word) == glob
    assert has_wildcards(word) == (glob != "ab" and line != r"\[a]")


@each(
    ("line", "on_board"),
    [(":a", True), ("':a'", False), ('":a"', False), ("\\:a", False), ("./:a", False), (":'a b'", True)],
)
def test_a_colon_means_the_board_where_nothing_protects_it(line, on_board):
    (word,) = split_words(line)
    assert is_on_board(word) == on_board
    assert without_colon(word) == (word[1:] if on_board else word)


def test_words_keep_their_quotes_through_argparse():
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", "--target")
    parser.add_argument("names", nargs="*")
    for line in ("-t'$HOME' '*'", "--target='$HOME' '*'", "-t '$HOME' -- '*'"):
        read = parser.parse_args(split_words(line))
        assert expanded(read.target) == "$HOME"
        assert not has_wildcards(read.names[0])


def test_a_plain_string_is_bare():
    assert is_on_board(":a")
    assert has_wildcards("*")
    assert not is_on_board("")
    assert expanded("$A_1/~", ENVIRON) == "a  b/~"
    assert bare_text([Word("a"), *split_words("b'c' \"d\"")]) == "a b "


def test_who_has_no_home_is_told_how_to_name_a_file():
    with pytest.raises(FileNotFoundError, match=r"'\./~nosuchuser' is a file of that name"):
        expanded("~nosuchuser/x")


@each(
    ("text", "before", "value", "start", "quote"),
    [
        ("", [], "", 0, ""),
        ("a", [], "a", 0, ""),
        ("a ", ["a"], "", 2, ""),
        ("a 'b c", ["a"], "b c", 2, "'"),
        ('a "b\\"c', ["a"], 'b"c', 2, '"'),
        ("a b\\ c", ["a"], "b c", 2, ""),
        ("'a b' c", ["a b"], "c", 6, ""),
        ('x "my "di', ["x"], "my di", 2, ""),
        ("'", [], "", 0, "'"),
        ("'' ", [""], "", 3, ""),
        ("a;", [], "a;", 0, ""),
        ("a#b", [], "a#b", 0, ""),
    ],
)
def test_a_word_that_is_being_typed(text, before, value, start, quote):
    words, word = typed_words(text, backslashes=True)
    assert (words, word.text, word.start, word.quote) == (before, value, start, quote)


@each("text", ["a b\\", "a # b", "#", '"a\\'])
def test_nothing_is_typed_in_a_comment_and_behind_a_backslash(text):
    assert typed_words(text, backslashes=True) is None


def test_quotes_of_what_is_typed_protect():
    _, word = typed_words("'~/a")
    assert expanded(word.text) == "~/a"
    _, word = typed_words("'':a")
    assert is_on_board(word.text)
    _, word = typed_words("':a")
    assert not is_on_board(word.text)


@each(
    ("line", "paths"),
    [
        (r"C:\x\main.py :", [r"C:\x\main.py"]),
        ("C:/x/main.py :", ["C:/x/main.py"]),
        ("c:x :", ["c:x"]),
        (r'"C:\my files\a.py" :', [r"C:\my files\a.py"]),
        (r"\\server\share\a.py :", [r"\\server\share\a.py"]),
    ],
)
def test_paths_with_drives_are_of_this_computer(line, paths):
    words = split_words(line, backslashes=False)
    assert [str(word) for word in words if not is_on_board(word)] == paths
    assert [str(word) for word in words if is_on_board(word)] == [":"]
