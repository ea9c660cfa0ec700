"""The device on real MicroPython, on boards of three kinds: two of them nobody here wrote."""

import secrets
import socket
import threading
import time

import pytest

from iot_kernel import device as module
from iot_kernel import plans
from iot_kernel.claims import holder
from iot_kernel.device import Device
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    DeviceMemoryError,
    DeviceTimeoutError,
    NotConnectedError,
    RemoteProtocolError,
)
from tests.scripted_board import ScriptedBoard, raw_repl

pytestmark = pytest.mark.board


def opened(url, password=None, **options):
    device = Device(url, password=password)
    device.stray = []
    device.on_stray = device.stray.append
    device.restarts = []
    device.on_restart = lambda: device.restarts.append(1)
    device.open(timeout=60.0, **options)
    return device


@pytest.fixture
def unix(tmp_path):
    """A virtual board of this test alone."""
    device = opened(f"sim://{secrets.token_hex(4)}?dir={tmp_path}")
    yield device
    device.close()


@pytest.fixture(params=["unix", "webrepl", "microbit", "wasm"])
def device(request):
    board = request.getfixturevalue(request.param)
    if request.param == "unix":
        yield board
        return
    device = opened(board.url, getattr(board, "password", None))
    yield device
    device.close()


@pytest.fixture
def bare():
    """A board with no MicroPython behind it: what it says is scripted."""
    boards = []

    def make(answer):
        boards.append(ScriptedBoard(answer))
        return Device(boards[-1].url)

    yield make
    for board in boards:
        board.close()


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestEveryBoard:
    def test_info(self, device):
        assert device.info.implementation == "micropython"
        assert device.info.version.count(".") == 2
        assert device.info.platform in {"linux", "microbit", "webassembly"}
        assert device.info.free > 1000

    def test_exec(self, device):
        assert device.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"

    def test_big_integers(self, device):
        assert device.exec("for i in range(5): print(i, i**20)").split("\n")[4] == "4 1099511627776"

    def test_variables_live_on(self, device):
        device.exec("a = 5")
        assert device.eval("a * 2") == 10

    def test_value(self, device):
        shown = []
        assert device.run_cell("print('x')\n[1, 'a', None]", shown.append) == "[1, 'a', None]"
        assert "".join(shown) == "x\n"
        assert device.run_cell("None", shown.append) is None

    def test_exception(self, device):
        with pytest.raises(DeviceError) as raised:
            device.exec("print('before')\nundefined_name")
        assert raised.value.ename == "NameError"
        assert "undefined_name" in raised.value.evalue or "not defined" in raised.value.evalue
        assert 'File "<stdin>", line 2' in raised.value.traceback
        assert raised.value.output == "before\n"

    def test_syntax_error(self, device):
        with pytest.raises(DeviceError) as raised:
            device.exec("def f(:")
        assert raised.value.ename == "SyntaxError"
        assert device.eval("1") == 1

    def test_names_that_the_user_has_taken(self, device):
        taken = "print = repr = str = len = list = dict = type = open = getattr = hasattr = 5"
        device.exec(taken)
        device.close()
        assert device.open().version.count(".") == 2
        device.exec(taken)
        assert device.eval("[str, 'x']") == [5, "x"]
        assert device.run_cell("print", str) == "5"

    def test_interrupt(self, device):
        device.exec("a = 7")
        threading.Timer(0.3, device.interrupt).start()
        with pytest.raises(DeviceError) as raised:
            device.exec("while True: pass")
        assert raised.value.ename == "KeyboardInterrupt"
        assert device.eval("a") == 7

    def test_soft_reset(self, device):
        device.exec("a = 7")
        device.soft_reset()
        with pytest.raises(DeviceError) as raised:
            device.eval("a")
        assert raised.value.ename == "NameError"
        assert device.restarts == []

    def test_output_with_the_end_mark(self, device):
        shown = []
        assert device.run_cell("print('a' + chr(4) + 'b')\nprint('c')\n7", shown.append) == "7"
        text = "".join(shown)
        assert text.startswith("ab\nc\n")
        assert "0x04" in text
        assert device.eval("1") == 1

    @pytest.mark.parametrize(
        "device", ["unix", "webrepl", "wasm"], indirect=True
    )  # the micro:bit cannot print bytes
    def test_invalid_utf8(self, device):
        assert device.exec("import sys\n_ = sys.stdout.buffer.write(b'\\xff\\xe2\\x82\\xac!')") == "\\xff€!"

    def test_control_bytes_in_source(self, device):
        assert device.eval("len('\x01\x02\x03\x04\x05')") == 5

    def test_eval_takes_only_literals(self, device):
        with pytest.raises(RemoteProtocolError):
            device.eval("object()")

    def test_code_of_some_kilobytes(self, device):
        code = "".join(f"x{n} = {n}\n" for n in range(60)) + "print(x59)"
        assert device.exec(code) == "59\n"

    @pytest.mark.parametrize(
        "device", ["webrepl", "microbit", "wasm"], indirect=True
    )  # closing ends a virtual board
    def test_close_and_open_again_keeps_variables(self, device):
        device.exec("a = 9")
        device.close()
        device.close()
        assert not device.is_open
        with pytest.raises(NotConnectedError):
            device.exec("1")
        device.open(timeout=60.0)
        assert device.eval("a") == 9


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

    def test_threads_print_while_cells_run(self, unix):
        unix.exec(
            "import _thread, time\n"
            "def f():\n for i in range(300):\n  time.sleep(0.001)\n  print('bg', i)\n"
            "_thread.start_new_thread(f, ())"
        )
        shown = []
        for n in range(100):
            assert unix.run_cell(str(n), shown.append) == str(n)
        until(lambda: "".join(shown + unix.stray).count("bg") == 300)

    def test_sys_exit_restarts_the_board(self, unix):
        unix.exec("a = 1")
        with pytest.raises(Exception, match="reset"):
            unix.exec("import sys\nsys.exit()")
        assert unix.eval("'a' in globals()") is False

    def test_hard_reset(self, unix):
        unix.exec("a = 1")
        shown = []
        unix.hard_reset(shown.append, quiet=0.3)
        assert "MicroPython" in "".join(shown)
        assert unix.eval("'a' in globals()") is False

    def test_the_board_goes_away_in_the_middle_of_a_cell(self, unix):
        with pytest.raises(ConnectionLostError):
            unix.exec("import os\nimport ffi\nffi.open(None).func('v', '_exit', 'i')(1)")
        assert unix.reopen() is True
        assert unix.eval("1") == 1

    def test_a_program_that_swallows_interrupts_is_switched_off_and_on(self, unix, monkeypatch):
        monkeypatch.setattr(plans, "INTERRUPT_PATIENCE", 0.3)
        monkeypatch.setattr(plans, "INTERRUPT_TIMEOUT", 0.3)
        monkeypatch.setattr(module, "CONNECT_TIMEOUT", 1.0)
        threading.Timer(0.5, unix.interrupt).start()
        with pytest.raises(DeviceTimeoutError, match="%hardreset"):
            unix.exec("while True:\n try:\n  while True: pass\n except KeyboardInterrupt: pass")
        with pytest.raises(ConnectError, match="does not let itself be interrupted"):
            unix.exec("1")
        unix.hard_reset()
        assert unix.eval("1") == 1

    def test_any_value(self, unix):
        for source, value in [
            ("1,", "(1,)"),
            ("1, 2", "(1, 2)"),
            ("print = 3\n7", "7"),
            ("del print\n8", "8"),
        ]:
            assert unix.run_cell(source, lambda _: None) == value
        assert unix.run_cell("x = '" + "a" * 300_000 + "'\nlen(x)", lambda _: None) == "300000"

    def test_only_one_holds_it(self, unix):
        assert holder(unix.url) is not None
        with pytest.raises(ConnectError) as raised:
            Device(unix.url).open()
        assert raised.value.reason is ConnectReason.OWN


class TestWebRepl:
    def test_wrong_password(self, webrepl):
        with pytest.raises(ConnectError) as raised:
            opened(webrepl.url, "wrong")
        assert raised.value.reason is ConnectReason.AUTH
        assert "wrong" not in str(raised.value).replace("wrong password", "")

    def test_code_larger_than_what_the_board_buffers(self, webrepl):
        device = opened(webrepl.url, webrepl.password)
        code = "".join(f"x{n} = {n}\n" for n in range(2000))
        assert device.exec(code + "print(x1999)") == "1999\n"
        device.close()

    def test_a_soft_reset_drops_the_link_and_finds_the_board_again(self, webrepl):
        device = opened(webrepl.url, webrepl.password)
        lost = []
        device.on_lost = lost.append
        device.exec("a = 1")
        device.soft_reset()
        assert device.eval("'a' in globals()") is False
        assert lost == []
        device.close()


class TestMicrobit:
    def test_unplugged_and_plugged_in_again(self, microbit):
        device = opened(microbit.url)
        device.exec("a = 1")
        unplugging = threading.Timer(0.3, microbit.kill)
        unplugging.start()
        with pytest.raises(ConnectionLostError):
            device.exec("while True: pass")
        unplugging.join()
        microbit.start()
        assert device.reopen(timeout=60.0) is True
        assert device.eval("'a' in globals()") is False
        device.close()

    def test_a_broken_network_leaves_variables(self, microbit):
        device = opened(microbit.url)
        device.exec("a = 1")
        device.close()
        assert device.reopen(timeout=60.0) is False
        assert device.eval("a") == 1
        device.close()

    def test_code_larger_than_its_memory(self, microbit):
        device = opened(microbit.url)
        with pytest.raises(DeviceMemoryError) as raised:
            device.exec("# " + "x" * 20000)
        assert raised.value.free < 20000
        assert device.eval("1") == 1
        device.close()

    def test_busy_in_a_program(self, microbit):
        device = opened(microbit.url)
        threading.Timer(0.3, device.close).start()
        with pytest.raises(ConnectionLostError):
            device.exec("while True: pass")
        with pytest.raises(ConnectError, match="a program may be running"):
            device.open(interrupt=False, timeout=1.0)
        device.open(timeout=60.0)
        assert device.eval("1") == 1
        device.close()

    def test_hard_reset(self, microbit):
        device = opened(microbit.url)
        device.exec("a = 1")
        shown = []
        device.hard_reset(shown.append, quiet=1.0)
        assert "MicroPython v1.9.2" in "".join(shown)
        assert device.eval("'a' in globals()") is False
        device.close()


class TestWebAssembly:
    def test_large_code_goes_without_raw_paste(self, wasm):
        device = opened(wasm.url)
        assert device.exec("# " + "x" * 100_000 + "\nprint('end')") == "end\n"
        device.close()

    def test_no_reset_function(self, wasm):
        device = opened(wasm.url)
        with pytest.raises(DeviceError, match="no function that resets"):
            device.hard_reset()
        assert device.eval("1") == 1
        device.close()


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
        device = bare(lambda heard: None)
        with pytest.raises(ConnectError):
            device.open(timeout=0.3)
        assert not device.is_open
        assert holder(device.url) is None


def test_the_constructor_touches_nothing():
    device = Device("serial:///dev/does-not-exist")
    assert not device.is_open
    device.interrupt()
    device.close()
    with pytest.raises(NotConnectedError):
        device.exec("1")
    assert module.CONNECT_TIMEOUT > 3


def test_connecting_is_interrupted_while_the_other_side_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        device = Device(f"ws://127.0.0.1:{server.getsockname()[1]}", password="x")
        threading.Timer(0.3, device.interrupt).start()
        with pytest.raises(DeviceError) as interrupted:
            device.open(timeout=60.0)
        assert interrupted.value.ename == "KeyboardInterrupt"
        device.close()
