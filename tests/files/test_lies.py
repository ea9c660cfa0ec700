"""A board that lies about its files: names that are paths, directories in themselves, entries without end."""

import resource
import time

import pytest

from iot_kernel.errors import DeviceTimeoutError
from iot_kernel.files import remote, stream_transfer
from iot_kernel.files.errors import TooMuchError, TransferError
from iot_kernel.files.remote_reply import ask, new_mark, question
from tests.files.liar import lie
from tests.opened import opened

pytestmark = pytest.mark.board

LIES = ["../evil.txt", "../../x", "/", "/etc/passwd", "", "..", ".", "a/b", "a\0b", "x" * 3000]
AWKWARD = ["C:evil", "x\\..\\y", "a:b", "NUL", "\x1b[31mred", "a\nb"]

#: KB that a listing may take this process: 100 000 entries, and their text on its way.
ROOM = 200_000


@pytest.fixture
def liar(unix):
    with opened(unix) as device:
        yield device


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def is_usable(device):
    return device.exec("print(40+2)") == "42\n" and device.files.stat("/lie/x") is not None


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("look", ["tree", "listing"])
def test_what_is_no_name_is_refused(liar, name, look):
    liar.exec(lie([name]))
    with pytest.raises(OSError, match=r"which is no name of a file.*: ':/lie'"):
        getattr(liar.files, look)("/lie")
    assert is_usable(liar)


def test_what_only_this_computer_does_not_hold_is_listed_and_removed(liar, unix):
    liar.exec(lie(AWKWARD))
    assert set(liar.files.tree("/lie").files) == {f"/lie/{name}" for name in AWKWARD}
    for name in AWKWARD:
        (unix.directory / name).write_bytes(b"x")
    liar.exec("os.umount('/lie')")
    assert set(liar.files.listing("/").files) == {f"/{name}" for name in AWKWARD}
    liar.files.remove_files([f"/{name}" for name in AWKWARD])
    assert not list(unix.directory.iterdir())


@pytest.mark.parametrize("links", [["loop"], ["loop", "other"]])
def test_a_directory_in_itself(liar, unix, links):
    for link in links:
        (unix.directory / link).symlink_to(".")
    (unix.directory / "file").write_bytes(b"x")
    before = memory()
    with pytest.raises(TooMuchError, match="directories more than 32 levels deep"):
        liar.files.tree()
    assert memory() - before < ROOM
    assert liar.exec("print(1)") == "1\n"
    assert "/file" in liar.files.listing().files
    assert "/loop" in liar.files.listing().directories


def test_what_is_mounted_further_down_is_no_lie(liar):
    liar.exec(lie(["x"]).replace("'/lie'", "'/media/sd'"))
    tree = liar.files.tree()
    assert (set(tree.files), tree.directories, tree.mounts) == (
        {"/media/sd/x"},
        {"/media/sd"},
        {"/media/sd"},
    )


def test_a_mounted_directory_in_itself(liar):
    liar.exec(lie(["loop", "x"]))
    with pytest.raises(TooMuchError, match="levels deep"):
        liar.files.tree("/lie")
    assert is_usable(liar)


@pytest.mark.parametrize("look", ["tree", "listing"])
def test_entries_without_end(liar, look):
    liar.exec(lie(endless=True))
    before = memory()
    with pytest.raises(TooMuchError, match="more than 100000 entries"):
        getattr(liar.files, look)("/lie")
    assert memory() - before < ROOM
    assert is_usable(liar)


def test_a_listing_that_says_nothing_and_does_not_end(liar):
    """Only its time shows it."""
    liar.exec(lie(endless=True, silent=True))
    mark = new_mark()
    names = [*liar.files._asker.capabilities.digest_snippets, "list_tree"]
    code = question(names, "__iot_list__", mark, ("/lie", (), "sha256", 256, False, ()))
    with pytest.raises(DeviceTimeoutError):
        ask(liar, code, mark, "/lie", timeout=0.5)
    assert liar.files.listing("/").directories == {"/lie"}
    assert is_usable(liar)


ENDLESS_FILE = """
class Endless:
 def __enter__(self):return self
 def __exit__(self,*_):pass
 def close(self):pass
 def readinto(self,buffer):return len(buffer)
 def read(self,size=1):return bytes(size)
Liar.open=lambda self,path,mode:Endless()
"""


@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "plain"])
def test_a_file_without_end(liar, is_fast, monkeypatch):
    monkeypatch.setattr(remote, "LONGEST_FILE", 1_000_000)
    liar.exec(lie() + ENDLESS_FILE)
    liar.files._is_fast = is_fast
    with pytest.raises(TransferError, match=":/lie/x has more bytes than the board had announced"):
        liar.files.read("/lie/x")
    with pytest.raises(TransferError, match="more bytes"):
        liar.files.read_files(["/lie/x", "/lie/y", "/lie/z"])
    assert is_usable(liar)


def test_frames_without_end(liar, monkeypatch):
    """The same piece of a file, for ever."""
    liar.exec(lie())
    monkeypatch.setattr(
        stream_transfer, "snippet", lambda name: REPEATING if name == "send" else remote_snippet(name)
    )
    with pytest.raises(TransferError, match="more bytes than the board had announced"):
        stream_transfer.receive(liar, [stream_transfer.Source("/lie/x", "None")], limit=1000)
    assert is_usable(liar)


REPEATING = """
def __iot_send__(nonce,requests,longest,frame):
 import struct
 while 1:frame(0,struct.pack('<BBHI',nonce,0,0,0)+b'x')
__iot_send__(NONCE,REQUESTS,LONGEST,__iot_frame__)
"""
remote_snippet = stream_transfer.snippet


def test_an_answer_without_end(liar):
    mark = new_mark()
    code = f"while 1:print('\\x1e{mark} 4 (1,)\\x1f')"
    began = time.monotonic()
    with pytest.raises(TooMuchError, match="asking the board: the board sent more than 100000 characters"):
        ask(liar, code, mark, "/")
    assert time.monotonic() - began < 60
    liar.exec(lie())
    assert is_usable(liar)


@pytest.mark.parametrize("size", [10**18, -5, -(10**18)])
def test_sizes_that_are_none(liar, size):
    liar.exec(lie(["x"], size=size))
    assert liar.files.tree("/lie").files["/lie/x"].size == max(size, 0)
    assert liar.files.stat("/lie/x").size == max(size, 0)
    assert liar.files.read("/lie/x") == b"lie"


def test_numbers_that_cannot_be_shown(liar):
    liar.exec(lie(["x"]) + "Liar.stat=lambda self,path:(0x8000,0,0,0,0,0,1<<40000,1<<40000,0,0)")
    with pytest.raises(Exception, match="unexpected answer from the board"):
        liar.files.stat("/lie/x")
