"""Firmware that has less than the boards here: played on the virtual board by modules that lack something."""

import random

import pytest

from iot_kernel.device.device import Device
from iot_kernel.files.tree import digest
from tests.real_boards import kinds

pytestmark = pytest.mark.board

_LESS = """
import sys, os, hashlib, binascii
class Os: pass
for name in NAMES:
    setattr(Os, name, getattr(os, name))
sys.modules['os'] = Os
class Hashlib:
    def new(name):
        if name != 'sha1': raise ValueError('Unsupported hash algorithm')
        return hashlib.sha1()
class Binascii: pass
for name in BINASCII:
    setattr(Binascii, name, getattr(binascii, name))
sys.modules['binascii'] = Binascii
HASHLIB
class Nothing: pass
sys.modules['deflate'] = Nothing
sys.modules['select'] = Nothing
for name in ('os', 'binascii', 'hashlib', 'select'):
    sys.modules['u' + name] = sys.modules[name]
"""
COMMON = ["mkdir", "rmdir", "remove", "rename", "stat", "statvfs", "listdir", "getcwd"]
CIRCUITPYTHON = (
    _LESS.replace("NAMES", repr(COMMON))
    .replace("BINASCII", "['a2b_base64', 'b2a_base64', 'crc32']")
    .replace("HASHLIB", "sys.modules['hashlib'] = Hashlib")
    + """
class Storage:
    def getmount(path):
        if path != '/sd': raise OSError(19)
        return True
sys.modules['storage'] = Storage
"""
)
NO_HASHLIB = (
    _LESS.replace("NAMES", repr([*COMMON, "ilistdir"]))
    .replace("BINASCII", "['a2b_base64', 'b2a_base64', 'crc32']")
    .replace("HASHLIB", "sys.modules['hashlib'] = Os")
)
NO_BINASCII = (
    _LESS.replace("NAMES", repr([name for name in COMMON if name != "statvfs"]))
    .replace("BINASCII", "[]")
    .replace("HASHLIB", "sys.modules['hashlib'] = Os")
)
FIRMWARE = {"sha1": CIRCUITPYTHON, "crc32": NO_HASHLIB, "adler32": NO_BINASCII}
CONTENTS = {"/a.bin": bytes(range(256)) * 20, "/lib/é b.py": b"print(1)\n" * 500, "/lib/empty": b""}


@pytest.fixture(params=FIRMWARE)
def algorithm(request):
    return request.param


@pytest.fixture
def files(unix, algorithm):
    device = Device(unix.url)
    device.open()
    device.exec(FIRMWARE[algorithm])
    yield device.files
    device.close()


def test_there_and_back(files, algorithm):
    files.write_files(CONTENTS)
    assert files.read_files(list(CONTENTS)) == list(CONTENTS.values())
    tree = files.tree(digest_sizes=None)
    assert tree.algorithm == algorithm
    assert tree.directories == {"/lib"}
    assert {path: file.digest for path, file in tree.files.items()} == {
        path: digest(data, algorithm) for path, data in CONTENTS.items()
    }
    again = files.tree(digest_sizes=None)  # a second later perhaps, on a disk that others use
    assert (again.files, again.directories, again.mounts) == (tree.files, tree.directories, tree.mounts)


def test_changes(files):
    files.write_files(CONTENTS)
    files.write("/a.bin", b"new")
    files.copy("/a.bin", "/c.bin")
    files.remove_files(["/a.bin"])
    files.remove_tree("/lib")
    files.mkdirs("/d/e")
    with pytest.raises(OSError, match="not empty"):
        files.remove_directories(["/d"])
    tree = files.tree()
    assert (list(tree.files), tree.directories) == (["/c.bin"], {"/d", "/d/e"})
    assert files.read("/c.bin") == b"new"


def test_what_is_mounted(files, algorithm):
    files.mkdirs("/sd")
    files.mkdirs("/lib")
    assert files.tree().mounts == ({"/sd"} if algorithm == "sha1" else frozenset())


def test_no_space(files, algorithm):
    space = files.space()
    if algorithm == "adler32":
        assert space is None
    else:
        assert 0 < space.free < space.total


@pytest.fixture(params=["92K", "110K", "160K"])
def little(request, tmp_path):
    """A board with 41 to 114 KB of free memory, on a computer of 64 bits: half of that on a chip."""
    with kinds.unix(tmp_path / "board", heap=request.param) as board:
        device = Device(board.url)
        device.open()
        device.directory = board.directory
        yield device
        device.close()


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
def test_little_memory_and_many_files(little, fast):
    files = little.files
    files._is_fast = fast
    names = [f"file_number_{number}.txt" for number in range(2000)]
    (little.directory / "many").mkdir()
    for number, name in enumerate(names):
        (little.directory / "many" / name).write_bytes(b"x" * (number % 100))
    tree = files.tree(digest_sizes=None)
    assert sorted(tree.files) == sorted(f"/many/{name}" for name in names)
    assert tree.files["/many/file_number_5.txt"].digest == digest(b"xxxxx", tree.algorithm)
    contents = {"/noise": random.Random(1).randbytes(100_000), "/source": b"def f(x):\n    return x\n" * 4000}
    files.write_files(contents)
    assert files.read_files(list(contents)) == list(contents.values())
    files.copy("/noise", "/copy")
    files.remove_tree("/many")
    assert files.tree().files.keys() == {"/noise", "/source", "/copy"}
    assert not [name for name in little.eval("dir()") if "iot" in name and name != "__iot__"]
