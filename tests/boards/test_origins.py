"""Which files of this computer a board has: told as long as it is true."""

import pytest

from iot_kernel.boards.origins import LONGEST_SOURCE, Origins, note_copied
from iot_kernel.errors import IoTKernelError
from tests.each import each


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "tool.py"
    path.write_text("x = 1\n")
    return path


def note(origins, path, source, *, mark="life", loaded=(), sent=True):
    origins.note({path: source}, mark, loaded=loaded, sent=[path] if sent else [])


@each(
    ("path", "file", "is_known"),
    [
        ("/tool.py", "tool.py", True),
        ("/tool.py", "./tool.py", True),
        ("/tool.py", "/tool.py", True),
        ("/flash/tool.py", "tool.py", True),
        ("/lib/tool.py", "/lib/tool.py", True),
        ("/lib/tool.py", "lib/tool.py", True),
        ("/lib/tool.py", "/lib/tool.mpy", True),
        ("/lib/tool.mpy", "/lib/tool.py", True),
        ("/lib/tool.py", "tool.py", False),
        ("/tool.py", "/lib/tool.py", False),
        ("/tool.py", "<string>", False),
        ("/tool.py", "", False),
    ],
)
def test_files_as_tracebacks_call_them(path, file, is_known, source):
    origins = Origins()
    note(origins, path, source)
    assert (origins.find(file) is not None) is is_known


@each(
    ("path", "name"),
    [
        ("/tool.py", "tool"),
        ("/lib/tool.py", "tool"),
        ("/flash/lib/tool.py", "tool"),
        ("/lib/a/b.mpy", "a.b"),
        ("/lib/a/__init__.py", "a"),
        ("/app/x.py", "app.x"),
        ("/library/x.py", "library.x"),
    ],
)
def test_modules(path, name, source):
    origins = Origins()
    note(origins, path, source)
    assert origins.find(path).module == name


def test_the_text_is_that_which_was_copied(source):
    origins = Origins()
    note(origins, "/tool.py", source)
    assert origins.find("tool.py").text() == "x = 1\n"
    source.write_text("x = 2\n")
    assert origins.find("tool.py").text() is None
    source.unlink()
    assert origins.find("tool.py").text() is None
    source.write_text("x = 1\n")
    assert origins.find("tool.py").text() == "x = 1\n"


@each(
    ("loaded", "was_loaded"),
    [
        ([], False),
        (["other.py", "/lib/tool.py"], False),
        (["tool.py"], True),
        (["/tool.py"], True),
        (["/tool.mpy"], True),
        (None, None),
    ],
)
def test_a_module_that_was_loaded_before(loaded, was_loaded, source):
    origins = Origins()
    note(origins, "/tool.py", source, loaded=loaded)
    assert origins.find("tool.py").was_loaded is was_loaded
    assert [each.module for each in origins.replaced("life")] == (["tool"] if was_loaded is not False else [])
    assert origins.replaced("next") == []


def test_the_same_content_again_changes_nothing(source):
    origins = Origins()
    note(origins, "/tool.py", source)
    origins.forget("/tool.py")  # it is written again
    assert origins.find("tool.py") is None
    note(origins, "/tool.py", source, loaded=["tool.py"])
    assert origins.find("tool.py").was_loaded is False
    source.write_text("x = 2\n")
    origins.forget("/tool.py")
    note(origins, "/tool.py", source, loaded=["tool.py"])
    assert origins.find("tool.py").was_loaded is True
    note(origins, "/tool.py", source, sent=False)
    assert origins.find("tool.py").was_loaded is True


def test_what_was_there_already_counts_as_what_was_loaded(source):
    origins = Origins()
    note(origins, "/tool.py", source, loaded=["tool.py"], sent=False)
    assert origins.find("tool.py").was_loaded is False


def test_directories_that_are_removed(source):
    origins = Origins()
    for path in ("/lib/a/x.py", "/lib/a.py", "/lib/ab.py"):
        note(origins, path, source)
    origins.forget("/lib/a")
    assert [path for path in ("/lib/a/x.py", "/lib/a.py", "/lib/ab.py") if origins.find(path)] == [
        "/lib/a.py",
        "/lib/ab.py",
    ]


def test_only_sources_that_can_be_read(tmp_path, source):
    origins = Origins()
    large = tmp_path / "large.py"
    large.write_bytes(b"#" * (LONGEST_SOURCE + 1))
    (tmp_path / "data.csv").write_text("1")
    for path in (large, tmp_path / "data.csv", tmp_path / "gone.py", tmp_path):
        note(origins, f"/{path.name}", path)
        assert origins.find(path.name) is None


class Board:
    mark, platform = "life", "rp2"

    def __init__(self, answer):
        self._answer = answer
        self.asked = 0

    def answer_when_idle(self, code):
        self.asked += 1
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@each("answer", [None, "", "rubbish", IoTKernelError("lost"), TimeoutError()])
def test_a_board_that_does_not_tell_what_it_has_loaded(answer, source):
    origins = Origins()
    note_copied(origins, Board(answer), {"/tool.py": source}, ["/tool.py"])
    assert origins.find("tool.py").was_loaded is None


def test_a_board_is_asked_only_where_modules_were_written(source):
    board = Board(None)
    note_copied(Origins(), board, {"/tool.py": source, "/a.txt": source}, ["/a.txt"])
    assert board.asked == 0
    note_copied(Origins(), board, {"/tool.py": source}, ["/tool.py"])
    assert board.asked == 1
