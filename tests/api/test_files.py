"""Files of a board as scripts handle them, and directories that are made the same."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

import iot_kernel

pytestmark = pytest.mark.board


@pytest.fixture
def files(board):
    files = board.files
    yield files
    for name in files.listdir():
        files.remove(name, recursive=True)


@pytest.fixture
def project(tmp_path):
    directory = tmp_path / "project"
    for path in ("main.py", "lib/a.py", "lib/deep/b.txt", "lib/.hidden", "lib/__pycache__/x.pyc"):
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(f"# {path}\n")
    return directory


def test_contents(files):
    files.write_bytes("/new/data.bin", bytes(range(256)))
    assert files.read_bytes("new/data.bin") == bytes(range(256))
    assert files.listdir() == ["new"]
    assert files.listdir("new") == ["data.bin"]


def test_paths_of_pathlib(files):
    for path in (PurePosixPath("/new/data.bin"), PureWindowsPath("/new/data.bin")):
        files.write_bytes(path, bytearray(b"x"))
        assert files.read_bytes(path) == b"x"
        assert files.listdir(path.parent) == ["data.bin"]
        files.remove(path)
        assert list(files.walk(path.parent)) == [("/new", [], [])]


def test_a_directory_there_and_back(files, project, tmp_path):
    told = []
    written = files.put(project, "/app", told.append)
    assert "/app/lib/deep/b.txt" in written
    assert told[-1] == sum(path.stat().st_size for path in project.rglob("*") if path.is_file())
    files.makedirs("/app/empty")
    back = files.get("/app", tmp_path / "back")
    assert tmp_path / "back/lib/deep/b.txt" in back
    assert (tmp_path / "back/lib/.hidden").read_text() == "# lib/.hidden\n"
    assert (tmp_path / "back/empty").is_dir()


def test_one_file_into_a_directory_or_by_its_name(files, project, tmp_path):
    assert files.put(project / "main.py") == ["/main.py"]
    assert files.put(project / "main.py", "new/") == ["/new/main.py"]
    assert files.put(project / "main.py", "other.py") == ["/other.py"]
    assert files.get("main.py", tmp_path) == [tmp_path / "main.py"]


def test_names_are_taken_as_they_are(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("~", "a*.py", "[b].py", "$HOME"):
        (tmp_path / name).write_text(name)
        assert files.put(name) == [f"/{name}"]
        assert files.get(name, tmp_path / "back" / name) == [tmp_path / "back" / name]
        assert (tmp_path / "back" / name).read_text() == name


def test_walk(files, project):
    files.put(project, "/app")
    files.remove("/app/lib/__pycache__", recursive=True)
    assert list(files.walk("/app")) == [
        ("/app", ["lib"], ["main.py"]),
        ("/app/lib", ["deep"], [".hidden", "a.py"]),
        ("/app/lib/deep", [], ["b.txt"]),
    ]
    assert next(files.walk())[:2] == ("/", ["app"])


def test_remove(files):
    files.write_bytes("/a/b.txt", b"b")
    with pytest.raises(OSError, match="a"):
        files.remove("/a")
    files.remove("/a/b.txt")
    files.remove("/a")
    with pytest.raises(FileNotFoundError):
        files.remove("/a")
    for recursive in (False, True):
        with pytest.raises(PermissionError, match="never removed"):
            files.remove("/", recursive=recursive)


def test_errors_are_pythons(files, tmp_path):
    with pytest.raises(FileNotFoundError, match=":/nosuch"):
        files.read_bytes("nosuch")
    with pytest.raises(FileNotFoundError):
        files.put(tmp_path / "nosuch")
    with pytest.raises(FileNotFoundError):
        files.get("nosuch", tmp_path)
    with pytest.raises(NotADirectoryError, match="no directory"):
        files.sync(tmp_path / "nosuch")


class TestSync:
    def test_a_directory(self, files, project):
        files.write_bytes("/app/old.py", b"old")
        files.write_bytes("/app/main.py", b"old")
        files.write_bytes("/kept.py", b"kept")
        plan = files.sync(project, "/app", dry_run=True, delete=True)
        assert files.read_bytes("/app/main.py") == b"old"
        assert plan == files.sync(project, "/app", delete=True)
        assert "contents" not in repr(plan)  # which may be megabytes
        assert (plan.deletes, plan.updates) == (("/app/old.py",), ("/app/main.py",))
        assert plan.adds == ("/app/lib/a.py", "/app/lib/deep/b.txt")
        assert files.read_bytes("/app/lib/deep/b.txt") == b"# lib/deep/b.txt\n"
        assert files.listdir() == ["app", "kept.py"]
        assert files.sync(project, "/app", delete=True).is_empty

    def test_nothing_is_deleted_unless_it_is_asked_for(self, files, project):
        files.write_bytes("/app/old.py", b"old")
        assert files.sync(project, "app").deletes == ()
        assert "old.py" in files.listdir("app")

    def test_what_a_device_file_lists(self, board, files, project, name_board):
        file = name_board("robot", board.info.uid, f"  path: {project}\n  resources:\n    - main.py\n")
        assert files.sync().adds == ("/main.py",)
        file.unlink()
        with pytest.raises(iot_kernel.ConfigError, match="no device file describes the board"):
            files.sync()
        file.touch()

    def test_what_is_in_the_way(self, files, project):
        files.write_bytes("/app/main.py/x", b"x")
        with pytest.raises(iot_kernel.SyncError, match=r"main\.py/ is a directory on the board"):
            files.sync(project, "app")
