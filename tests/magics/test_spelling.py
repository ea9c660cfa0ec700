"""What is completed is read back as it was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.magics.spelling import completed
from iot_kernel.syntax.words import expanded, has_wildcards, is_on_board, split_words, typed_words
from tests.each import each

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" '\"\\$*[~:;#")
)


@each(
    ("typed", "rest", "quote", "written"),
    [
        ("ma", "in.py", "", "main.py"),
        ("my", " file", "", "my\\ file"),
        ("", "#1", "", "\\#1"),
        ("", "~a", "", "\\~a"),
        ("a", "~b#c", "", "a~b#c"),
        ("'my", " file", "'", "'my file'"),
        ("'it", "'s", "'", "'it'\\''s'"),
        ('"a', "$b", '"', '"a\\$b"'),
    ],
)
def test_how_it_is_written(typed, rest, quote, written):
    is_first = not typed
    found = completed(typed, rest, quote, is_path=True, is_first=is_first, is_open=False, backslashes=True)
    assert found == written


def test_a_quote_stays_open_in_a_directory_and_before_another():
    found = completed("'a", "b/", "'", is_path=True, is_first=False, is_open=True)
    assert found == "'ab/"


@pytest.mark.parametrize("backslashes", [True, False], ids=["posix", "windows"])
@pytest.mark.parametrize("quote", ["", "'", '"'])
@given(name=NAMES)
def test_it_is_read_as_it_was_meant(quote, backslashes, name):
    written = completed(
        quote, name, quote, is_path=True, is_first=not quote, is_open=False, backslashes=backslashes
    )
    if written is None:
        assert not backslashes
        assert quote in name
        return
    words = split_words(f"x {written}", backslashes=backslashes)
    assert words[1:] == [name] or (not name and not quote)
    if name and not quote:
        assert not has_wildcards(words[1])
        assert not is_on_board(words[1])
        assert expanded(words[1], {}) == name


@given(st.text("a '\"\\", max_size=12), st.text("b ", max_size=3))
def test_whatever_is_typed_goes_on(text, rest):
    typed = typed_words(text, backslashes=True)
    if typed is None:
        return
    before, word = typed
    written = completed(
        text[word.start :], rest, word.quote, is_path=True, is_first=False, is_open=False, backslashes=True
    )
    if word.text + rest:
        assert split_words(text[: word.start] + written, backslashes=True) == [*before, word.text + rest]
