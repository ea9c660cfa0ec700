"""Writing by the code that runs: on every board, the functions sent once, nothing left behind."""

import random

import pytest

from iot_kernel.files.literal_read import read_files
from iot_kernel.files.literal_write import write_files
from iot_kernel.files.remote_call import RemoteCaller
from tests.files.faulty_board import FaultyBoard

pytestmark = pytest.mark.board

NOISE = random.Random(1).randbytes(1000)
SOURCE = b"".join(b"def f%d(x):\n    return x + %d\n" % (n, n) for n in range(400))


def nothing(index, done):
    pass


def ours(device):
    return [name for name in device.eval("dir()") if "iot" in name and name != "__iot__"]


def test_several(device):
    items = [("/a", b""), ("/b", NOISE[:300]), ("/c", b"text\n" * 20)]
    told = []
    write_files(RemoteCaller(device), items, lambda index, done: told.append((index, done)))
    assert [device.files.read(path) for path, _ in items] == [data for _, data in items]
    assert told == sorted(told)
    assert {(0, 0), (1, 300), (2, 100)} <= set(told)
    assert ours(device) == []


def test_small_files_cost_one_execution_each(roomy):
    board = FaultyBoard(roomy)
    asker = RemoteCaller(board)
    assert asker.capabilities
    items = [(f"/f{number}", b"x" * number) for number in range(20)]
    write_files(asker, items, nothing)
    assert board.steps < 20 + 10
    assert roomy.files.read_files([path for path, _ in items]) == [data for _, data in items]


@pytest.mark.parametrize("data", [SOURCE, NOISE * 10, SOURCE + NOISE * 20], ids=["text", "noise", "both"])
def test_only_what_becomes_smaller_is_deflated(roomy, data):
    codes = []

    def keep(step, code):
        codes.append(code)
        return code

    board = FaultyBoard(roomy)
    board.to_board = keep
    write_files(RemoteCaller(board), [("/f", data)], nothing)
    assert roomy.files.read("/f") == data
    size = sum(len(code) for code in codes if "__iot_steps__,(" in code)
    assert size < len(SOURCE) if data is SOURCE else size < 1.5 * len(data)


def test_a_refusal_leaves_nothing(roomy):
    roomy.files.mkdirs("/d")
    with pytest.raises(IsADirectoryError):
        write_files(RemoteCaller(roomy), [("/a", b"1"), ("/d", b"2")], nothing)
    assert ours(roomy) == []
    assert not roomy.files.tree().leftovers


def test_a_directory_that_goes_away_meanwhile(roomy):
    board = FaultyBoard(roomy)
    asker = RemoteCaller(board)

    def take_away(step, code):
        if '("begin"' in code:
            roomy.exec("import os\nos.rmdir('/d')")
        return code

    board.to_board = take_away
    with pytest.raises(FileNotFoundError, match=":/d/a"):
        write_files(asker, [("/d/a", b"1")], nothing)
    assert ours(roomy) == []


def test_a_user_who_has_taken_the_names_of_builtins(device):
    device.exec("open = len = bytes = repr = str = int = bool = tuple = isinstance = 5")
    write_files(RemoteCaller(device), [("/a", b"1")], nothing)
    assert read_files(RemoteCaller(device), ["/a"], nothing, limit=1000) == [b"1"]
    assert device.files.tree().files["/a"].size == 1
    device.files.remove("/a")
    assert device.files.stat("/a") is None
