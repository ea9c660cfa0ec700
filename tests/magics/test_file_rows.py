"""Rows of files: columns, order, indentation, times; and the line about the disk."""

import re
from dataclasses import replace

import pytest

from iot_kernel.files.tree import RemoteFile, Space, Tree
from iot_kernel.magics.file_rows import disk, disk_line, disk_notes, listing, rows, unlisted_line
from iot_kernel.magics.tables import as_text

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def tree(files, directories=(), mounts=(), space=None):
    listed = {path: RemoteFile(path, size, time, None) for path, (size, time) in sorted(files.items())}
    return Tree(listed, frozenset(directories), frozenset(mounts), frozenset(), "sha256", space, False, None)


def coloured(*given, **options):
    return listing(rows(*given, **options)).as_text()


def plain(*given, **options):
    return ANSI.sub("", coloured(*given, **options))


def test_columns():
    listed = tree({"/a": (0, None), "/b": (1_234_567, 1_625_855_280), "/c": (12_345_678, 0)})
    assert plain(listed, "/") == (
        "      0                     a\n1234567  Jul 09 18:28 2021  b\n12345678  Jan 01 00:00 1970  c\n"
    )


def test_sorted_with_directories_in_their_place():
    listed = tree(
        {"/z": (1, None), "/a/b/c": (2, None), "/a.py": (3, None), "/a/x": (4, None)}, ["/a", "/a/b", "/m"]
    )
    names = [line[28:] for line in plain(listed, "/").splitlines()]
    assert names == ["a/", "    b/", "        c", "    x", "a.py", "m/", "z"]
    names = [line[28:] for line in plain(listed, "/a").splitlines()]
    assert names == ["b/", "    c", "x"]


def test_hidden_names_with_all_that_is_in_them():
    listed = tree({"/.git/a": (1, None), "/b/.c": (2, None), "/.d": (3, None)}, ["/.git", "/b"])
    assert plain(listed, "/").split() == ["b/"]
    assert plain(listed, "/", everything=True).split() == ["3", ".d", ".git/", "1", "a", "b/", "2", ".c"]
    assert plain(listed, "/", only=".d").split() == ["3", ".d"]


def test_colours_and_names_that_would_change_the_terminal():
    listed = tree({"/\x1b[31m\n": (1, None)}, ["/d"])
    assert "\x1b[34m?[31m?\x1b[0m" in coloured(listed, "/")
    assert "\x1b[32md/\x1b[0m" in coloured(listed, "/")


def test_an_impossible_time():
    assert plain(tree({"/a": (1, 1 << 60)}), "/").split() == ["1", "a"]


def test_disk():
    assert disk(Space(1_500_000, 2_097_152)) == "1.4 MB free of 2.0 MB"


class Files:
    def __init__(self, spaces):
        self.spaces = spaces

    def space(self, path="/"):
        return self.spaces[path]


def test_a_line_for_each_disk():
    root, card = Space(1024, 2048), Space(3072, 4096)
    files = Files({"/sd": card, "/flash": root, "/odd": None})
    listed = tree({}, ["/sd", "/flash", "/odd"], ["/sd", "/flash", "/odd"], root)
    assert as_text(disk_notes(files, listed)) == "1.0 KB free of 2.0 KB\n/sd: 3.0 KB free of 4.0 KB\n"
    assert disk_notes(files, tree({})) == []


@pytest.mark.parametrize(("space", "expected"), [(Space(1024, 2048), "1.0 KB free of 2.0 KB"), (None, "")])
def test_one_line(space, expected):
    assert disk_line(Files({"/": space})) == expected


def test_not_everything_is_asked_how_much_is_free():
    asked = []

    class Files:
        def space(self, path="/"):
            asked.append(path)

    assert disk_notes(Files(), tree({}, mounts=[f"/{number}" for number in range(1000)])) == []
    assert len(asked) == 16


def test_names_that_cannot_be_listed():
    listed = tree({"/a": (1, None)})
    assert unlisted_line(listed) == ""
    many = replace(listed, unlisted=frozenset(f"x/{number}\n" for number in range(7)))
    assert unlisted_line(many).startswith("not listed: x/0?, x/1?, x/2?, x/3?, x/4? and 2 more (on a board")
