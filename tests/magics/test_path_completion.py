"""Paths of this computer and of a board while they are typed."""

import os
from types import SimpleNamespace

import pytest

from iot_kernel.device.lookup import Found
from iot_kernel.magics import path_completion
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.path_completion import file_names, split_path
from iot_kernel.syntax.words import typed_words
from tests.each import each


def word(text):
    return typed_words(text, backslashes=True)[1].text


class Names:
    """Tells files of a board, and keeps what was asked for."""

    def __init__(self, *files):
        self.files_there = files
        self.asked = []

    def files(self, board, directory, prefix):
        self.asked.append((directory, prefix))
        return Found(tuple(name for name in self.files_there if name.startswith(prefix)), is_whole=True)


def names_for(takes, text, names=None, board="a board"):
    return list(file_names(takes, word(text), names or Names(), board))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with files, which is the current one."""
    for name in ("b.py", "A.txt", ".hidden", "my file", "dir/inner.py", "dir/deep/x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "link").symlink_to("dir")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "dir"))
    monkeypatch.setenv("HERE", str(tmp_path))
    monkeypatch.setenv("IOT_PROJECTS", str(tmp_path / "dir"))
    return tmp_path


@each(
    ("takes", "text", "names"),
    [
        (Takes.HOST_PATH, "", ["A.txt", "b.py", "dir/", "link/", "my file"]),
        (Takes.HOST_PATH, ".", [".hidden"]),
        (Takes.HOST_PATH, "d", ["dir/"]),
        (Takes.HOST_PATH, "dir/", ["deep/", "inner.py"]),
        (Takes.HOST_PATH, "'dir/i", ["inner.py"]),
        (Takes.HOST_PATH, "./dir/d", ["deep/"]),
        (Takes.HOST_PATH, "~", ["~/"]),
        (Takes.HOST_PATH, "~/", ["deep/", "inner.py"]),
        (Takes.HOST_PATH, "'~/", []),
        (Takes.HOST_PATH, "$HERE/b", ["b.py"]),
        (Takes.HOST_PATH, "'$HERE/b", []),
        (Takes.HOST_PATH, "~nobody-of-this-name/", []),
        (Takes.HOST_PATH, "nowhere/", []),
        (Takes.HOST_PATH, "b.py/", []),
        (Takes.HOST_DIRECTORY, "", ["dir/", "link/"]),
        (Takes.EITHER_PATH, "b", ["b.py"]),
        (Takes.PROJECT_DIRECTORY, "", ["deep/"]),
        (Takes.TARGET_DIRECTORY, "d", ["deep/"]),
    ],
)
def test_paths_of_this_computer(here, takes, text, names):
    asked = Names()
    assert names_for(takes, text, asked) == names
    assert asked.asked == []


@each(
    ("takes", "text", "asked", "names"),
    [
        (Takes.BOARD_PATH, "", ("", ""), ["lib/", "log.csv"]),
        (Takes.BOARD_PATH, "lo", ("", "lo"), ["log.csv"]),
        (Takes.BOARD_PATH, ":lo", ("", "lo"), ["log.csv"]),
        (Takes.BOARD_PATH, ".", ("", "."), [".x"]),
        (Takes.BOARD_PATH, "/", ("/", ""), ["lib/", "log.csv"]),
        (Takes.BOARD_PATH, "/lib//a/l", ("/lib/a", "l"), ["lib/", "log.csv"]),
        (Takes.BOARD_PATH, "./l", ("", "l"), ["lib/", "log.csv"]),
        (Takes.BOARD_PATH, "../l", ("..", "l"), ["lib/", "log.csv"]),
        (Takes.BOARD_DIRECTORY, "l", ("", "l"), ["lib/"]),
        (Takes.EITHER_PATH, ":", ("", ""), ["lib/", "log.csv"]),
        (Takes.EITHER_PATH, ":'l", ("", "l"), ["lib/", "log.csv"]),
        (Takes.TARGET_DIRECTORY, ":/", ("/", ""), ["lib/"]),
    ],
)
def test_paths_of_the_board(takes, text, asked, names):
    there = Names("log.csv", "lib/", ".x")
    assert names_for(takes, text, there) == names
    assert there.asked == [asked]


def test_a_colon_in_quotes_is_part_of_a_name(here):
    asked = Names("x")
    assert names_for(Takes.EITHER_PATH, "':", asked) == []
    assert asked.asked == []


def test_no_board():
    assert names_for(Takes.BOARD_PATH, "", board=None) == []
    silent = SimpleNamespace(files=lambda *_: None)
    assert names_for(Takes.BOARD_PATH, "", silent) == []


@each(
    ("takes", "text", "at"),
    [
        (Takes.BOARD_PATH, "ab", 0),
        (Takes.BOARD_PATH, ":ab", 1),
        (Takes.EITHER_PATH, ":/lib/ab", 6),
        (Takes.EITHER_PATH, "lib/ab", 4),
        (Takes.EITHER_PATH, "':ab", 0),
        (Takes.HOST_PATH, ":ab", 0),
    ],
)
def test_where_the_last_part_begins(takes, text, at):
    assert split_path(takes, word(text)) == at


def test_large_directories_are_looked_at_in_part(here, monkeypatch):
    monkeypatch.setattr(path_completion, "MOST_ENTRIES", 2)
    assert len(names_for(Takes.HOST_PATH, "")) <= 2


def test_names_that_nobody_can_type(here):
    (here / "new\nline").write_text("")
    (here / os.fsdecode(b"x\xff")).write_text("")
    assert names_for(Takes.HOST_PATH, "n") == names_for(Takes.HOST_PATH, "x") == []
