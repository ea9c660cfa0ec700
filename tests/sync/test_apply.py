"""Carrying out a plan: in order, and whatever happens in between, each file is the old or the new one."""

import errno

import pytest

from iot_kernel.errors import ConnectionLostError, DeviceTimeoutError
from iot_kernel.sync.apply import apply, check_free_space
from iot_kernel.sync.errors import SyncError
from iot_kernel.sync.plan import plan
from tests.each import each
from tests.sync.memory import MemoryBoard, contents_of, host_tree, rules

HOST = "/main.py=new /lib/a.py=1 /lib/sub/b.py=22 /data/= /x=file /y/c.py=333"
BOARD = "/main.py=old /lib/a.py=1 /old/sub/d.py=1 /old/e.py=2 /x/f.py=1 /y=file /rest.py.~iot=x"


def synchronise(host, board, *excludes, **options):
    planned = plan(host, board.tree(digest_sizes=host.sizes), rules(*excludes), **options)
    check_free_space(planned, board.tree(), board)
    return planned, apply(planned, board)


def test_the_board_is_what_the_host_is():
    board = MemoryBoard(BOARD)
    planned, problems = synchronise(host_tree(HOST), board)
    assert problems == []
    assert board.files == contents_of(HOST)[0]
    assert board.directories == {"/lib", "/lib/sub", "/data", "/y"}
    assert planned.deletes[-1] == "/old/"
    steps = board.steps
    planned, _ = synchronise(host_tree(HOST), board)
    assert planned.is_empty and board.steps == steps


def test_progress():
    board, seen = MemoryBoard(), []
    planned = plan(host_tree("/a=12 /b=345"), board.tree(), rules())
    apply(planned, board, seen.append)
    assert seen == [2, 5]


@each("steps", range(22))
def test_the_plug_is_pulled_at_any_step(steps):
    """Until then each file is the old one, the new one or gone as planned; running again completes."""
    board = MemoryBoard(BOARD)
    before, host = dict(board.files), host_tree(HOST)
    board.steps_left = steps
    try:
        synchronise(host, board)
    except ConnectionLostError:
        for path, data in board.files.items():
            wanted = host.files.get(path)
            assert data == before.get(path) or (wanted and data == wanted.data) or path.endswith(".~iot")
    board.steps_left = None
    synchronise(host, board)
    assert board.files == contents_of(HOST)[0]
    assert board.directories == {"/lib", "/lib/sub", "/data", "/y"}


def test_that_was_all_steps():
    board = MemoryBoard(BOARD)
    synchronise(host_tree(HOST), board)
    assert board.steps <= 22


def test_what_went_meanwhile_is_no_failure():
    board = MemoryBoard("/a=1 /b=1 /c/d/=")
    planned = plan(host_tree("/x=1"), board.tree(), rules())
    del board.files["/a"]
    board.directories -= {"/c/d"}
    assert apply(planned, board) == []
    assert board.state() == ({"/x": b"1"}, set())


def test_a_directory_that_is_not_empty_after_all():
    board = MemoryBoard("/a/b/c=1 /d/=")
    planned = plan(host_tree("/x=1"), board.tree(), rules())
    board.files["/a/b/new"] = b"1"
    assert apply(planned, board) == [
        "/a/b/ stays on the board: the directory is not empty",
        "/a/ stays on the board: the directory is not empty",
    ]
    assert board.state() == ({"/x": b"1", "/a/b/new": b"1"}, {"/a", "/a/b"})


@pytest.mark.parametrize("together", [True, False])
def test_a_board_that_does_not_answer_is_no_full_directory(together, monkeypatch):
    board = MemoryBoard("/a/= /b/=")
    planned = plan(host_tree("/x=1"), board.tree(), rules())

    def remove(paths):
        if together or len(paths) == 1:
            raise DeviceTimeoutError("removing", 10)
        raise OSError(errno.ENOTEMPTY, "the directory is not empty")

    monkeypatch.setattr(board, "remove_directories", remove)
    with pytest.raises(DeviceTimeoutError):
        apply(planned, board)


def test_no_space():
    board = MemoryBoard("/old=12", capacity=10)
    board.mounts = {"/sd"}
    host = host_tree("/a=12345678 /sd/b=12345678901")
    planned = plan(host, board.tree(), rules())
    with pytest.raises(SyncError, match="the board has 8 bytes left, and 9 bytes are needed") as caught:
        check_free_space(plan(host_tree("/a=12345678901"), board.tree(), rules()), board.tree(), board)
    assert len(caught.value.problems) == 1
    with pytest.raises(SyncError, match=":/sd has 8 bytes left, and 11 bytes are needed") as caught:
        check_free_space(planned, board.tree(), board)
    assert len(caught.value.problems) == 1


def test_firmware_that_cannot_tell_its_space(monkeypatch):
    board = MemoryBoard(capacity=1)
    monkeypatch.setattr(board, "space", lambda path="/": None)
    check_free_space(plan(host_tree("/a=123"), board.tree(), rules()), board.tree(), board)
