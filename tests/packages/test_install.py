"""Files on their way into a destination: checked first, written one by one, told about."""

import hashlib
import random

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectionLostError
from iot_kernel.packages.destinations import BoardDirectory, HostDirectory
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.install import check, check_for_board, find_changes, make_changes
from iot_kernel.packages.resolve import File
from iot_kernel.packages.sources import Web
from tests.each import each
from tests.packages.index import compile_module

UNIX = 2822


def file(path, data=b"", digits=8):
    return File(path, Web(f"https://host/{path}"), hashlib.sha256(data).hexdigest()[:digits])


@each("digits", [0, 4, 8, 64])
def test_the_right_content(digits):
    check(file("a.py", b"x = 1", digits), b"x = 1")


def test_the_wrong_content():
    with pytest.raises(
        PackageError, match=r"https://host/a.py: damaged: its SHA-256 begins with \w{8}, not with \w{8}"
    ):
        check(file("a.py", b"x = 1"), b"x = 2")


@each("path", ["a.py", "a.mpy"])
@each("data", [b"<!DOCTYPE html>\n", b"\n <html><body>"])
def test_a_web_page_is_no_module(path, data):
    with pytest.raises(PackageError, match="this is a web page"):
        check(File(path, Web("https://host/a.py")), data)
    check(File("index.html", Web("https://host/index.html")), data)


def test_what_the_board_cannot_import():
    check_for_board(file("a.mpy"), compile_module("x = 1"), UNIX)
    check_for_board(file("a.py"), b"anything", None)
    with pytest.raises(PackageError, match=r"https://host/a.mpy: compiled for \.mpy version 5"):
        check_for_board(file("a.mpy"), b"M\x05\x00\x1f", UNIX)


def ignore(_):
    pass


def run(contents, destination, on_progress=ignore):
    changes = find_changes(contents, destination)
    make_changes(changes, destination, on_progress)
    return list(changes.contents), changes.hiding, changes.unchanged


def test_only_what_has_changed_is_written(tmp_path):
    (tmp_path / "same.py").write_bytes(b"same")
    (tmp_path / "hidden.py").write_bytes(b"old")
    (tmp_path / "other.py").write_bytes(b"mine")
    before = (tmp_path / "same.py").stat()
    contents = {"same.py": b"same", "p/new.py": b"new", "hidden.mpy": b"compiled"}
    assert run(contents, HostDirectory(tmp_path)) == (["p/new.py", "hidden.mpy"], ("hidden.py",), 1)
    assert (tmp_path / "same.py").stat() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hidden.mpy", "other.py", "p", "same.py"]
    assert run(contents, HostDirectory(tmp_path)) == ([], (), 3)


def test_progress(tmp_path):
    told = []
    run({"a": b"1234", "b": b"5678"}, HostDirectory(tmp_path), told.append)
    assert told == [4, 8]


def test_nothing_to_install(tmp_path):
    assert run({}, HostDirectory(tmp_path)) == ([], (), 0)


def test_a_board_that_is_unplugged_in_the_middle(unix):
    contents = {"a.py": b"x = 1", "b.py": random.randbytes(300_000), "c.py": b""}
    device = Device(unix.url)
    device.open()
    library = BoardDirectory(device.files, "/lib")
    with pytest.raises(ConnectionLostError):
        run(contents, library, lambda done: unix.kill() if done > 50_000 else None)
    device.reopen()
    assert set(device.files.tree("/lib").files) == {"/lib/a.py"}
    run(contents, library)
    assert device.files.read("/lib/b.py") == contents["b.py"]
    assert run(contents, library) == ([], (), 3)
    device.close()
