"""The device on CircuitPython 7 to 10, in several languages: boards that answer as recorded firmware did."""

import threading

import pytest

from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.device import Device
from iot_kernel.device.traceback import frames_of
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    DeviceResetError,
)
from iot_kernel.repl import execution_timeouts, timeouts
from tests.circuitpython_board import RECORDINGS, CircuitPythonBoard

#: The releases, in English; the other recordings are the same firmware in another language.
RELEASES = [name for name in RECORDINGS if name.count("-") == 1]

every_release = pytest.mark.parametrize("name", RELEASES)
every_recording = pytest.mark.parametrize("name", RECORDINGS)

SNAKE = "\N{SNAKE}"
TITLE = f"\x1b]0;{SNAKE}192.168.1.7 | REPL | 8.0.0\x1b\\".encode()


def version(name):
    return tuple(int(part) for part in name.split("-")[1].split("."))


@pytest.fixture
def board():
    """Makes boards."""
    made = []

    def make(name, **options):
        made.append(CircuitPythonBoard(name, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def connect():
    """Connects boards; ``stray`` and ``restarts`` are what the device called back with."""
    made = []

    def make(board, **options):
        device = Device(board.url)
        made.append(device)
        device.stray = []
        device.callbacks.on_stray = device.stray.append
        device.restarts = []
        device.callbacks.on_restart = lambda: device.restarts.append(1)
        device.open(timeout=60.0, **options)
        return device

    yield make
    for device in made:
        device.close()


def raised(device, code):
    with pytest.raises(DeviceError) as caught:
        device.exec(code)
    return caught.value


class TestOpening:
    @every_recording
    def test_after_code_is_done_nothing_is_interrupted(self, board, connect, name):
        it = board(name)
        device = connect(it)
        assert device.info.implementation == "circuitpython"
        assert device.info.version == name.split("-")[1]
        assert device.info.uid == "e6:61:64:08:43:5b:89:2a"
        assert b"\x03" not in it.heard
        assert device.stray == []

    @every_release
    def test_it_cannot_be_debugged_and_gets_nothing_for_that(self, board, connect, name):
        it = board(name)
        device = connect(it)
        heard = it.heard
        with pytest.raises(CannotDebugError, match="CircuitPython"):
            BoardDebugger(device, print, CheckpointTable()).attach()
        assert it.heard == heard

    @every_recording
    def test_while_code_runs(self, board, connect, name):
        it = board(name, busy=True)
        device = connect(it)
        assert device.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"
        assert device.stray == []

    @every_release
    def test_a_search_interrupts_nothing(self, board, connect, name):
        assert connect(board(name), interrupt=False).is_open
        busy = board(name, busy=True)
        with pytest.raises(ConnectError, match="a program may be running") as caught:
            Device(busy.url).open(interrupt=False, timeout=1.0)
        assert caught.value.reason is ConnectReason.TIMEOUT
        assert b"\x03" not in busy.heard

    @every_recording
    def test_closing_leaves_the_variables_alone(self, board, connect, name):
        it = board(name)
        device = connect(it)
        device.close()
        assert device.reopen() is False
        device.close()
        assert b"\x02" not in it.heard
        assert b"\x03" not in it.heard

    @every_release
    def test_somebody_else_left_the_raw_repl_which_restarts_the_interpreter(self, board, connect, name):
        it = board(name)
        device = connect(it)
        device.close()
        it.leave_raw()
        assert device.reopen() is True


class TestCode:
    @every_recording
    def test_exception(self, board, connect, name):
        error = raised(connect(board(name)), "print('before')\n1/0")
        assert error.ename == "ZeroDivisionError"
        assert error.output == "before\n"
        assert frames_of(error.traceback)[-1].line == 2

    @every_recording
    def test_exception_in_a_function(self, board, connect, name):
        error = raised(connect(board(name)), "def f():\n    undefined_name\nf()")
        assert error.ename == "NameError"
        assert error.evalue
        assert frames_of(error.traceback)[-1].line == 2

    @every_recording
    def test_syntax_error(self, board, connect, name):
        error = raised(connect(board(name)), "a b")
        assert error.ename == "SyntaxError"
        assert error.evalue
        assert frames_of(error.traceback)[-1].line == 1

    @every_recording
    def test_a_file_system_that_only_the_computer_may_write_to(self, board, connect, name):
        error = raised(connect(board(name)), "open('/x', 'w')")
        assert error.ename == "OSError"
        assert error.evalue.startswith("[Errno 30] ")

    @every_release
    def test_chained_exceptions(self, board, connect, name):
        code = "try:\n    1/0\nexcept Exception:\n    raise ValueError('x')"
        error = raised(connect(board(name)), code)
        assert (error.ename, error.evalue) == ("ValueError", "x")
        assert frames_of(error.traceback)[-1].line == 4
        assert ("ZeroDivisionError" in error.traceback) == (version(name) >= (8,))

    @every_recording
    def test_interrupt(self, board, connect, name):
        device = connect(board(name))
        shown = []
        timer = threading.Timer(0.2, device.interrupt)
        timer.start()
        with pytest.raises(DeviceError) as caught:
            device.exec("print('on')\nwhile True: pass", on_output=shown.append)
        timer.join()
        assert caught.value.ename == "KeyboardInterrupt"
        assert "".join(shown) == "on\n"
        assert device.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"

    @pytest.mark.parametrize(
        "answer",
        [
            TITLE + b"OKa\r\nb\r\n\x04\x04>",
            b"OK" + TITLE + b"a\r" + TITLE + b"\nb\r\n" + TITLE + b"\x04\x04>",
            b"OKa\r\nb\r\n\x04" + TITLE + b"\x04>",
            b"OKa\r\nb\r\n\x04\x04" + TITLE + b">",
        ],
        ids=["before", "inside", "between the marks", "before the prompt"],
    )
    def test_titles_are_no_output(self, board, connect, answer):
        it = board("circuitpython-8.0.0")
        it.programs[b"titles"] = answer
        device = connect(it)
        assert device.exec("titles") == "a\nb\n"
        assert device.stray == []

    def test_a_title_before_the_traceback(self, board, connect):
        it = board("circuitpython-8.0.0")
        it.programs[b"titles"] = it.programs[b"a b"].replace(b"\x04T", b"\x04" + TITLE + b"T")
        assert SNAKE not in raised(connect(it), "titles").traceback

    def test_titles_after_the_prompt(self, board, connect):
        it = board("circuitpython-8.0.0")
        it.programs[b"titles"] = b"OKa\r\n\x04\x04>" + TITLE
        device = connect(it)
        assert device.exec("titles") == "a\n"
        assert device.exec("titles") == "a\n"
        assert device.stray == device.restarts == []


class TestRestarts:
    @every_recording
    def test_soft_reset(self, board, connect, name, monkeypatch):
        monkeypatch.setattr(timeouts, "SOFT_RESET_PATIENCE", 0.2)
        device = connect(board(name))
        mark, shown = device._board.mark, []
        device.soft_reset(shown.append)
        assert device._board.mark != mark
        assert device.restarts == []
        # Before 7.1 the restart ran code.py, whose output is the user's.
        assert ("hello from code.py\n" in "".join(shown)) == (version(name) < (7, 1))
        assert version(name) < (7, 1) or shown == []

    @every_release
    def test_soft_reset_into_code_that_never_ends(self, board, connect, name, monkeypatch):
        monkeypatch.setattr(timeouts, "SOFT_RESET_PATIENCE", 0.2)
        device = connect(board(name, busy=True))
        mark = device._board.mark
        device.soft_reset()
        assert device._board.mark != mark
        assert device.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"

    @every_release
    @pytest.mark.parametrize("busy", [False, True], ids=["done", "busy"])
    def test_hard_reset_takes_the_port_away(self, board, connect, name, busy):
        it = board(name, busy=busy)
        device = connect(it)
        mark = device._board.mark
        device.hard_reset()
        assert it.links == 2
        assert device._board.mark != mark
        assert device.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"

    def test_a_restart_opens_the_port_again_without_a_word(self, board, connect):
        it = board(RELEASES[-1], busy=True)
        device = connect(it)
        before, shown = len(it.heard), []
        device.restart(shown.append, seconds=0.2)
        assert it.links == 2
        assert b"\x03" not in it.heard[before:]
        assert not device.is_waiting()
        assert b"\x03" not in it.heard[before:]
        assert device.exec("print('hello')\nprint('wörld')") == "hello\nwörld\n"
        assert b"\x03" in it.heard[before:]

    @every_release
    def test_hard_reset_over_a_uart(self, board, connect, name):
        it = board(name, own_port=False)
        device = connect(it)
        mark, shown = device._board.mark, []
        device.hard_reset(shown.append, quiet=0.2)
        assert it.links == 1
        assert device._board.mark != mark
        assert "hello from code.py\n" in "".join(shown)
        assert SNAKE not in "".join(shown)
        assert device.stray == []

    @every_release
    def test_code_that_takes_the_port_away(self, board, connect, name):
        device = connect(board(name))
        with pytest.raises(ConnectionLostError):
            device.exec("microcontroller.reset()")
        assert device.reopen() is True

    @every_release
    @pytest.mark.parametrize("busy", [False, True], ids=["done", "busy"])
    def test_code_that_resets_the_chip_over_a_uart(self, board, connect, name, busy, monkeypatch):
        """From version 8 on the title tells; before, or if code.py never ends, the user has to interrupt."""
        monkeypatch.setattr(execution_timeouts, "GREETING_QUIET", 0.05)
        monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.2)
        device = connect(board(name, own_port=False, busy=busy))
        timer = threading.Timer(0.5, device.interrupt)
        timer.start()
        with pytest.raises(DeviceResetError):
            device.exec("microcontroller.reset()")
        timer.cancel()
        timer.join()
        assert device.exec("print(1)") == "1\n"

    @every_release
    def test_sys_exit(self, board, connect, name):
        """It restarts the interpreter since version 10; before, it ended the code and nothing else."""
        device = connect(board(name))
        if version(name) < (10,):
            assert device.exec("import sys\nsys.exit()") == ""
        else:
            with pytest.raises(DeviceResetError):
                device.exec("import sys\nsys.exit()")
        assert device.exec("print(1)") == "1\n"
