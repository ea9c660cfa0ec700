"""The device on real MicroPython, on boards of three kinds: two of them nobody here wrote."""

import secrets
import threading
import time

import pytest

from iot_kernel.device import board_connection
from iot_kernel.device.board_connection import BoardConnection
from iot_kernel.device.device import Device
from iot_kernel.errors import (
    ConnectError,
    DeviceError,
    DeviceTimeoutError,
    RemoteProtocolError,
)
from iot_kernel.repl import execution_timeouts

pytestmark = pytest.mark.board


def opened(url, password=None, **options):
    device = Device(url, password=password)
    device.stray = []
    device.callbacks.on_stray = device.stray.append
    device.restarts = []
    device.callbacks.on_restart = lambda: device.restarts.append(1)
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


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestEveryBoard:
    def test_value(self, device):
        shown = []
        assert device.run_cell("print('x')\n[1, 'a', None]", shown.append) == "[1, 'a', None]"
        assert "".join(shown) == "x\n"
        assert device.run_cell("None", shown.append) is None

    def test_its_run_has_another_name_after_each_restart(self, device):
        first = device.run_id()
        device.exec("kept = 5")
        assert device.run_id() == first
        device.close()
        restarted = device.reopen()
        assert (device.run_id() != first) is restarted
        before = device.run_id()
        device.soft_reset()
        assert device.run_id() not in (first, before)

    def test_names_that_the_user_has_taken(self, device):
        taken = "print = repr = str = len = list = dict = type = open = getattr = hasattr = 5"
        device.exec(taken)
        device.close()
        assert device.open().version.count(".") == 2
        device.exec(taken)
        assert device.eval("[str, 'x']") == [5, "x"]
        assert device.run_cell("print", str) == "5"

    def test_soft_reset(self, device):
        device.exec("a = 7")
        device.soft_reset()
        with pytest.raises(DeviceError) as raised:
            device.eval("a")
        assert raised.value.ename == "NameError"
        assert device.restarts == []

    @pytest.mark.parametrize("question", [1, 2, 3])
    def test_a_soft_reset_that_is_stopped_while_the_board_is_asked_who_it_is(
        self, device, question, monkeypatch
    ):
        """The board may have another mark by then; its end of a cell is understood all the same."""
        device.exec("a = 7")
        board, asked = device._board, []

        def exec_until_stopped(*args, **options):
            asked.append(args)
            if len(asked) == question:
                raise DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: ")
            return BoardConnection.exec(board, *args, **options)

        monkeypatch.setattr(board, "exec", exec_until_stopped)
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            device.soft_reset()
        monkeypatch.undo()
        is_told = not device.is_open and device.reopen()
        assert device.run_cell("'a' in globals()", str) == "False"
        assert is_told or device.restarts == [1]

    def test_output_with_the_end_mark(self, device):
        shown = []
        assert device.run_cell("print('a' + chr(4) + 'b')\nprint('c')\n7", shown.append) == "7"
        assert "".join(shown) == "ab\nc\n"
        assert device.eval("1") == 1

    def test_eval_takes_only_literals(self, device):
        with pytest.raises(RemoteProtocolError):
            device.eval("object()")


class TestUnixPort:
    def test_what_the_wire_is_like(self, unix):
        assert (unix.serial_number, unix.burst, unix.is_paced) == (None, None, True)

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

    def test_hard_reset(self, unix):
        unix.exec("a = 1")
        shown = []
        unix.hard_reset(shown.append, quiet=0.3)
        assert "MicroPython" in "".join(shown)
        assert unix.eval("'a' in globals()") is False

    @pytest.mark.parametrize(
        ("program", "is_waiting"),
        [("x = 1", True), ("1 / 0", True), ("import time\nx = 2\nwhile True: time.sleep(1)", False)],
    )
    def test_a_restart_lets_main_run_and_interrupts_nothing(self, unix, program, is_waiting):
        unix.exec("a = 1")
        unix.files.write("/main.py", f"print('main')\n{program}".encode())
        shown = []
        unix.restart(shown.append, seconds=0.3)
        assert "".join(shown).startswith("main\n")
        assert unix.is_waiting() is is_waiting
        assert "KeyboardInterrupt" not in "".join(shown + unix.stray)
        assert unix.eval("'a' in globals()") is False
        assert unix.restarts == []  # nobody is told of what was asked for

    def test_an_interrupt_ends_the_listening(self, unix):
        unix.files.write("/main.py", b"import time\nwhile True: print('tick'); time.sleep(.01)")
        stopped = threading.Event()

        def stop(text):
            if not stopped.is_set():
                stopped.set()
                threading.Thread(target=unix.interrupt).start()

        began = time.monotonic()
        unix.restart(stop, seconds=300)
        assert time.monotonic() - began < 60
        assert unix.is_waiting()

    def test_a_program_that_was_left_running_is_heard_and_interrupted_by_the_next_cell(self, unix):
        unix.files.write(
            "/main.py", b"import time\nn = 0\nwhile True:\n print('tick'); time.sleep(.01); n += 1"
        )
        unix.restart(seconds=0.1)
        until(lambda: "tick" in "".join(unix.stray))
        assert unix.eval("n > 0") is True

    def test_a_program_that_swallows_interrupts_is_switched_off_and_on(self, unix, monkeypatch):
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.3)
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_TIMEOUT", 0.3)
        monkeypatch.setattr(board_connection, "CONNECT_TIMEOUT", 1.0)
        threading.Timer(0.5, unix.interrupt).start()
        with pytest.raises(DeviceTimeoutError, match="%hardreset"):
            unix.exec("while True:\n try:\n  while True: pass\n except KeyboardInterrupt: pass")
        with pytest.raises(ConnectError, match="does not let itself be interrupted"):
            unix.exec("1")
        unix.hard_reset()
        assert unix.eval("1") == 1

    def test_an_answer_without_end_is_stopped(self, unix, monkeypatch):
        monkeypatch.setattr(board_connection, "LONGEST_OUTPUT", 100_000)
        with pytest.raises(RemoteProtocolError, match="end of an answer"):
            unix.exec("while True: print('x' * 1000)")
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


class TestWebRepl:
    def test_a_soft_reset_drops_the_link_and_finds_the_board_again(self, webrepl):
        device = opened(webrepl.url, webrepl.password)
        lost = []
        device.callbacks.on_lost = lost.append
        device.exec("a = 1")
        device.soft_reset()
        assert device.eval("'a' in globals()") is False
        assert lost == []
        device.close()


class TestMicrobit:
    def test_hard_reset(self, microbit):
        device = opened(microbit.url)
        device.exec("a = 1")
        shown = []
        device.hard_reset(shown.append, quiet=1.0)
        assert "MicroPython v1.9.2" in "".join(shown)
        assert device.eval("'a' in globals()") is False
        device.close()


class TestWebAssembly:
    def test_no_reset_function(self, wasm):
        device = opened(wasm.url)
        with pytest.raises(DeviceError, match="no function that resets"):
            device.hard_reset()
        assert device.eval("1") == 1
        device.close()
