"""Files of a board that are put back as they were."""

import errno

import pytest

import iot_kernel
from tests.files.ramdisk import mount

pytestmark = pytest.mark.board

SAMPLE = {"/main.py": b"print('main')", "/lib/a.py": b"a = 1", "/.hidden": b"dot", "/settings.toml": b"x"}

#: What a test may do to files: whatever their names are.
HAVOC = """
import os
os.remove('/lib/a.py')
os.rmdir('/lib')
open('/lib', 'w').write('a file now')
os.remove('/.hidden')
os.mkdir('/.hidden')
for name in ('/new.py', '/.hidden/deep', '/boot_out.txt', '/left.~iot'):
    open(name, 'w').write(name)
os.mkdir('/more')
os.mkdir('/more/empty')
os.rmdir('/empty')
open('/main.py', 'w').write("print('MAIN')")
open('/settings.toml', 'w').write('')
"""


@pytest.fixture
def files(board):
    for path, data in SAMPLE.items():
        board.files.write_bytes(path, data)
    board.files.makedirs("/empty")
    yield board.files
    board.soft_reset()  # nothing is mounted any more
    board.exec("import os\nif 'left.~iot' in os.listdir(): os.remove('left.~iot')")
    for name in board.files.listdir():
        board.files.remove(name, recursive=True)


def content(files):
    return {
        directory: {name: files.read_bytes(f"{directory}/{name}") for name in names}
        for directory, _, names in files.walk()
    }


def test_all_that_was_there_and_nothing_else(board, files):
    before = content(files)
    snapshot = files.snapshot()
    assert dict(snapshot.contents) == SAMPLE
    assert (snapshot.path, snapshot.directories) == ("/", {"/lib", "/empty"})
    assert files.restore(snapshot) == []
    board.exec(HAVOC)
    assert content(files) != before
    done = files.restore(snapshot)
    assert {"/new.py", "/more/empty", "/empty", "/lib/a.py", "/main.py", "/left.~iot"} <= set(done)
    assert content(files) == before
    assert files.restore(snapshot) == []


def test_a_board_without_files(board):
    snapshot = board.files.snapshot()
    assert snapshot.contents == {}
    board.files.write_bytes("/lib/a.py", b"")
    assert board.files.restore(snapshot) == ["/lib/a.py", "/lib"]
    assert board.files.listdir() == []


def test_one_directory(board, files):
    snapshot = files.snapshot("lib")
    assert dict(snapshot.contents) == {"/lib/a.py": b"a = 1"}
    board.exec(HAVOC.replace("'/lib'", "'/other'").replace("os.rmdir('/other')", ""))
    assert files.restore(snapshot) == ["/lib/a.py"]
    assert files.read_bytes("/main.py") == b"print('MAIN')"


def test_what_is_mounted_does_not_count(board, files):
    mount(board, "VfsFat")
    board.exec("open('/disk/card.bin', 'w').write('card')")
    snapshot = files.snapshot()
    assert not [path for path in snapshot.contents if path.startswith("/disk")]
    assert "/disk" not in snapshot.directories
    board.exec("open('/disk/more.bin', 'w').write('more')")
    assert files.restore(snapshot) == []
    assert sorted(files.listdir("/disk")) == ["card.bin", "more.bin"]


def test_more_than_is_kept(files, monkeypatch):
    monkeypatch.setattr("iot_kernel.api.snapshots.LARGEST_SNAPSHOT", 20)
    with pytest.raises(OSError, match="the files have 22 bytes, and a snapshot keeps 20 bytes") as caught:
        files.snapshot()
    assert caught.value.errno == errno.EFBIG


def test_a_board_without_directories(microbit):
    with iot_kernel.connect(microbit.url) as board:
        board.files.write_bytes("kept.py", b"a = 1")
        snapshot = board.files.snapshot()
        assert dict(snapshot.contents) == {"/kept.py": b"a = 1"}
        board.exec(
            "with open('kept.py', 'w') as f: f.write('a = 2')\nwith open('new', 'w') as f: f.write('')"
        )
        assert board.files.restore(snapshot) == ["/new", "/kept.py"]
        assert board.files.read_bytes("kept.py") == b"a = 1"
        board.files.remove("kept.py")
