"""Names that a board tells: one part of a path, or refused by name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.names import LONGEST_NAME, check_for_host, entry
from tests.each import each

LIES = [
    b"",
    b".",
    b"..",
    b"/",
    b"../evil.txt",
    b"../../x",
    b"a/b",
    b"/etc/passwd",
    b"a\0b",
    b"\xff",
    b"x" * (LONGEST_NAME + 1),
]
AWKWARD = [
    "a b",
    "a\\b",
    "a:b",
    "C:evil",
    "x\\..\\y",
    "'\"",
    "\x1b[31m",
    "...",
    "é" * 127,
    "CON",
    "a.",
    "~",
    "$HOME",
]


@each("name", LIES)
def test_what_is_no_name_is_refused_by_name(name):
    with pytest.raises(OSError, match="is no name of a file") as caught:
        entry(name, "/lib")
    assert caught.value.filename == ":/lib"
    assert repr(name[:40])[1:-1] in str(caught.value)
    assert len(str(caught.value)) < 1500


@each("name", AWKWARD)
def test_what_micropython_allows_is_a_name(name):
    assert entry(name.encode(), "/") == name


@given(st.binary(max_size=LONGEST_NAME + 2))
def test_a_name_is_one_part_of_a_path(name):
    try:
        text = entry(name, "/")
    except OSError:
        return
    assert text.encode() == name
    assert not {"/", "\0"} & set(text)
    assert text not in ("", ".", "..")


@each("path", ["a\\b", "a:b", "C:evil", "x\\..\\y", "..", "a/../b", "a//b", "/a", "a\0", ""])
@each("windows", [True, False])
def test_separators_of_every_platform_are_refused_here(path, windows):
    with pytest.raises(OSError, match=f"not safe on this computer; .*: {re.escape(repr(f':/{path}'))}"):
        check_for_host(path, f":/{path}", windows=windows)


@each(
    "name",
    [
        "CON",
        "nul.txt",
        "Com1",
        "lpt9.tar.gz",
        "aux .py",
        "a.",
        "a ",
        "a?",
        "*",
        "a\nb",
        "\x01",
        '"',
        "CONIN$",
    ],
)
def test_what_windows_cannot_hold_is_refused_there(name):
    check_for_host(f"d/{name}", ":/", windows=False)
    with pytest.raises(OSError, match="not safe on this computer"):
        check_for_host(f"d/{name}", ":/", windows=True)


@each("path", ["main.py", "lib/a b.py", "é/日本", ".hidden", "console", "com", "com10", "a..b", "-rf", "~"])
@each("windows", [True, False])
def test_other_names_go_everywhere(path, windows):
    check_for_host(path, f":/{path}", windows=windows)
