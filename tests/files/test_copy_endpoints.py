"""This computer and a board as sides of a copy: wildcards, links, devices; replaced as a whole."""

import os
from pathlib import Path

import pytest

from iot_kernel.files import copy_endpoints
from iot_kernel.files.copy_endpoints import Below, BoardEndpoint, HostEndpoint
from iot_kernel.files.errors import TooMuchError
from iot_kernel.files.host_files import DIRECTORY
from iot_kernel.files.tree import RemoteFile, Tree
from tests.each import each


@pytest.fixture
def here(tmp_path, monkeypatch):
    for path in ("a.py", "b.py", ".c.py", "d/e.py", "d/f/g.py", "d/.h"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "d/empty/deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestHost:
    side = HostEndpoint()

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("a.py", ["a.py"]),
            ("nosuch", ["nosuch"]),
            ("*.py", ["a.py", "b.py"]),
            (".*", [".c.py"]),
            ("d/*", ["d/e.py", "d/empty", "d/f"]),
            ("**/g.py", ["d/f/g.py"]),
            ("[ab].py", ["a.py", "b.py"]),
        ],
    )
    def test_expand(self, here, text, found):
        assert self.side.expand(text) == found

    def test_expand_nothing(self, here):
        with pytest.raises(FileNotFoundError, match=r"nothing on this computer matches: '\*\.txt'"):
            self.side.expand("*.txt")
        with pytest.raises(FileNotFoundError, match="No such home directory"):
            self.side.expand("~nosuchuser/x")

    def test_sizes(self, here):
        assert self.side.sizes(["a.py", "d", "nosuch", "."]) == [4, DIRECTORY, None, DIRECTORY]

    def test_below(self, here):
        assert self.side.below("d") == Below(["empty/deep"], {"e.py": 6, ".h": 4, "f/g.py": 8})

    def test_links_are_followed_once(self, here):
        (here / "d/loop").symlink_to(here / "d")
        (here / "d/link").symlink_to(here / "a.py")
        found = self.side.below("d").files
        assert found["link"] == 4
        assert not any(path.startswith("loop/loop") for path in found)

    @each(("path", "name"), [("a.py", "a.py"), ("d/f", "f"), (".", ""), ("..", ""), ("/", ""), ("d/..", "")])
    def test_names(self, path, name):
        assert self.side.name(path) == name

    def test_replaced_as_a_whole_and_with_its_rights(self, here, monkeypatch):
        (here / "a.py").chmod(0o640)
        self.side.write({"a.py": b"new", "x/y": b"1"}, lambda done: None)
        assert (here / "a.py").read_bytes() == b"new"
        assert (here / "a.py").stat().st_mode & 0o777 == 0o640
        assert (here / "x/y").read_bytes() == b"1"

        really_open = Path.open

        def full(path, mode):
            with really_open(path, mode) as file:
                file.write(b"n")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "open", full)
        with pytest.raises(OSError, match="No space"):
            self.side.write({"a.py": b"newer"}, lambda done: None)
        monkeypatch.undo()
        monkeypatch.chdir(here)
        assert (here / "a.py").read_bytes() == b"new"
        assert not list(here.glob("*.~iot"))

    def test_copied_here(self, here):
        self.side.copy("a.py", "x/copy.py")
        assert (here / "x/copy.py").read_text() == "a.py"

    def test_what_is_no_file_is_written_into(self, here):
        os.mkfifo(here / "fifo")
        reader = os.open(here / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        self.side.write({"fifo": b"through"}, lambda done: None)
        assert os.read(reader, 100) == b"through"
        os.close(reader)
        with pytest.raises(IsADirectoryError):
            self.side.write({"d": b"1"}, lambda done: None)


class Files:
    """A board's files, as far as a side needs them."""

    def __init__(self, *paths):
        self.files = {path: RemoteFile(path, len(path), None, None) for path in sorted(paths)}
        self.listings = 0

    def absolute(self, path):
        return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))

    def stats(self, paths):
        return [self.stat(path) for path in paths]

    def stat(self, path):
        inside = any(file.startswith(f"{path}/") for file in self.files)
        return RemoteFile(path, -1, None, None) if inside else self.files.get(path)

    def tree(self, root="/"):
        inside = {path: file for path, file in self.files.items() if path.startswith(root)}
        directories = {path[:at] for path in inside for at in range(len(path)) if path[at] == "/"} - {""}
        return Tree(inside, frozenset(directories), frozenset(), frozenset(), "sha256", None, False, None)

    def listing(self, path="/"):
        self.listings += 1
        if path in self.files:
            raise NotADirectoryError(20, "", f":{path}")
        whole = self.tree(path)
        level = path.rstrip("/").count("/") + 1
        files = {name: file for name, file in whole.files.items() if name.count("/") == level}
        directories = {name for name in whole.directories if name.count("/") == level}
        return Tree(files, frozenset(directories), *[frozenset()] * 2, "sha256", None, False, None)


class TestBoard:
    files = Files("/a.py", "/b.py", "/.c.py", "/d/e.py", "/d/f/g.py", "/h[1].py")
    side = BoardEndpoint(files)

    @each(
        ("text", "found"),
        [
            ("a.py", ["/a.py"]),
            ("nosuch", ["/nosuch"]),
            ("*.py", ["/a.py", "/b.py", "/h[1].py"]),
            (".*", ["/.c.py"]),
            ("/*/e.py", ["/d/e.py"]),
            ("*/*", ["/d/e.py", "/d/f"]),
            ("d/?/[fg].py", ["/d/f/g.py"]),
            ("h[1].py", ["/h[1].py"]),
            ("*", ["/a.py", "/b.py", "/d", "/h[1].py"]),
        ],
    )
    def test_expand(self, text, found):
        assert self.side.expand(text) == found

    @each("text", ["*.txt", "nosuch/*", "a.py/*", "*/nosuch"])
    def test_expand_nothing(self, text):
        with pytest.raises(FileNotFoundError, match="nothing on the board matches"):
            self.side.expand(text)

    def test_sizes(self):
        assert self.side.sizes(["/a.py", "/", "/d", "/nosuch"]) == [5, DIRECTORY, DIRECTORY, None]

    def test_below(self):
        assert self.side.below("/d") == Below([], {"e.py": 7, "f/g.py": 9})
        assert set(self.side.below("/").files) == {path[1:] for path in self.files.files}

    def test_names(self):
        assert self.side.name("/d/e.py") == "e.py"
        assert self.side.name("/") == ""
        assert self.side.join("/", "x/y") == "/x/y"

    def test_no_more_is_kept_than_can_be_true(self, monkeypatch):
        monkeypatch.setattr(copy_endpoints, "MOST_ENTRIES", 5)
        files = Files(*(f"/{directory}/{name}" for directory in "abc" for name in "xy"))
        assert len(BoardEndpoint(files).expand("/*/x")) == 3
        with pytest.raises(TooMuchError, match=r"looking for files: .* more than 5 that match ':/\*/\*'"):
            BoardEndpoint(files).expand("/*/*")
