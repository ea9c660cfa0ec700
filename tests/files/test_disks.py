"""The file systems of real boards, on disks in a virtual board's memory: space, names, mounts, read-only."""

import pytest

from tests.files import ramdisk
from tests.opened import opened

pytestmark = pytest.mark.board


@pytest.fixture
def device(unix):
    with opened(unix) as device:
        yield device


@pytest.fixture(params=ramdisk.KINDS)
def kind(request, device):
    """A disk of 150 KB at /disk, with this file system."""
    ramdisk.mount(device, request.param)
    return request.param


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def files(request, device, kind):
    device.files._is_fast = request.param
    return device.files


def test_a_file_is_replaced(files):
    files.write("/disk/lib/a.py", b"old")
    files.write("/disk/lib/a.py", b"new and longer")
    assert files.read("/disk/lib/a.py") == b"new and longer"
    tree = files.tree("/disk")
    assert list(tree.files) == ["/disk/lib/a.py"]
    assert not tree.leftovers


def test_what_is_mounted_is_never_removed(files):
    files.write("/disk/a", b"1")
    assert files.tree().mounts == files.listing("/").mounts == {"/disk"}
    with pytest.raises(PermissionError, match="never removed: ':/disk'"):
        files.remove_tree("/disk")
    files.write("/other", b"")
    assert files.listing("/").mounts == {"/disk"}
    files.write("/disk/lib/x", b"")
    files.remove_tree("/disk/lib")
    assert files.read("/disk/a") == b"1"


def test_each_file_system_has_its_own_space(files):
    total = files.space("/disk").total
    assert 100_000 < total < 160_000
    assert files.space("/").total != total
    assert files.tree("/disk").space.total == total


def test_no_space(files):
    files.write("/disk/old", b"old")
    for path in ("/disk/new", "/disk/old", "/disk/sub/new"):
        with pytest.raises(OSError, match=f"no space left on the board: ':{path}'"):
            files.write(path, bytes(200_000))
    assert files.read("/disk/old") == b"old"
    tree = files.tree("/disk")
    assert list(tree.files) == ["/disk/old"]
    assert not tree.leftovers


def test_space_for_one_of_two(files):
    data = bytes(range(256)) * 300
    with pytest.raises(OSError, match="no space left on the board: ':/disk/b'"):
        files.write_files({"/disk/a": data, "/disk/b": data})
    assert not files.tree("/disk").leftovers


def test_a_file_that_fits_only_once_cannot_be_replaced(files):
    first, second = bytes(100_000), b"x" * 100_000
    files.write("/disk/big", first)
    with pytest.raises(OSError, match="no space left"):
        files.write("/disk/big", second)
    assert files.read("/disk/big") == first
    files.remove("/disk/big")
    files.write("/disk/big", second)


def test_a_copy_without_space_leaves_nothing(files):
    files.write("/disk/a", bytes(100_000))
    with pytest.raises(OSError, match="no space left"):
        files.copy("/disk/a", "/disk/b")
    tree = files.tree("/disk")
    assert (list(tree.files), tree.leftovers) == (["/disk/a"], frozenset())


def test_a_read_only_one(device, files):
    files.write("/disk/a", b"1")
    ramdisk.make_read_only(device)
    for action in (
        lambda: files.write("/disk/a", b"2"),
        lambda: files.write("/disk/x", b"2"),
        lambda: files.write("/disk/sub/x", b"2"),
        lambda: files.mkdirs("/disk/sub"),
        lambda: files.remove("/disk/a"),
        lambda: files.remove_tree("/disk/a"),
        lambda: files.copy("/disk/a", "/disk/b"),
    ):
        with pytest.raises(PermissionError, match="eject CIRCUITPY"):
            action()
    assert files.read("/disk/a") == b"1"
    files.mkdirs("/disk")


def test_names_that_a_file_system_does_not_allow(files, kind):
    if kind == "VfsFat":
        with pytest.raises(OSError, match="does not allow this name"):
            files.write("/disk/a:b?", b"1")
    if kind == "VfsLfs2":
        with pytest.raises(OSError, match="name is too long"):
            files.write("/disk/" + "n" * 300, b"1")
    files.write("/disk/" + "n" * 200, b"1")
    assert files.read("/disk/" + "n" * 200) == b"1"
    assert len(files.tree("/disk").files) == 1


def test_files_and_directories_in_each_others_place(files):
    files.write("/disk/f", b"1")
    files.mkdirs("/disk/d/e")
    with pytest.raises(IsADirectoryError, match=":/disk/d"):
        files.write("/disk/d", b"1")
    with pytest.raises(NotADirectoryError, match=":/disk/f/x"):
        files.write("/disk/f/x", b"1")
    with pytest.raises(FileExistsError, match=":/disk/f"):
        files.mkdirs("/disk/f")
    with pytest.raises(IsADirectoryError, match=":/disk/d"):
        files.remove("/disk/d")
    with pytest.raises(NotADirectoryError, match=":/disk/f"):
        files.remove_directories(["/disk/f"])
    with pytest.raises(OSError, match="not empty"):
        files.remove_directories(["/disk/d"])
    with pytest.raises(IsADirectoryError, match=":/disk/d"):
        files.read("/disk/d")
    assert not files.tree("/disk").leftovers


def test_a_name_that_is_no_text_hides_only_itself(device):
    ramdisk.mount(device, "VfsFat")
    device.files.write_files({"/disk/ABC.TXT": b"1", "/disk/other": b"2"})
    device.exec(
        "disk.data[disk.data.find(b'ABC     TXT')] = 0x82\n"
        "vfs.umount('/disk')\n"
        "vfs.mount(vfs.VfsFat(disk), '/disk')\n"
    )
    assert list(device.files.tree("/disk").files) == ["/disk/other"]
