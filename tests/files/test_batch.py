"""Directories on real boards: space, parents, removing in batches, renaming."""

import pytest

from iot_kernel.files.batch import prepare, remove, remove_tree
from iot_kernel.files.remote_call import RemoteCaller

pytestmark = pytest.mark.board


def test_parents_are_made(roomy):
    prepare(RemoteCaller(roomy), [("/a/b/c/f", 10), ("/g", 5), ("/a/x/f", 0)])
    tree = roomy.files.tree("/a")
    assert tree.directories == {"/a", "/a/b", "/a/b/c", "/a/x"}


def test_no_space(roomy):
    free = roomy.files.space().free
    with pytest.raises(OSError, match="no space left on the board: ':/huge'"):
        prepare(RemoteCaller(roomy), [("/fits", 1), ("/huge", 2 * free)])
    with pytest.raises(OSError, match="no space left on the board: ':/new/huge'"):
        prepare(RemoteCaller(roomy), [("/new/huge", 2 * free)])
    assert roomy.files.stat("/new") is None


def test_places_that_are_taken(roomy):
    roomy.files.mkdirs("/d")
    roomy.files.write("/f", b"1")
    with pytest.raises(IsADirectoryError, match=":/d"):
        prepare(RemoteCaller(roomy), [("/x", 1), ("/d", 1)])
    for path in ("/f/x", "/f/x/y"):
        with pytest.raises(NotADirectoryError, match=":/f/x"):
            prepare(RemoteCaller(roomy), [(path, 1)])


def test_more_than_go_at_once(roomy):
    paths = [f"/many{number}" for number in range(40)]
    roomy.files.write_files(dict.fromkeys(paths, b""))
    remove(RemoteCaller(roomy), paths, directories=False)
    assert roomy.files.stats(paths) == [None] * 40


def test_several_at_once(device):
    paths = [f"/many{number}" for number in range(5)]
    device.files.write_files(dict.fromkeys(paths, b""))
    remove(RemoteCaller(device), paths, directories=False)
    assert device.files.stats(paths) == [None] * 5


def test_a_removal_that_fails_says_which(device):
    device.files.write("/a", b"")
    with pytest.raises(FileNotFoundError, match=":/b"):
        remove(RemoteCaller(device), ["/a", "/b", "/c"], directories=False)
    assert device.files.stat("/a") is None


def test_files_and_directories_are_not_mixed_up(roomy):
    roomy.files.mkdirs("/d")
    roomy.files.write("/f", b"1")
    with pytest.raises(IsADirectoryError, match=":/d"):
        remove(RemoteCaller(roomy), ["/d"], directories=False)
    with pytest.raises(NotADirectoryError, match=":/f"):
        remove(RemoteCaller(roomy), ["/f"], directories=True)
    remove(RemoteCaller(roomy), ["/d"], directories=True)


def test_a_tree_with_many_files(roomy):
    contents = {f"/t/d{n % 3}/f{n}": b"" for n in range(70)} | {f"/t/f{n}": b"" for n in range(40)}
    roomy.files.write_files(contents)
    remove_tree(RemoteCaller(roomy), "/t")
    assert roomy.files.stat("/t") is None
