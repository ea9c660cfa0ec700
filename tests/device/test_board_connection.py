"""Staying in touch with real MicroPython, with boards of three kinds: two of them nobody here wrote."""

import os
import secrets
import socket
import threading
import time

import pytest

from iot_kernel.device import board_connection as module
from iot_kernel.device.board_connection import BoardConnection
from iot_kernel.device.board_lock import claim, holder
from iot_kernel.device.callbacks import BoardCallbacks
from iot_kernel.device.info import DeviceInfo
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    DeviceMemoryError,
    DeviceResetError,
    NotConnectedError,
    RemoteProtocolError,
)
from iot_kernel.transports import create_transport
from tests.claimed import claimed
from tests.scripted_board import ScriptedBoard, raw_repl

pytestmark = pytest.mark.board


def opened(url, password=None):
    stray = []
    callbacks = BoardCallbacks(on_stray=stray.append)
    board = BoardConnection(url, password, callbacks)
    board.stray, board.callbacks = stray, callbacks
    board.open(timeout=60.0)
    return board


@pytest.fixture
def unix(tmp_path):
    """A virtual board of this test alone."""
    board = opened(f"sim://{secrets.token_hex(4)}?dir={tmp_path}")
    yield board
    board.close()


@pytest.fixture(params=["unix", "webrepl", "microbit", "wasm"])
def board(request):
    kind = request.getfixturevalue(request.param)
    if request.param == "unix":
        yield kind
        return
    board = opened(kind.url, getattr(kind, "password", None))
    yield board
    board.close()


@pytest.fixture
def bare():
    """A board with no MicroPython behind it: what it says is scripted."""
    boards = []

    def make(answer):
        boards.append(ScriptedBoard(answer))
        return BoardConnection(boards[-1].url, None, BoardCallbacks())

    yield make
    for board in boards:
        board.close()


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def value(board, expression):
    """What the board prints of an expression."""
    return board.exec(f"print({expression})").rstrip("\n")


class TestEveryBoard:
    def test_info(self, board):
        assert board.info.implementation == "micropython"
        assert board.info.version.count(".") == 2
        assert board.info.platform in {"linux", "microbit", "webassembly"}
        assert board.info.free > 1000

    def test_exec(self, board):
        assert board.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"

    def test_big_integers(self, board):
        assert board.exec("for i in range(5): print(i, i**20)").split("\n")[4] == "4 1099511627776"

    def test_variables_live_on(self, board):
        board.exec("a = 5")
        assert value(board, "a * 2") == "10"

    def test_exception(self, board):
        with pytest.raises(DeviceError) as raised:
            board.exec("print('before')\nundefined_name")
        assert raised.value.ename == "NameError"
        assert "undefined_name" in raised.value.evalue or "not defined" in raised.value.evalue
        assert 'File "<stdin>", line 2' in raised.value.traceback
        assert raised.value.output == "before\n"

    def test_syntax_error(self, board):
        with pytest.raises(DeviceError) as raised:
            board.exec("def f(:")
        assert raised.value.ename == "SyntaxError"
        assert value(board, "1") == "1"

    def test_interrupt(self, board):
        board.exec("a = 7")
        threading.Timer(0.3, board.interrupt).start()
        with pytest.raises(DeviceError) as raised:
            board.exec("while True: pass")
        assert raised.value.ename == "KeyboardInterrupt"
        assert value(board, "a") == "7"

    @pytest.mark.parametrize(
        "board", ["unix", "webrepl", "wasm"], indirect=True
    )  # the micro:bit cannot print bytes
    def test_invalid_utf8(self, board):
        assert board.exec("import sys\n_ = sys.stdout.buffer.write(b'\\xff\\xe2\\x82\\xac!')") == "\\xff€!"

    def test_control_bytes_in_source(self, board):
        assert value(board, "len('\x01\x02\x03\x04\x05')") == "5"

    def test_code_of_some_kilobytes(self, board):
        code = "".join(f"x{n} = {n}\n" for n in range(60)) + "print(x59)"
        assert board.exec(code) == "59\n"

    @pytest.mark.parametrize(
        "board", ["webrepl", "microbit", "wasm"], indirect=True
    )  # closing ends a virtual board
    def test_close_and_open_again_keeps_variables(self, board):
        board.exec("a = 9")
        board.close()
        board.close()
        assert not board.is_open
        with pytest.raises(NotConnectedError):
            board.exec("1")
        board.open(timeout=60.0)
        assert value(board, "a") == "9"


class TestUnixPort:
    def test_a_megabyte_of_code(self, unix):
        assert unix.exec("# " + "x" * 1_000_000 + "\nprint('end')") == "end\n"

    def test_ten_megabytes_of_output(self, unix):
        assert len(unix.exec("for i in range(100000): print('x' * 99)")) == 10_000_000

    def test_output_comes_as_it_is_printed(self, unix):
        shown = []
        running = threading.Thread(target=self._run, args=(unix, shown), daemon=True)
        running.start()
        until(lambda: "".join(shown) == "1\n")
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

    def test_turns_are_taken_one_after_the_other(self, unix):
        printed = []
        turn = lambda n: printed.append(unix.exec(f"print({n})"))  # noqa: E731
        threads = [threading.Thread(target=turn, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(printed) == sorted(f"{n}\n" for n in range(20))

    def test_sys_exit_restarts_the_board(self, unix):
        unix.exec("a = 1")
        with pytest.raises(DeviceResetError):
            unix.exec("import sys\nsys.exit()")
        assert value(unix, "'a' in globals()") == "False"

    def test_the_board_goes_away_in_the_middle_of_a_cell(self, unix):
        with pytest.raises(ConnectionLostError):
            unix.exec("import os\nimport ffi\nffi.open(None).func('v', '_exit', 'i')(1)")
        assert unix.reopen() is True
        assert value(unix, "1") == "1"

    def test_claims_last_until_it_is_closed(self, unix):
        assert holder(unix.url).pid == os.getpid()
        assert holder(f"uid:{unix.info.uid}").url == unix.url
        unix.close()
        unix.close()
        assert holder(unix.url) is None
        assert holder(f"uid:{unix.info.uid}") is None

    def test_closed_while_its_chip_is_claimed(self, unix, monkeypatch):
        def claim_and_close(key, **options):
            claimed = claim(key, **options)
            if key.startswith("uid:"):
                unix.close()
            return claimed

        unix.close()
        monkeypatch.setattr(module, "claim", claim_and_close)
        unix.reopen()
        assert not unix.is_open
        assert holder(f"uid:{unix.info.uid}") is None

    def test_a_chip_is_claimed_once(self, unix):
        unix.close()
        with claimed(f"uid:{unix.info.uid}", url="elsewhere"), pytest.raises(ConnectError) as raised:
            unix.reopen()
        assert raised.value.reason is ConnectReason.OWN

    def test_only_one_holds_it(self, unix):
        assert holder(unix.url) is not None
        with pytest.raises(ConnectError) as raised:
            BoardConnection(unix.url, None, BoardCallbacks()).open()
        assert raised.value.reason is ConnectReason.OWN


class TestUnplugging:
    LEAVE = "import ffi\nleave = ffi.open(None).func('v', '_exit', 'i')\n"

    @pytest.fixture
    def called(self, unix):
        """The names of the callbacks that were called, in order."""
        called, callbacks = [], unix.callbacks
        callbacks.on_break = lambda: called.append("on_break")
        callbacks.on_lost = lambda error: called.append("on_lost")
        callbacks.on_restart = lambda: called.append("on_restart")
        return called

    def test_while_no_code_runs(self, unix, called):
        unix.exec(self.LEAVE + "import _thread, time\ndef f():\n time.sleep(0.2)\n leave(1)\n")
        unix.exec("_thread.start_new_thread(f, ())")
        until(lambda: "on_lost" in called)
        assert called == ["on_break", "on_lost"]
        assert not unix.is_open
        assert holder(unix.url).pid == os.getpid()
        with pytest.raises(ConnectionLostError):
            unix.exec("1")

    def test_while_code_runs(self, unix, called):
        with pytest.raises(ConnectionLostError):
            unix.exec(self.LEAVE + "leave(1)")
        assert called == ["on_break"]

    def test_while_it_is_reset(self, unix, called):
        unix.exec(self.LEAVE)
        with unix.turn_lock, unix.coming_back():
            unix.exec("leave(1)")
        assert called == ["on_break", "on_break"]  # lost, and then found without its variables
        assert unix.is_open

    def test_plugged_in_again(self, unix, called):
        with pytest.raises(ConnectionLostError):
            unix.exec(self.LEAVE + "leave(1)")
        assert unix.reopen() is True
        assert value(unix, "1") == "1"
        assert called == ["on_break", "on_break"]


class TestReopen:
    @pytest.fixture
    def refuse(self, unix, monkeypatch):
        """Has connecting fail with these errors, the last one first, and then succeed; returns those left."""
        unix.close()

        def make(errors):
            def create(url, *, password=None):
                if errors:
                    raise errors.pop()
                return create_transport(url, password=password)

            monkeypatch.setattr(module, "create_transport", create)
            return errors

        return make

    def test_is_tried_until_the_board_answers(self, unix, refuse, monkeypatch):
        monkeypatch.setattr(module, "RETRY_PAUSE", 0.001)
        errors = refuse([ConnectError("x", ConnectReason.MISSING, "away"), ConnectionLostError("x")])
        unix.reopen(timeout=60.0)
        assert errors == []
        assert value(unix, "1") == "1"

    @pytest.mark.parametrize("reason", sorted(module.LASTING, key=str))
    def test_is_tried_once_against_what_lasts(self, unix, refuse, reason):
        errors = refuse([ConnectError("x", reason, "away")] * 2)
        with pytest.raises(ConnectError):
            unix.reopen(timeout=60.0)
        assert len(errors) == 1

    def test_is_not_tried_for_ever(self, unix, refuse):
        errors = refuse([ConnectError("x", ConnectReason.MISSING, "away")] * 2)
        with pytest.raises(ConnectError):
            unix.reopen(timeout=0.0)
        assert len(errors) == 1


class TestWebRepl:
    def test_wrong_password(self, webrepl):
        with pytest.raises(ConnectError) as raised:
            opened(webrepl.url, "wrong")
        assert raised.value.reason is ConnectReason.AUTH
        assert "wrong" not in str(raised.value).replace("wrong password", "")

    def test_code_larger_than_what_the_board_buffers(self, webrepl):
        board = opened(webrepl.url, webrepl.password)
        code = "".join(f"x{n} = {n}\n" for n in range(2000))
        assert board.exec(code + "print(x1999)") == "1999\n"
        board.close()


class TestMicrobit:
    def test_unplugged_and_plugged_in_again(self, microbit):
        board = opened(microbit.url)
        board.exec("a = 1")
        unplugging = threading.Timer(0.3, microbit.kill)
        unplugging.start()
        with pytest.raises(ConnectionLostError):
            board.exec("while True: pass")
        unplugging.join()
        microbit.start()
        assert board.reopen(timeout=60.0) is True
        assert value(board, "'a' in globals()") == "False"
        board.close()

    def test_a_broken_network_leaves_variables(self, microbit):
        board = opened(microbit.url)
        board.exec("a = 1")
        board.close()
        assert board.reopen(timeout=60.0) is False
        assert value(board, "a") == "1"
        board.close()

    def test_code_larger_than_its_memory(self, microbit):
        board = opened(microbit.url)
        with pytest.raises(DeviceMemoryError) as raised:
            board.exec("# " + "x" * 20000)
        assert raised.value.free < 20000
        assert value(board, "1") == "1"
        board.close()

    def test_busy_in_a_program(self, microbit):
        board = opened(microbit.url)
        threading.Timer(0.3, board.close).start()
        with pytest.raises(ConnectionLostError):
            board.exec("while True: pass")
        with pytest.raises(ConnectError, match="a program may be running"):
            board.open(interrupt=False, timeout=1.0)
        board.open(timeout=60.0)
        assert value(board, "1") == "1"
        board.close()


class TestWebAssembly:
    def test_large_code_goes_without_raw_paste(self, wasm):
        board = opened(wasm.url)
        assert board.exec("# " + "x" * 100_000 + "\nprint('end')") == "end\n"
        board.close()


class TestNoBoard:
    def test_silent(self, bare):
        with pytest.raises(ConnectError, match="nothing answers") as raised:
            bare(lambda heard: None).open(timeout=0.5)
        assert raised.value.reason is ConnectReason.TIMEOUT

    def test_silent_where_a_board_has_answered_before(self, bare):
        board = bare(lambda heard: None)
        board.info = DeviceInfo("", "micropython", "1.25.0", "esp32", "", None)
        with pytest.raises(ConnectError, match="does not let itself be interrupted"):
            board.open(timeout=0.5)

    def test_a_url_that_cannot_be_used_is_not_claimed(self):
        with pytest.raises(ConnectError) as raised:
            BoardConnection("gopher://x", None, BoardCallbacks()).open()
        assert raised.value.reason is ConnectReason.UNSUPPORTED
        assert holder("gopher://x") is None

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
        board = bare(lambda heard: None)
        with pytest.raises(ConnectError):
            board.open(timeout=0.3)
        assert not board.is_open
        assert holder(board.url) is None


def test_the_constructor_touches_nothing():
    board = BoardConnection("serial:///dev/does-not-exist", None, BoardCallbacks())
    assert not board.is_open
    board.interrupt()
    board.close()
    with pytest.raises(NotConnectedError):
        board.exec("1")
    assert module.CONNECT_TIMEOUT > 3


def test_connecting_is_interrupted_while_the_other_side_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        board = BoardConnection(f"ws://127.0.0.1:{server.getsockname()[1]}", "x", BoardCallbacks())
        threading.Timer(0.3, board.interrupt).start()
        with pytest.raises(DeviceError) as interrupted:
            board.open(timeout=60.0)
        assert interrupted.value.ename == "KeyboardInterrupt"
        board.close()
