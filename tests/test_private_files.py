import os
from pathlib import Path

import pytest

from iot_kernel import private_files
from iot_kernel.errors import ConfigError


def test_a_private_directory_is_only_for_its_owner(tmp_path: Path):
    made = private_files.private_directory(tmp_path / "a" / "b", "advice")
    assert made.is_dir()
    assert made.stat().st_mode & 0o777 == 0o700
    assert private_files.private_directory(made, "advice") == made


def test_a_directory_that_cannot_be_made_says_which_and_what_to_do(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"file/sub.*choose another") as caught:
        private_files.private_directory(tmp_path / "file" / "sub", "choose another")
    assert caught.value.path == str(tmp_path / "file" / "sub")


def test_a_directory_without_rights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        os, "access", lambda *_: False
    )  # root may write anywhere, so the modes prove nothing here
    with pytest.raises(ConfigError, match="no right to write"):
        private_files.private_directory(tmp_path, "choose another")


def test_a_private_file_is_replaced_whole_and_leaves_nothing_beside(tmp_path: Path):
    path = tmp_path / "x.json"
    private_files.write_private(path, "one")
    private_files.write_private(path, "zwö")
    assert path.read_text(encoding="utf-8") == "zwö"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_beside(tmp_path: Path):
    target = tmp_path / "x.json"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        private_files.write_private(target, "text")
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_file_that_others_may_read_is_written_whole_too(tmp_path: Path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    private_files.write_whole(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"new"
    assert (tmp_path / "f").stat().st_mode == plain.stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "plain"]


def test_small_files_are_read_and_no_others(tmp_path: Path):
    path = tmp_path / "f"
    assert private_files.read_small(path, 3, "") is None
    assert private_files.read_small(path / "below", 3, "") is None
    path.write_bytes(b"abc")
    assert private_files.read_small(path, 3, "") == b"abc"
    with pytest.raises(ConfigError, match="is larger than 2 bytes; this is no such file"):
        private_files.read_small(path, 2, "this is no such file")
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        private_files.read_small(tmp_path, 3, "")


def test_a_file_that_somebody_reads_is_replaced_a_moment_later(tmp_path, monkeypatch):
    """As Windows has it."""
    (tmp_path / "new").write_text("new")
    refusals = iter([True, True, False])
    replace = Path.replace

    def refuse(self, target):
        if next(refusals):
            raise PermissionError(13, "Access is denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    private_files._replace(tmp_path / "new", tmp_path / "old", patience=60)
    assert (tmp_path / "old").read_text() == "new"
    refusals = iter([True])
    with pytest.raises(PermissionError):
        private_files._replace(tmp_path / "old", tmp_path / "new", patience=0)
