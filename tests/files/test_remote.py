"""Files on every kind of board: there and back, listed, changed; and what boards refuse."""

import pytest

from iot_kernel.files.tree import digest

ALL_BYTES = bytes(range(256)) * 3


def is_flat(files):
    return files.tree().is_flat


def test_there_and_back(files):
    files.write("/a.bin", ALL_BYTES)
    assert files.read("/a.bin") == ALL_BYTES
    files.write("a.bin", b"short")
    assert files.read("a.bin") == b"short"
    files.write("/empty", b"")
    assert files.read("/empty") == b""


def test_listed(files):
    files.write("/a.bin", ALL_BYTES)
    files.write("/b.py", b"print(1)\n" * 30)
    tree = files.tree()
    assert {"/a.bin", "/b.py"} <= tree.files.keys()
    assert tree.files["/a.bin"].size == len(ALL_BYTES)
    assert tree.files["/a.bin"].digest is None
    assert not tree.leftovers
    tree = files.tree(digest_sizes={len(ALL_BYTES)})
    assert tree.files["/a.bin"].digest == digest(ALL_BYTES, tree.algorithm)
    assert tree.files["/b.py"].digest is None
    tree = files.tree(digest_sizes=None)
    assert tree.files["/b.py"].digest == digest(b"print(1)\n" * 30, tree.algorithm)


def test_directories(files):
    if is_flat(files):
        with pytest.raises(NotADirectoryError, match="no directories"):
            files.mkdirs("/d")
        with pytest.raises(NotADirectoryError, match="no directories"):
            files.write("/d/a", b"")
        return
    files.mkdirs("/d/e/f")
    files.mkdirs("/d/e/f")
    files.write("/d/g/a.py", b"1")
    tree = files.tree("/d")
    assert tree.directories == {"/d", "/d/e", "/d/e/f", "/d/g"}
    assert list(tree.files) == ["/d/g/a.py"]
    assert files.stat("/d").size == -1
    assert files.stat("/d/g/a.py").size == 1
    with pytest.raises(OSError, match="not empty"):
        files.remove_directories(["/d"])
    files.remove_tree("/d")
    assert files.stat("/d") is None


def test_what_is_not_there(files):
    assert files.stat("/nosuch") is None
    for action in (files.read, files.remove):
        with pytest.raises(FileNotFoundError, match=":/nosuch") as caught:
            action("/nosuch")
        assert caught.value.filename == ":/nosuch"


def test_a_user_who_has_taken_the_name_of_open(device):
    device.exec("open = len")
    device.files.write("/a", b"1")
    assert device.files.read("/a") == b"1"


def test_copied_on_the_board(files):
    files.write("/a", ALL_BYTES)
    files.copy("/a", "/b")
    files.write("/a", b"")
    files.copy("/a", "/c")
    assert files.read_files(["/b", "/c"]) == [ALL_BYTES, b""]
    assert not files.tree().leftovers
    with pytest.raises(FileNotFoundError, match=":/nosuch"):
        files.copy("/nosuch", "/b")


def test_copied_into_new_directories_and_not_over_old_ones(roomy):
    roomy.files.write("/a", ALL_BYTES)
    roomy.files.copy("/a", "/d/e/f")
    assert roomy.files.read("/d/e/f") == ALL_BYTES
    with pytest.raises(IsADirectoryError, match=":/d"):
        roomy.files.copy("/a", "/d")
    with pytest.raises(IsADirectoryError, match=":/d"):
        roomy.files.copy("/d", "/b")


def test_digests_of_many_sizes(roomy):
    roomy.files.write("/a", b"12345")
    tree = roomy.files.tree(digest_sizes=range(1000))
    assert tree.files["/a"].digest == digest(b"12345", tree.algorithm)


def test_remove(files):
    files.write("/a", b"1")
    files.remove("/a")
    assert files.stat("/a") is None
