"""Raw bytes to and from real boards: whole, damaged on the way, interrupted, refused."""

import contextlib
import random
import threading
import time

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import (
    DeviceError,
    DeviceResetError,
    DeviceStalledError,
    EndLostError,
    IoTKernelError,
)
from iot_kernel.files.blocks import FileToSend
from iot_kernel.files.errors import TransferError
from iot_kernel.files.stream_transfer import BoardFailureError, NotPossibleError, Source, receive, send
from iot_kernel.files.upload import AFTER_CTRL_C, Upload
from iot_kernel.protocol.frames import Frame, encode
from iot_kernel.repl import execution_timeouts
from iot_kernel.repl.driver import Driver
from iot_kernel.snippets import alone, snippet
from tests.files.faulty import Once, harm_links, lose_and_double
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

NOISE = random.Random(1).randbytes(150_000)
SOURCE = b"".join(b"def f%d(x):\n    return x + %d\n\n" % (n, n * n) for n in range(3000))


@pytest.fixture
def device(unix):
    with opened(unix) as device:
        yield device


@pytest.fixture
def harm(monkeypatch):
    """What happens to the bytes of devices that are opened from now on; comes before `device`, then."""
    return harm_links(monkeypatch)


def item(path, data):
    return FileToSend(path, f"{path}.~iot", data)


def fetched(device, *paths, limit=1_000_000):
    return receive(device, [Source(path, f"open({path!r},'rb')") for path in paths], limit=limit)


@pytest.mark.parametrize(
    "content", [b"", b"x", NOISE, SOURCE, bytes(300_000), bytes(range(256)) * 300], ids=len
)
def test_there_and_back(device, unix, content):
    send(device, [item("/deep/down/f.bin", content)])
    assert (unix.directory / "deep/down/f.bin").read_bytes() == content
    assert fetched(device, "/deep/down/f.bin") == [content]


def test_many_files_in_one_go(device, unix):
    items = [item(f"/d{n % 7}/{n}", NOISE[n : 2 * n]) for n in range(0, 2000, 40)]
    send(device, items)
    for one in items:
        assert (unix.directory / one.path[1:]).read_bytes() == one.data
    assert fetched(device, *[one.path for one in items]) == [one.data for one in items]


def test_nothing_stays_among_the_variables_of_the_board(device):
    before = device.exec("print(sorted(dir()))")
    send(device, [item("/f", b"abc")])
    fetched(device, "/f")
    assert device.exec("print(sorted(dir()))") == before


def test_values(device):
    send(device, [FileToSend("spam", "", NOISE), FileToSend("eggs", "", b"")])
    assert device.exec("print(type(spam), len(spam), spam[:3], eggs)") == (
        f"<class 'bytes'> {len(NOISE)} {NOISE[:3]!r} b''\n"
    )
    spam = Source("spam", "__import__('io').BytesIO(spam)")
    assert receive(device, [spam], limit=len(NOISE)) == [NOISE]
    with pytest.raises(TransferError, match="spam has more bytes than the board had announced"):
        receive(device, [spam], limit=len(NOISE) - 1)


def test_names_that_a_user_gave_to_things_of_his_own(device, unix):
    device.exec(
        "bytes = len = int = max = min = print = memoryview = bytearray = hasattr = OSError = open = 5"
    )
    send(device, [item("/f", SOURCE), FileToSend("spam", "", b"eggs")])
    assert (unix.directory / "f").read_bytes() == SOURCE
    device.exec("del open, print")
    assert fetched(device, "/f") == [SOURCE]
    assert device.exec("print(spam)") == "b'eggs'\n"


def test_over_webrepl(webrepl):
    device = Device(webrepl.url, password=webrepl.password)
    device.open()
    send(device, [item("/w/noise", NOISE[:20_000]), item("/w/source", SOURCE)])
    assert fetched(device, "/w/noise", "/w/source") == [NOISE[:20_000], SOURCE]
    device.close()


@pytest.mark.parametrize("length", [60, 90, 160, 230, 500])
def test_long_paths_over_webrepl(webrepl, length):
    device = Device(webrepl.url, password=webrepl.password)
    device.open()
    path = "/" + "/".join(["d" * 49] * 12)[: length - 2] + "f"
    device.files.write_files({path: NOISE[:3000], "/short": b"x"})
    assert device.files.read(path) == NOISE[:3000]
    assert device.files._is_fast
    device.close()


def test_boards_that_cannot(microbit, wasm):
    for board in (microbit, wasm):
        with opened(board) as device:
            with pytest.raises(NotPossibleError):
                send(device, [item("/f", b"abc")])
            device.exec("pass")
    with opened(microbit) as device, pytest.raises(NotPossibleError):
        receive(device, [Source("/f", "open('f','rb')")], limit=10)


def start_threads(device, action, *, pause, count=1):
    """Has threads of the board do something, again and again, with so many ms between."""
    device.exec(
        "import _thread, time, sys\n"
        "going = True\n"
        "def work():\n"
        "    while going:\n"
        f"        {action}\n"
        f"        time.sleep_ms({pause})\n" + "_thread.start_new_thread(work, ())\n" * count
    )


def test_a_board_that_prints_meanwhile(device, unix):
    start_threads(device, "print('>>> OK', 'tick' * 20)", pause=1)
    send(device, [item("/noise", NOISE)])
    assert (unix.directory / "noise").read_bytes() == NOISE
    assert fetched(device, "/noise") == [NOISE]
    device.exec("going = False")


def test_what_threads_print_meanwhile_is_shown(unix, tmp_path):
    with kinds.unix(tmp_path / "slow", link="115200") as board:
        device = Device(board.url)
        device.open()
        said = []
        device.callbacks.on_stray = said.append
        start_threads(device, "print('tick')", pause=20)
        send(device, [item("/f", NOISE[:12_000])])
        going_up = "".join(said)
        assert fetched(device, "/f") == [NOISE[:12_000]]
        device.exec("going = False")
        device.close()
        assert going_up.count("tick") > 5
        assert "".join(said).count("tick") > going_up.count("tick")
        assert set("".join(said)) == set("tick\n")


def test_only_what_is_torn_is_sent_again(harm, tmp_path):
    content = NOISE[:60_000]
    with kinds.unix(tmp_path / "slow", link="115200") as board:
        board.directory.mkdir()
        (board.directory / "f").write_bytes(content)
        device = Device(board.url)
        device.open()
        said, damaged, sizes = [], [], []
        device.callbacks.on_stray, device.callbacks.on_frame = said.append, damaged.append

        def print_into(data):
            sizes.append(len(data))
            return data[:5] + b"tick\r\n" + data[5:] if len(sizes) % 1000 == 500 else data

        harm.to_host = print_into
        assert fetched(device, "/f") == [content]
        assert len(damaged) > 3
        assert sum(sizes) < 1.5 * len(content)
        assert "".join(said) in {"", "tick\n"}, "what is left of a torn frame is no text"
        device.close()


def test_with_a_thread_that_prints_it_takes_hardly_longer(harm, tmp_path):
    content = NOISE[:60_000]
    with kinds.unix(tmp_path / "slow", link="115200") as board:
        board.directory.mkdir()
        (board.directory / "f").write_bytes(content)
        device = Device(board.url)
        device.open()
        start_threads(device, "print('tick' * 4)", pause=20)
        sizes = []
        harm.to_host = lambda data: sizes.append(len(data)) or data
        assert fetched(device, "/f") == [content]
        assert sum(sizes) < 1.5 * len(content)
        device.exec("going = False")
        device.close()


@pytest.mark.parametrize("link", ["ideal", "115200"])
@pytest.mark.parametrize("size", [4, 1000])
def test_two_producers_beside_transfers(tmp_path, link, size):
    """Without a lock of the interpreter their frames land in ours, and ours in theirs."""
    content = NOISE[:10_000] if link == "115200" else NOISE * 4
    with kinds.unix(tmp_path / "board", link=link) as board:
        device = Device(board.url)
        device.open()
        arrived = []
        device.callbacks.on_frame = arrived.append
        frame = encode(Frame(17, 5, NOISE[:size]))
        device.exec(f"frame = {frame!r}")
        start_threads(device, "sys.stdout.buffer.write(frame)", pause=2, count=2)
        send(device, [item("/f", content)])
        assert (board.directory / "f").read_bytes() == content
        assert fetched(device, "/f") == [content]
        device.exec("going = False")
        whole = [one for one in arrived if isinstance(one, Frame)]
        assert len(whole) > 5
        assert {one.data for one in whole} == {NOISE[:size]}
        device.close()


def test_a_lost_and_a_doubled_packet_is_found_and_sent_again(harm, device, unix):
    (unix.directory / "f").write_bytes(b"old")
    harm.to_board = once = Once(lose_and_double, longest=3500)
    send(device, [item("/f", NOISE)])
    assert once.count == 1
    assert (unix.directory / "f").read_bytes() == NOISE
    harm.to_host = once = Once(lose_and_double)
    assert fetched(device, "/f") == [NOISE]
    assert once.count == 1


def test_a_lost_byte_is_found_and_all_is_sent_again(harm, device, unix):
    harm.to_board = once = Once(lambda data: data[:100] + data[101:], longest=3500)
    send(device, [item("/f", NOISE[:40_000])])
    assert once.count == 1
    assert (unix.directory / "f").read_bytes() == NOISE[:40_000]


def test_damage_again_and_again_is_given_up(harm, device, unix):
    (unix.directory / "f").write_bytes(b"old")
    harm.to_board = lambda data: data[:128] + b"!" + data[129:] if len(data) > 3500 else data
    with pytest.raises(TransferError, match="/f arrived damaged 3 times"):
        send(device, [item("/first", b"1"), item("/f", NOISE)])
    harm.to_board = lambda data: data
    harm.to_host = lambda data: data[:30] + b"!" + data[31:].replace(b"7", b"8") if len(data) > 60 else data
    (unix.directory / "g").write_bytes(NOISE)
    with pytest.raises(TransferError, match=r"^:/g arrived damaged 3 times"):
        fetched(device, "/g")
    harm.to_host = lambda data: data
    assert device.exec("import os; print(sorted(os.listdir()))") == "['f', 'first', 'g']\n"
    assert (unix.directory / "f").read_bytes() == b"old"
    assert (unix.directory / "first").read_bytes() == b"1"


def test_what_the_board_refuses(device, unix):
    (unix.directory / "dir").mkdir()
    with pytest.raises(BoardFailureError) as refused:
        send(device, [item("/a", b"1"), item("/dir", NOISE), item("/b", b"2")])
    assert refused.value.index == 1
    assert sorted(path.name for path in unix.directory.iterdir()) == ["a", "dir"]
    with pytest.raises(BoardFailureError) as refused:
        fetched(device, "/a", "/missing")
    assert (refused.value.index, refused.value.errno) == (1, 2)
    assert device.exec("print(1)") == "1\n"


def test_a_disk_that_becomes_full_meanwhile(device):
    device.exec(
        "import vfs\n"
        "class File:\n"
        "    left = 20000\n"
        "    def write(self, data):\n"
        "        self.left -= len(data)\n"
        "        if self.left < 0: raise OSError(28)\n"
        "    def close(self): pass\n"
        "class Disk:\n"
        "    def mount(self, *_): pass\n"
        "    def open(self, *_): return File()\n"
        "    def stat(self, *_): raise OSError(2)\n"
        "    def statvfs(self, path): return (512, 512, 9999, 9999, 9999, 0, 0, 0, 0, 255)\n"
        "    def remove(self, path): pass\n"
        "vfs.mount(Disk(), '/full')\n"
    )
    with pytest.raises(BoardFailureError) as refused:
        send(device, [item("/full/f", NOISE)])
    assert (refused.value.index, refused.value.errno) == (0, 28)
    assert device.exec("print(1)") == "1\n"


@pytest.mark.parametrize("direction", ["up", "down"])
def test_an_interrupt_leaves_the_link_usable_and_the_old_file(unix, direction):
    slow = Device(unix.url + "&link=115200")
    slow.open()
    (unix.directory / "f").write_bytes(NOISE)
    threading.Timer(0.5, slow.interrupt).start()
    begin = time.monotonic()
    with pytest.raises(DeviceError) as interrupted:
        if direction == "up":
            send(slow, [item("/f", NOISE[::-1])])
        else:
            fetched(slow, "/f")
    assert interrupted.value.traceback == "KeyboardInterrupt"
    assert slow.exec("print('at once')") == "at once\n"
    assert time.monotonic() - begin < 10
    assert slow.exec("import os; print(os.listdir())") == "['f']\n"
    assert (unix.directory / "f").read_bytes() == NOISE
    slow.close()


def test_ctrl_c_that_is_the_first_that_the_program_reads(device, monkeypatch, unix):
    """It was sent as the program had switched Ctrl-C off, and before it had said so."""
    receive_frame, sent = Upload.receive, []
    write = Driver._write

    def receive(upload, frame):
        if not upload.has_begun:
            device.interrupt()
        receive_frame(upload, frame)

    def note(driver, data):
        sent.append(data)
        write(driver, data)

    monkeypatch.setattr(Upload, "receive", receive)
    monkeypatch.setattr(Driver, "_write", note)
    with pytest.raises(DeviceError, match="KeyboardInterrupt"):
        send(device, [item("/f", NOISE)])
    assert b"".join(sent).endswith(b"\x03" + AFTER_CTRL_C)
    assert device.exec("print('at once')") == "at once\n"
    assert list(unix.directory.iterdir()) == []


def test_a_board_that_waits_for_a_host_that_was_killed(unix, monkeypatch):
    monkeypatch.setattr(execution_timeouts, "TRANSFER_TIMEOUT", 1.0)
    abandoned = Device(unix.url)
    abandoned.open()
    names = "'NONCE':1,'LONGEST':4096,'VARIABLES':{}"
    program = alone(snippet("frame") + snippet("receive"), names)
    with pytest.raises(DeviceStalledError):
        abandoned.exec(program, transfer=HalfBlock())
    assert abandoned.exec("print('back')") == "back\n"
    abandoned.close()


class HalfBlock:
    """A talk that ends in the middle of a block, and knows no way to end it."""

    def __init__(self):
        self.data = b""

    def receive(self, frame):
        self.data = b"\x02\x00\x10\xed" + bytes(100)

    def data_to_send(self):
        data, self.data = self.data, b""
        return data

    def interrupt(self):
        return False

    def unstick(self):
        return True


@pytest.mark.parametrize("link", ["usb", "115200"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_reset_in_the_middle(tmp_path, link, direction):
    """What was on its way to the program is typed at a prompt then; whatever that does, the link works."""
    content = NOISE * (1 if link == "115200" else 20)
    with kinds.unix(tmp_path / "board", link=link) as board:
        board.directory.mkdir()
        (board.directory / "f").write_bytes(content)
        device = Device(board.url)
        device.open()
        said = []
        device.callbacks.on_stray = said.append
        start_threads(device, "time.sleep_ms(700); __import__('machine').reset()", pause=0)
        with pytest.raises(DeviceResetError):
            if direction == "up":
                send(device, [item("/f", content[::-1])])
            else:
                fetched(device, "/f", limit=10_000_000)
        assert device.exec("print('at once')", timeout=5) == "at once\n"
        assert (board.directory / "f").read_bytes() == content
        assert len("".join(said)) < 500, "what was typed by mistake is shown"
        device.close()


def test_a_thread_that_speaks_as_a_board_that_starts(device, unix):
    start_threads(device, "print('MicroPython v1.25.0 on 2025-05-04; a board'); time.sleep_ms(300)", pause=0)
    (unix.directory / "f").write_bytes(NOISE * 4)
    for _ in range(5):  # what comes right behind the last frame cannot be told from a restart
        with contextlib.suppress(DeviceResetError):
            send(device, [item("/g", NOISE)])
            assert fetched(device, "/f") == [NOISE * 4]
    device.exec("going = False")
    send(device, [item("/g", NOISE)])
    assert (unix.directory / "g").read_bytes() == NOISE


def test_threads_that_print_the_marks_of_the_raw_repl(tmp_path):
    """Nobody can tell these from the board's own; but that is soon said, and a reset helps."""
    with kinds.unix(tmp_path / "board", link="115200") as board:
        device = Device(board.url)
        device.open()
        with contextlib.suppress(EndLostError):  # they print it before the code that starts them has ended
            start_threads(device, "sys.stdout.buffer.write(bytes(range(60)))", pause=10, count=2)
        with contextlib.suppress(IoTKernelError):
            send(device, [item("/f", NOISE[:40_000])])
        device.hard_reset()
        assert device.exec("print(1)") == "1\n"
        device.close()


def test_unplugged_in_the_middle(unix):
    slow = Device(unix.url + "&link=115200")
    slow.open()
    (unix.directory / "f").write_bytes(b"old")
    threading.Timer(0.4, unix.kill).start()
    with pytest.raises(Exception, match="lost the connection"):
        send(slow, [item("/f", NOISE)])
    slow.close()
    assert (unix.directory / "f").read_bytes() == b"old"
