"""Staying in touch with real MicroPython, with boards of three kinds: two of them nobody here wrote."""

import secrets
import socket
import threading
import time

import pytest

from iot_kernel.device import board_connection as module
from iot_kernel.device.board_connection import Contact
from iot_kernel.device.board_lock import holder
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    DeviceMemoryError,
    NotConnectedError,
    RemoteProtocolError,
)
from tests.scripted_board import ScriptedBoard, raw_repl

pytestmark = pytest.mark.board


def opened(url, password=None):
    contact = Contact(url, password=password)
    contact.stray = []
    contact.on_stray = contact.stray.append
    contact.open(timeout=60.0)
    return contact


@pytest.fixture
def unix(tmp_path):
    """A virtual board of this test alone."""
    contact = opened(f"sim://{secrets.token_hex(4)}?dir={tmp_path}")
    yield contact
    contact.close()


@pytest.fixture(params=["unix", "webrepl", "microbit", "wasm"])
def contact(request):
    board = request.getfixturevalue(request.param)
    if request.param == "unix":
        yield board
        return
    contact = opened(board.url, getattr(board, "password", None))
    yield contact
    contact.close()


@pytest.fixture
def bare():
    """A board with no MicroPython behind it: what it says is scripted."""
    boards = []

    def make(answer):
        boards.append(ScriptedBoard(answer))
        return Contact(boards[-1].url)

    yield make
    for board in boards:
        board.close()


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def value(contact, expression):
    """What the board prints of an expression."""
    return contact.exec(f"print({expression})").rstrip("\n")


class TestEveryBoard:
    def test_info(self, contact):
        assert contact.info.implementation == "micropython"
        assert contact.info.version.count(".") == 2
        assert contact.info.platform in {"linux", "microbit", "webassembly"}
        assert contact.info.free > 1000

    def test_exec(self, contact):
        assert contact.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"

    def test_big_integers(self, contact):
        assert contact.exec("for i in range(5): print(i, i**20)").split("\n")[4] == "4 1099511627776"

    def test_variables_live_on(self, contact):
        contact.exec("a = 5")
        assert value(contact, "a * 2") == "10"

    def test_exception(self, contact):
        with pytest.raises(DeviceError) as raised:
            contact.exec("print('before')\nundefined_name")
        assert raised.value.ename == "NameError"
        assert "undefined_name" in raised.value.evalue or "not defined" in raised.value.evalue
        assert 'File "<stdin>", line 2' in raised.value.traceback
        assert raised.value.output == "before\n"

    def test_syntax_error(self, contact):
        with pytest.raises(DeviceError) as raised:
            contact.exec("def f(:")
        assert raised.value.ename == "SyntaxError"
        assert value(contact, "1") == "1"

    def test_interrupt(self, contact):
        contact.exec("a = 7")
        threading.Timer(0.3, contact.interrupt).start()
        with pytest.raises(DeviceError) as raised:
            contact.exec("while True: pass")
        assert raised.value.ename == "KeyboardInterrupt"
        assert value(contact, "a") == "7"

    @pytest.mark.parametrize(
        "contact", ["unix", "webrepl", "wasm"], indirect=True
    )  # the micro:bit cannot print bytes
    def test_invalid_utf8(self, contact):
        assert contact.exec("import sys\n_ = sys.stdout.buffer.write(b'\\xff\\xe2\\x82\\xac!')") == "\\xff€!"

    def test_control_bytes_in_source(self, contact):
        assert value(contact, "len('\x01\x02\x03\x04\x05')") == "5"

    def test_code_of_some_kilobytes(self, contact):
        code = "".join(f"x{n} = {n}\n" for n in range(60)) + "print(x59)"
        assert contact.exec(code) == "59\n"

    @pytest.mark.parametrize(
        "contact", ["webrepl", "microbit", "wasm"], indirect=True
    )  # closing ends a virtual board
    def test_close_and_open_again_keeps_variables(self, contact):
        contact.exec("a = 9")
        contact.close()
        contact.close()
        assert not contact.is_open
        with pytest.raises(NotConnectedError):
            contact.exec("1")
        contact.open(timeout=60.0)
        assert value(contact, "a") == "9"


class TestUnixPort:
    def test_a_megabyte_of_code(self, unix):
        assert unix.exec("# " + "x" * 1_000_000 + "\nprint('end')") == "end\n"

    def test_ten_megabytes_of_output(self, unix):
        assert len(unix.exec("for i in range(100000): print('x' * 99)")) == 10_000_000

    def test_output_comes_as_it_is_printed(self, unix):
        shown = []
        running = threading.Thread(target=self._run, args=(unix, shown), daemon=True)
        running.start()
        until(lambda: shown == ["1\n"])
        unix.interrupt()
        running.join()

    def _run(self, unix, shown):
        with pytest.raises(DeviceError):
            unix.exec("print(1)\nwhile True: pass", on_output=shown.append)

    def test_a_thread_prints_between_cells(self, unix):
        unix.exec(
            "import _thread, time\n"
            "def f():\n for i in range(3):\n  time.sleep(0.05)\n  print('bg', i)\n"
            "_thread.start_new_thread(f, ())"
        )
        until(lambda: "".join(unix.stray) == "bg 0\nbg 1\nbg 2\n")

    def test_sys_exit_restarts_the_board(self, unix):
        unix.exec("a = 1")
        with pytest.raises(Exception, match="reset"):
            unix.exec("import sys\nsys.exit()")
        assert value(unix, "'a' in globals()") == "False"

    def test_the_board_goes_away_in_the_middle_of_a_cell(self, unix):
        with pytest.raises(ConnectionLostError):
            unix.exec("import os\nimport ffi\nffi.open(None).func('v', '_exit', 'i')(1)")
        assert unix.reopen() is True
        assert value(unix, "1") == "1"

    def test_only_one_holds_it(self, unix):
        assert holder(unix.url) is not None
        with pytest.raises(ConnectError) as raised:
            Contact(unix.url).open()
        assert raised.value.reason is ConnectReason.OWN


class TestWebRepl:
    def test_wrong_password(self, webrepl):
        with pytest.raises(ConnectError) as raised:
            opened(webrepl.url, "wrong")
        assert raised.value.reason is ConnectReason.AUTH
        assert "wrong" not in str(raised.value).replace("wrong password", "")

    def test_code_larger_than_what_the_board_buffers(self, webrepl):
        contact = opened(webrepl.url, webrepl.password)
        code = "".join(f"x{n} = {n}\n" for n in range(2000))
        assert contact.exec(code + "print(x1999)") == "1999\n"
        contact.close()


class TestMicrobit:
    def test_unplugged_and_plugged_in_again(self, microbit):
        contact = opened(microbit.url)
        contact.exec("a = 1")
        unplugging = threading.Timer(0.3, microbit.kill)
        unplugging.start()
        with pytest.raises(ConnectionLostError):
            contact.exec("while True: pass")
        unplugging.join()
        microbit.start()
        assert contact.reopen(timeout=60.0) is True
        assert value(contact, "'a' in globals()") == "False"
        contact.close()

    def test_a_broken_network_leaves_variables(self, microbit):
        contact = opened(microbit.url)
        contact.exec("a = 1")
        contact.close()
        assert contact.reopen(timeout=60.0) is False
        assert value(contact, "a") == "1"
        contact.close()

    def test_code_larger_than_its_memory(self, microbit):
        contact = opened(microbit.url)
        with pytest.raises(DeviceMemoryError) as raised:
            contact.exec("# " + "x" * 20000)
        assert raised.value.free < 20000
        assert value(contact, "1") == "1"
        contact.close()

    def test_busy_in_a_program(self, microbit):
        contact = opened(microbit.url)
        threading.Timer(0.3, contact.close).start()
        with pytest.raises(ConnectionLostError):
            contact.exec("while True: pass")
        with pytest.raises(ConnectError, match="a program may be running"):
            contact.open(interrupt=False, timeout=1.0)
        contact.open(timeout=60.0)
        assert value(contact, "1") == "1"
        contact.close()


class TestWebAssembly:
    def test_large_code_goes_without_raw_paste(self, wasm):
        contact = opened(wasm.url)
        assert contact.exec("# " + "x" * 100_000 + "\nprint('end')") == "end\n"
        contact.close()


class TestNoBoard:
    def test_silent(self, bare):
        with pytest.raises(ConnectError, match="nothing answers") as raised:
            bare(lambda heard: None).open(timeout=0.5)
        assert raised.value.reason is ConnectReason.TIMEOUT

    def test_garbage(self, bare):
        with pytest.raises(ConnectError, match="baud") as raised:
            bare(lambda heard: b"\xf8\x80\xfe\x00\xf0" * 5).open(timeout=0.5)
        assert raised.value.reason is ConnectReason.NOT_A_BOARD

    def test_something_else(self, bare):
        with pytest.raises(ConnectError, match="AT\\?") as raised:
            bare(lambda heard: b"\r\nERROR AT?\r\n").open(timeout=0.5)
        assert raised.value.reason is ConnectReason.NOT_A_BOARD

    def test_a_board_that_lies_about_itself(self, bare):
        with pytest.raises(RemoteProtocolError):
            bare(raw_repl()).open(timeout=5.0)

    def test_nothing_stays_open_after_a_failure(self, bare):
        contact = bare(lambda heard: None)
        with pytest.raises(ConnectError):
            contact.open(timeout=0.3)
        assert not contact.is_open
        assert holder(contact.url) is None


def test_the_constructor_touches_nothing():
    contact = Contact("serial:///dev/does-not-exist")
    assert not contact.is_open
    contact.interrupt()
    contact.close()
    with pytest.raises(NotConnectedError):
        contact.exec("1")
    assert module.CONNECT_TIMEOUT > 3


def test_connecting_is_interrupted_while_the_other_side_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        contact = Contact(f"ws://127.0.0.1:{server.getsockname()[1]}", password="x")
        threading.Timer(0.3, contact.interrupt).start()
        with pytest.raises(DeviceError) as interrupted:
            contact.open(timeout=60.0)
        assert interrupted.value.ename == "KeyboardInterrupt"
        contact.close()
