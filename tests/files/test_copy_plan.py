"""Plans of copying, between sides made of dictionaries; what goes together; what went over the wire."""

import pytest

from iot_kernel.files.copy_endpoints import Below
from iot_kernel.files.copy_plan import GROUP_BYTES, GROUP_FILES, PathOnSide, carry_out, plan
from iot_kernel.files.host_files import DIRECTORY


class Side:
    """A side whose files are a dictionary; directories are what their paths say."""

    def __init__(self, files, *, is_board=False, directories=()):
        self.files = dict(files)
        self.directories = {"/", *directories}
        self.is_board = is_board
        self.reads = []
        self.writes = []
        self.copies = []
        self.asked = 0

    def expand(self, text):
        if text in ("*", "/*"):
            return sorted(path for path in self.files if path.count("/") == 1)
        return ["/" + "/".join(part for part in text.split("/") if part not in ("", "."))]

    def sizes(self, paths):
        self.asked += 1
        return [self.one_size(path) for path in paths]

    def one_size(self, path):
        if path in self.files:
            return len(self.files[path])
        below = any(file.startswith(f"{path.rstrip('/')}/") for file in self.files)
        return DIRECTORY if below or path in self.directories else None

    def below(self, path):
        start = len(path.rstrip("/")) + 1
        inside = {file[start:]: len(data) for file, data in self.files.items() if file.startswith(path)}
        empty = [place[start:] for place in self.directories if place.startswith(f"{path.rstrip('/')}/")]
        return Below([place for place in empty if place], inside)

    def name(self, path):
        return path.rpartition("/")[2]

    def join(self, directory, name):
        return f"{directory.rstrip('/')}/{name}"

    def read(self, paths, on_progress):
        self.reads.append(list(paths))
        on_progress(sum(len(self.files[path]) for path in paths))
        return [self.files[path] for path in paths]

    def write(self, contents, on_progress):
        self.writes.append(list(contents))
        self.files |= contents
        on_progress(sum(len(data) for data in contents.values()))

    def copy(self, path, target):
        self.copies.append((path, target))
        self.files[target] = self.files[path]

    def mkdirs(self, path):
        self.directories.add(path)

    def check_inside(self, directory, paths):
        assert all(f"{path}/".startswith(f"{directory.rstrip('/')}/") for path in paths)


@pytest.fixture
def host():
    return Side({"/a": b"a", "/b": b"bb", "/lib/x": b"x", "/lib/sub/y": b"y"}, directories=["/lib/empty"])


@pytest.fixture
def board():
    return Side({"/old": b"old"}, is_board=True, directories=["/app"])


def copied(sources, destination, *, recursive=False):
    """Plans and copies; returns what was told of progress."""
    told = []
    made = plan(sources, destination, recursive=recursive)
    carry_out(made, told.append)
    assert told == sorted(told)
    assert not told or told[-1] == made.total
    return told


@pytest.mark.parametrize(
    ("source", "destination", "target"),
    [
        ("/a", "", "/a"),
        ("/a", "/", "/a"),
        ("/a", "/new", "/new"),
        ("/a", "/new/", "/new/a"),
        ("/a", "/app", "/app/a"),
        ("/a", "/x/y/z", "/x/y/z"),
    ],
)
def test_where_a_file_goes(host, board, source, destination, target):
    copied([PathOnSide(host, source)], PathOnSide(board, destination))
    assert board.files[target] == b"a"
    assert len(board.files) == 2


@pytest.mark.parametrize(
    ("source", "destination", "base"),
    [
        ("/lib", "", "/lib"),
        ("/lib", "/app", "/app/lib"),
        ("/lib", "/new", "/new"),
        ("/lib", "/new/", "/new/lib"),
        ("/", "/all", "/all/lib"),
    ],
)
def test_where_a_directory_goes(host, board, source, destination, base):
    copied([PathOnSide(host, source)], PathOnSide(board, destination), recursive=True)
    assert board.files[f"{base}/x"] == b"x"
    assert board.files[f"{base}/sub/y"] == b"y"
    assert f"{base}/empty" in board.directories


def test_all_sources_of_a_side_are_asked_about_at_once(host, board):
    plan([PathOnSide(host, "/a"), PathOnSide(host, "/b")], PathOnSide(board, "/app"), recursive=False)
    assert host.asked == 1
    assert board.asked == 1


def test_nothing_is_copied_where_something_is_wrong(host, board):
    with pytest.raises(FileNotFoundError, match="'/nosuch'"):
        copied([PathOnSide(host, "/a"), PathOnSide(host, "/nosuch")], PathOnSide(board, "/app"))
    with pytest.raises(FileNotFoundError, match="':/nosuch'"):
        copied([PathOnSide(board, "/nosuch")], PathOnSide(host, "/"))
    with pytest.raises(IsADirectoryError, match="'/lib'"):
        copied([PathOnSide(host, "/a"), PathOnSide(host, "/lib")], PathOnSide(board, "/app"))
    with pytest.raises(NotADirectoryError, match="':/old'"):
        copied([PathOnSide(host, "/a"), PathOnSide(host, "/b")], PathOnSide(board, "/old"))
    with pytest.raises(FileExistsError, match="':/app/x'"):
        copied([PathOnSide(host, "/lib/x"), PathOnSide(host, "/lib/x")], PathOnSide(board, "/app"))
    assert board.files == {"/old": b"old"}


@pytest.mark.parametrize(("source", "destination"), [("/d", "/d/e"), ("/d", "/d"), ("/", "/d/e")])
def test_no_directory_goes_into_itself(source, destination):
    board = Side({"/d/f": b"1"}, is_board=True)
    with pytest.raises(OSError, match="into itself"):
        copied([PathOnSide(board, source)], PathOnSide(board, destination), recursive=True)
    copied([PathOnSide(board, "/d")], PathOnSide(board, "/de"), recursive=True)


def test_what_stays_on_a_side_is_copied_there(host, board):
    assert copied([PathOnSide(host, "/b")], PathOnSide(board, "/"))[-1] == 2
    assert copied([PathOnSide(board, "/old")], PathOnSide(host, "/"))[-1] == 3
    assert copied([PathOnSide(board, "/old")], PathOnSide(board, "/new"))[-1] == 3
    assert board.copies == [("/old", "/new")]
    assert host.copies == []


def test_many_files_go_in_groups(board):
    many = Side({f"/f{number:03}": b"1" for number in range(GROUP_FILES * 2 + 1)})
    copied([PathOnSide(many, "*")], PathOnSide(board, "/app"))
    assert [len(group) for group in board.writes] == [GROUP_FILES, GROUP_FILES, 1]
    large = Side({f"/f{number}": bytes(GROUP_BYTES // 2) for number in range(3)})
    board.writes.clear()
    copied([PathOnSide(large, "*")], PathOnSide(board, "/app"))
    assert [len(group) for group in board.writes] == [2, 1]
    assert [len(group) for group in large.reads] == [2, 1]


def test_sources_on_both_sides_go_in_their_order(host, board):
    copied(
        [PathOnSide(host, "/a"), PathOnSide(board, "/old"), PathOnSide(host, "/b")], PathOnSide(board, "/app")
    )
    assert board.writes == [["/app/a"], ["/app/b"]]
    assert board.copies == [("/old", "/app/old")]
