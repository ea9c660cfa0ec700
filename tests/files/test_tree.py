"""What a board says of its files, read without a board: mounts, leftovers, digests, nonsense."""

import hashlib
import zlib

import pytest

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.capabilities import EPOCH_2000, Capabilities
from iot_kernel.files.errors import TooMuchError
from iot_kernel.files.tree import (
    MOST_CHARACTERS,
    MOST_ENTRIES,
    RemoteFile,
    Space,
    TreeReader,
    digest,
    digest_of,
    space_of,
    stat_of,
)
from tests.each import each

ESP32 = Capabilities(True, True, True, True, "sha256", 2000, 160_000)
SPACE = (4096, 4096, 500, 100, 90, 0, 0, 0, 0, 255)
NOW = 750_000_000


def tree(*answers, capabilities=ESP32, platform="esp32", root="/"):
    reader = TreeReader(root, capabilities)
    for answer in answers:
        reader.take(answer)
    return reader.tree(platform)


def test_files_and_directories():
    found = tree(
        (NOW, True, SPACE),
        (b"",),
        (b"main.py", 5, NOW, b"12345678", False),
        (b"/lib", False),
        (b"/lib",),
        ("é.py".encode(), 7, 0, None, False),
        (b".hidden", 0, 0, None, False),
    )
    assert dict(found.files) == {
        "/lib/.hidden": RemoteFile("/lib/.hidden", 0, None, None),
        "/lib/é.py": RemoteFile("/lib/é.py", 7, None, None),
        "/main.py": RemoteFile("/main.py", 5, NOW + EPOCH_2000, b"12345678"),
    }
    assert list(found.files) == sorted(found.files)
    assert found.directories == {"/lib"}
    assert found.mounts == frozenset()
    assert found.space == Space(90 * 4096, 500 * 4096)
    assert found.now == NOW + EPOCH_2000
    assert not found.is_flat


def test_what_is_mounted_below_a_root():
    found = tree(
        (NOW, True, SPACE), (b"",), (b"boot.py", 0, 0, None, False), (b"/sd", True), (b"/lib", False)
    )
    assert found.mounts == {"/sd"}
    assert tree((NOW, True, SPACE), (b"",), (b"/sd", True)).mounts == {"/sd"}


def test_what_is_mounted_without_a_root():
    found = tree((NOW, False, SPACE), (b"",), (b"/flash", True), (b"/sd", True))
    assert found.mounts == {"/flash", "/sd"}


def test_old_firmware_where_everything_looks_mounted():
    found = tree((NOW, True, SPACE), (b"",), (b"a", 0, 0, None, True), (b"/lib", True))
    assert found.mounts == frozenset()


def test_directories_of_the_firmware():
    answers = [(NOW, True, SPACE), (b"",), (b"/dev", True), (b"/lib", True), (b"/dev",), (b"/lib",)]
    assert tree(*answers, platform="webassembly").mounts == {"/dev"}


def test_leftovers_are_no_files():
    found = tree(
        (NOW, True, None),
        (b"/lib",),
        (b"a.py.~iot", 3, 0, None, False),
        (b"a.py", 3, 0, None, False),
        root="/lib",
    )
    assert found.leftovers == {"/lib/a.py.~iot"}
    assert list(found.files) == ["/lib/a.py"]
    assert found.space is None


def test_a_slash_in_a_name_of_a_flat_file_system():
    flat = Capabilities(False, False, False, False, "adler32", 1970, 6000)
    found = tree(
        (None, True, None), (b"/a.py", 3, 0, None, False), (b"a.py", 4, 0, 1, False), capabilities=flat
    )
    assert found.is_flat
    assert list(found.files) == ["/a.py"]
    assert (found.now, found.unlisted) == (None, frozenset())
    found = tree((None, True, None), (b"a/../b", 3, 0, None, False), capabilities=flat)
    assert (dict(found.files), found.unlisted) == ({}, {"a/../b"})


@each("name", [b"..", b"../evil.txt", b"/", b"a/b", b"", b"\xff"])
def test_names_that_are_none(name):
    with pytest.raises(OSError, match=r"is no name of a file.*: ':/lib'"):
        tree((NOW, True, SPACE), (b"/lib",), (name, 1, 0, None, False), root="/lib")
    with pytest.raises(OSError, match=r"is no name of a file.*: ':/lib'"):
        tree((NOW, True, SPACE), (b"/lib",), (b"/lib/" + name, False), root="/lib")


@each("answer", [(b"/other",), (b"/..",), (b"lib",), (b"/other/x", False), (b"", False), (b"x", True)])
def test_directories_that_were_not_told(answer):
    with pytest.raises(RemoteProtocolError, match="listing its files"):
        tree((NOW, True, SPACE), (b"/lib",), answer, root="/lib")


def test_what_is_mounted_further_down():
    found = tree((NOW, True, SPACE), (b"",), (b"/media/sd", True), (b"/media/sd",), (b"x", 1, 0, None, False))
    assert found.mounts == {"/media/sd"}
    assert list(found.files) == ["/media/sd/x"]


@each("path", [b"/media/../sd", b"/..", b"/", b"//sd", b"/sd/", b"/a/\0/b"])
def test_mounts_that_are_none(path):
    with pytest.raises(OSError, match="is no name of a file"):
        tree((NOW, True, SPACE), (b"",), (path, True))


def test_a_directory_in_itself():
    path = b"/lib"
    with pytest.raises(TooMuchError, match="directories more than 32 levels deep"):
        for _ in range(100):
            path += b"/loop"
            levels = [path[: 4 + 5 * level] for level in range(path.count(b"/"))]
            tree(
                *((level,) if i % 2 else (level, False) for level in levels[1:] for i in range(2)),
                root="/lib",
            )


def test_entries_without_end():
    reader = TreeReader("/", ESP32)
    with pytest.raises(TooMuchError, match=f"more than {MOST_ENTRIES} entries"):
        for number in range(MOST_ENTRIES + 1):
            reader.take((b"%d" % number, 1, 0, None, False))
    reader = TreeReader("/", ESP32)
    with pytest.raises(TooMuchError, match=f"more than {MOST_CHARACTERS} characters"):
        for _ in range(MOST_ENTRIES):
            reader.take((b"x" * 1000, 1, 0, None, False))


@pytest.mark.parametrize("size", [-1, -2, -(1 << 63)])
def test_sizes_that_are_none(size):
    assert tree((NOW, True, SPACE), (b"x", size, 0, None, False)).files["/x"].size == 0
    assert stat_of("/x", (-(1 << 40), 0), ESP32).size == 0


@each("answer", [(), (1,), ("a", True), (b"a", "b"), (b"a", 4), (b"a", 1, 2, 3), (b"a", 1, 0, "x", False)])
def test_nonsense(answer):
    with pytest.raises(RemoteProtocolError):
        tree((NOW, True, SPACE), answer)


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 9])
def test_the_host_computes_what_boards_do(data):
    assert digest(data, "sha256") == hashlib.sha256(data).digest()[:8]
    assert digest(data, "sha1") == hashlib.sha1(data).digest()[:8]
    assert digest(data, "crc32") == digest_of(zlib.crc32(data))
    assert digest(data, "adler32") == digest_of(zlib.adler32(data))
    assert digest_of(-1) == b"\xff\xff\xff\xff"
    assert digest_of(None) is None
    assert digest_of("text") is None


@each("answer", [None, (), (0,) * 10, (4096, 4096), "text", (1, 2, 3, 4, "5")])
def test_no_space_to_speak_of(answer):
    assert space_of(answer) is None


def test_stat():
    assert stat_of("/a", (5, NOW), ESP32) == RemoteFile("/a", 5, NOW + EPOCH_2000, None)
    assert stat_of("/a", (-1, 0), ESP32).size == -1
    assert stat_of("/a", (-2, 0), ESP32) is None
    with pytest.raises(RemoteProtocolError):
        stat_of("/a", ("5", 0), ESP32)
