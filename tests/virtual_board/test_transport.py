"""sim:// as a transport: what the contract tests do not ask."""

import socket
import threading
from pathlib import Path

import pytest

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.transports import create_transport
from iot_kernel.virtual_board.transport import board_uid
from tests.opened import opened
from tests.real_boards import kinds
from tests.virtual_board.firmware.dialogue import RAW_BANNER, Dialogue

pytestmark = pytest.mark.board

OPTIONS = [{}, {"link": "usb"}, {"buffer": "260"}]


@pytest.fixture(params=OPTIONS, ids=str)
def board(request, tmp_path):
    with kinds.unix(tmp_path / "board", **request.param) as board:
        yield board
        assert board.processes() == []


@pytest.fixture
def dialogue(board):
    dialogue = Dialogue(board.url)
    yield dialogue
    dialogue.close()


def test_a_program_and_a_reset(dialogue):
    dialogue.enter_raw()
    assert dialogue.run("print(6 * 7)") == b"42\r\n"
    dialogue.say(b"\x04")
    dialogue.expect(b"OK\r\nMPY: soft reboot\r\n" + RAW_BANNER)
    assert dialogue.run("print(dir())") == b"['__name__']\r\n"


def test_an_interrupt(dialogue):
    dialogue.enter_raw()
    dialogue.say(b"print('go')\nwhile True: pass\x04")
    dialogue.hear(b"go\r\n")
    dialogue.say(b"\x03")
    assert dialogue.hear(b"\x04>").endswith(b"KeyboardInterrupt: \r\n\x04>")


def test_closing_ends_what_runs(board, dialogue):
    dialogue.enter_raw()
    dialogue.say(b"while True: print('x' * 1000)\x04")
    dialogue.hear(b"xxx")
    dialogue.close()
    assert dialogue.lost is None
    assert board.processes() == []


def test_death_is_a_lost_board(board, dialogue):
    dialogue.hear(b">>> ")
    board.kill()
    dialogue.over()
    assert isinstance(dialogue.lost, ConnectionLostError)
    with pytest.raises(ConnectionLostError):
        dialogue.say(b"1")


def test_closing_frees_a_blocked_writer(board):
    transport = create_transport(board.url)
    transport.open(30)

    def fill():
        with pytest.raises(ConnectionLostError):
            while True:
                transport.write(b"import time\x04time.sleep(1000)\r" * 1000)

    if "buffer" in board.url:
        transport.close()  # such a board never blocks
        return
    reader = threading.Thread(target=lambda: all(iter(transport.read, b"")))
    writer = threading.Thread(target=fill)
    transport.write(b"import time\rtime.sleep(1000)\r")
    reader.start()
    writer.start()
    writer.join(0.3)
    transport.close()
    writer.join(30)
    reader.join(30)
    assert not writer.is_alive()
    assert not reader.is_alive()


def test_it_starts_slowly_when_told_to(tmp_path):
    """It is open at once, as a port is, and says nothing before its time."""
    with kinds.unix(tmp_path / "board", boot="0.5") as board:
        dialogue = Dialogue(board.url)
        dialogue.say(b"print('typed early')\r")
        assert dialogue.hear(b">>> ").startswith(b"MicroPython")
        dialogue.hear(b"\r\ntyped early\r\n>>> ")
        dialogue.close()


@pytest.mark.parametrize("size", [64, 65, 128, 256, 1024])
def test_cells_get_through_a_small_buffer(tmp_path, size):
    with kinds.unix(tmp_path / "board", buffer=str(size)) as board, opened(board) as device:
        for lines in (1, 50, 600, 4000):
            assert device.run_cell("x = 0\n" + "x += 1\n" * lines + "x", print) == str(lines)


@pytest.mark.parametrize("size", [200, 256, 1024])
def test_files_get_through_a_buffer(tmp_path, size):
    with kinds.unix(tmp_path / "board", buffer=str(size)) as board, opened(board) as device:
        files = RemoteFiles(device)
        data = bytes(range(256)) * 60
        files.write("/f", data)
        assert files.read("/f") == data


@pytest.mark.parametrize(
    ("query", "burst"), [("", None), ("buffer=0", None), ("buffer=300", 300), ("buffer=300&link=9600", 300)]
)
def test_it_tells_how_much_it_takes_unread(tmp_path, query, burst):
    transport = create_transport(f"{kinds.unix(tmp_path / 'board').url}&{query}")
    transport.open(30)
    assert (transport.burst, transport.paced) == (burst, burst is None)
    transport.close()


def test_a_small_buffer_loses_what_does_not_fit(tmp_path):
    with kinds.unix(tmp_path / "board", buffer="100") as board:
        dialogue = Dialogue(board.url)
        dialogue.enter_raw()
        dialogue.say(
            b"import sys,time\ntry:\n print('go')\n time.sleep(60)\nexcept: print(sys.stdin.read(3))\x04"
        )
        dialogue.hear(b"go\r\n")
        for _ in range(10):
            dialogue.say(b"a" * 30)
        dialogue.say(b"\x03")  # comes behind all letters, and always fits
        dialogue.expect(b"aaa\r\n\x04\x04>")
        dialogue.say(b"\x04")
        assert dialogue.hear(b"\x04") == b"OK\x04"  # the letters that are left are a name that means nothing
        name = dialogue.hear(b"\x04>").split(b"'")[1]
        assert 80 <= name.count(b"a") == len(name) <= 120
        dialogue.close()


class TestHeap:
    def test_is_as_large_as_asked(self, tmp_path):
        with kinds.unix(tmp_path / "board", heap="256K") as board:
            dialogue = Dialogue(board.url)
            dialogue.enter_raw()
            assert 50_000 < int(dialogue.run("import gc\ngc.collect()\nprint(gc.mem_free())")) < 256 * 1024
            assert b"MemoryError" in dialogue.fail("bytearray(1000000)")
            assert dialogue.run("print(1)") == b"1\r\n"
            dialogue.close()


class TestOpening:
    def reason(self, url):
        transport = create_transport(url)
        with pytest.raises(ConnectError) as caught:
            transport.open(30)
        transport.close()
        return caught.value.reason, str(caught.value)

    def test_another_program(self, tmp_path):
        reason, text = self.reason(f"sim://?dir={tmp_path}&micropython=cat")
        assert reason is ConnectReason.UNSUPPORTED
        assert "is not MicroPython's unix port" in text

    def test_no_such_program(self, tmp_path):
        assert self.reason(f"sim://?dir={tmp_path}&micropython=/no/mp")[0] is ConnectReason.MISSING

    def test_a_directory_that_cannot_be(self, tmp_path):
        (tmp_path / "file").touch()
        reason, text = self.reason(f"sim://?dir={tmp_path}/file/below")
        assert reason is ConnectReason.DENIED
        assert "Not a directory; choose a directory with '?dir=PATH', or set JUPYTER_DATA_DIR" in text

    def test_a_taken_webrepl_port(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            reason, text = self.reason(kinds.unix(tmp_path / "board", webrepl=str(port)).url)
        assert reason is ConnectReason.BUSY
        assert str(port) in text

    def test_closed_before_it_was_opened(self, tmp_path):
        board = kinds.unix(tmp_path / "board")
        transport = create_transport(board.url)
        transport.close()
        transport.open(30)
        assert transport.read() == b""
        assert board.processes() == []


def test_identity():
    assert board_uid(Path("/a")) == board_uid(Path("/a/../a"))
    assert board_uid(Path("/a")) != board_uid(Path("/b"))
    assert int(board_uid(Path("/a"))[:2], 16) & 3 == 2, "a locally administered address"


def test_the_variable_names_the_interpreter(monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_MICROPYTHON", "/no/where")
    with pytest.raises(ConnectError, match=r"no program '/no/where', and no 'micropython\.mjs'"):
        create_transport(f"sim://?dir={tmp_path}").open(10)
