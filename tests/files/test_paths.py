"""Names on a board: normalised, never above the root, and the names of files on their way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.paths import is_temporary, joined, name_of, normal, parent, temporary
from tests.each import each

#: Every text that can be a name: no slash, no NUL, no half characters.
names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300)
paths = st.lists(st.one_of(names, st.sampled_from(["", ".", ".."])), max_size=8).map("/".join)


@each(
    ("path", "expected"),
    [
        ("", "/"),
        ("/", "/"),
        ("a", "/a"),
        ("//a///b/", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/../../a", "/a"),
        ("a/../../../b", "/b"),
        ("/...", "/..."),
        ("/ a /\n", "/ a /\n"),
    ],
)
def test_normal(path, expected):
    assert normal(path) == expected


@given(paths)
def test_normal_paths_stay_and_have_no_dots(path):
    once = normal(path)
    assert normal(once) == once
    assert once.startswith("/")
    assert not {"", ".", ".."} & set(once[1:].split("/")[:-1])
    assert normal(joined(parent(once), name_of(once))) == once


@pytest.mark.parametrize(
    ("path", "text"), [("/a\0b", "NUL"), ("/a\udcff", "Unicode text: ':/a\\\\\\\\udcff'")]
)
def test_what_no_board_can_have(path, text):
    with pytest.raises(OSError, match=text):
        normal(path)


@given(names)
def test_temporary_names(name):
    way = temporary(f"/lib/{name}")
    assert is_temporary(way)
    assert parent(way) == "/lib"
    assert way != f"/lib/{name}"
    assert len(name_of(way).encode()) <= 110


def test_long_names_that_differ_late_do_not_share_a_temporary_file():
    assert temporary("/" + "a" * 200 + "1") != temporary("/" + "a" * 200 + "2")
