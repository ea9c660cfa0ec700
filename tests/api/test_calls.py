"""What ends a call: Ctrl-C, a board that leaves or restarts, a device that is closed, another program."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import iot_kernel
from iot_kernel import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceClosedError,
    DeviceResetError,
    OtherProcessError,
)
from iot_kernel.device import board_lock
from tests.deployment.notebooks import program
from tests.real_boards.virtual import VirtualBoard
from ukernel import interruptible

pytestmark = pytest.mark.board

DEADLINE = 60.0

#: Ends the board's process, as unplugging it would.
DIE = "import ffi\nffi.open(None).func('v', '_exit', 'i')(1)"


@contextlib.contextmanager
def ctrl_c(after=0.3):
    """Presses Ctrl-C in the main thread."""
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    timer.join()


def eventually(happened):
    deadline = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def forever(x):
    while True:
        pass


class TestCtrlC:
    def test_waits_that_are_short_as_on_windows(self, board, monkeypatch):
        monkeypatch.setattr(interruptible, "AT_A_TIME", 0.01)
        assert board.exec("import time; time.sleep_ms(50); print(1)") == "1\n"
        with ctrl_c():
            board.exec("while True: pass")
        assert board.eval("1 + 1") == 2

    def test_code(self, board):
        with ctrl_c():
            board.exec("while True: pass")
        assert board.eval("1 + 1") == 2

    def test_a_function(self, board):
        with ctrl_c():
            board.run(forever, 1)
        assert board.eval("1 + 1") == 2

    def test_code_that_cleans_up_is_waited_for(self, board):
        with ctrl_c():
            board.exec("import time\ntry:\n time.sleep(60)\nfinally:\n time.sleep(1.5)\n clean = True")
        assert board.get("clean") is True

    def test_a_call_that_waits_for_its_turn_never_starts(self, board):
        board.exec("ran = False")
        first = threading.Thread(target=lambda: board.exec("import time\ntime.sleep(1)"))
        first.start()
        with ctrl_c():
            board.exec("ran = True")
        first.join()
        assert board.get("ran") is False

    @pytest.mark.parametrize("what", ["put", "read", "set"])
    def test_a_transfer(self, slow, tmp_path, what):
        data = os.urandom(100_000)
        slow.files.write_bytes("x.bin", data[:5000])
        (tmp_path / "big").mkdir()
        (tmp_path / "big/data.bin").write_bytes(data)
        calls = {
            "put": lambda: slow.files.put(tmp_path / "big", "/big"),
            "set": lambda: slow.set("data", data),
            "read": lambda: [slow.files.read_bytes("x.bin") for _ in range(100)],
        }
        with ctrl_c(0.3):
            calls[what]()
        assert slow.eval("1 + 1") == 2
        slow.files.write_bytes("after.txt", b"after")
        assert slow.files.read_bytes("after.txt") == b"after"

    def test_connecting(self, virtual):
        with socket.create_server(("127.0.0.1", 0)) as silent, ctrl_c():
            iot_kernel.connect(f"socket://127.0.0.1:{silent.getsockname()[1]}")


class TestABoardThatLeaves:
    @pytest.mark.parametrize(
        "call",
        [
            lambda board: board.exec(f"x = 1\n{DIE}"),
            lambda board: board.run(dies, 1),
            lambda board: board.eval(f"exec({DIE!r})"),
        ],
    )
    def test_in_the_middle_of_code(self, fresh, call):
        told = []
        with iot_kernel.connect(fresh.url) as board:
            board.events.on_lost = told.append
            board.events.on_reset = lambda: told.append("reset")
            with pytest.raises((ConnectionLostError, DeviceResetError)):
                call(board)
            assert board.eval("1 + 1") == 2
            assert isinstance(told.pop(0), ConnectionLostError)
            assert told == ["reset"]

    @pytest.mark.parametrize(
        "what",
        [
            "write_bytes",
            "read_bytes",
            "put",
            "get",
            "sync",
            "walk",
            "set",
            "get_value",
            "install",
            "deploy",
            "clock",
        ],
    )
    def test_in_the_middle_of_each_call(self, tmp_path, what):
        (tmp_path / "project").mkdir()
        (tmp_path / "project/a.py").write_bytes(b"# " * 20_000)
        (tmp_path / "project/robot.ipynb").write_text(program("import a"))
        data = bytes(40_000)
        with VirtualBoard(tmp_path / "files", link="115200") as there, iot_kernel.connect(there.url) as board:
            board.files.write_bytes("x/x.bin", data[:20_000])
            board.exec("x = bytes(20000)")
            calls = {
                "write_bytes": lambda: board.files.write_bytes("y.bin", random.randbytes(200_000)),
                "read_bytes": lambda: board.files.read_bytes("x/x.bin"),
                "put": lambda: board.files.put(tmp_path / "project", "/p"),
                "get": lambda: board.files.get("x", tmp_path / "back"),
                "sync": lambda: board.files.sync(tmp_path / "project", "/p"),
                "walk": lambda: [board.files.walk() for _ in range(100)],
                "set": lambda: board.set("y", data),
                "get_value": lambda: board.get("x"),
                "install": lambda: board.install(str(tmp_path / "project/a.py")),
                "deploy": lambda: board.programs.deploy(tmp_path / "project/robot.ipynb", rehearse=False),
                "clock": lambda: [board.clock.set() for _ in range(100)],
            }
            killer = threading.Timer(0.2, there.kill)
            killer.start()
            with contextlib.suppress(ConnectionLostError, DeviceResetError, ConnectError):
                calls[what]()
                pytest.fail("the board was there")
            killer.join()
            assert board.eval("1 + 1") == 2
            assert board.files.listdir() in (["x"], ["p", "x"], ["lib", "x"], [".deploy", "x"])

    def test_while_nothing_is_called(self, fresh):
        lost, reset = threading.Event(), threading.Event()
        with iot_kernel.connect(fresh.url) as board:
            board.events.on_lost = lambda error: lost.set()
            board.events.on_reset = reset.set
            board.exec("x = 1")
            fresh.kill()
            assert lost.wait(DEADLINE)
            assert not board.is_open
            with pytest.raises(iot_kernel.VariableNotFoundError):
                board.get("x")
            assert reset.wait(DEADLINE)

    def test_its_pipes_end(self, fresh):
        with iot_kernel.connect(fresh.url) as board, board.pipes().subscribe("adc") as pipe:
            board.exec("import ucore\nadc = ucore.open_pipe('adc')\nadc.write(b'x')")
            assert pipe.read(DEADLINE) == b"x"
            fresh.kill()
            assert pipe.read(DEADLINE) is None
            assert pipe.closed
            assert board.pipes().open() == []

    def test_for_good(self, fresh, monkeypatch):
        with iot_kernel.connect(fresh.url) as board:
            fresh.kill()
            eventually(lambda: not board.is_open)
            monkeypatch.setattr("iot_kernel.virtual_board.process.UnixBoard.start", refuse)
            with pytest.raises(ConnectError, match="gone for good"):
                board.exec("1")


class TestEvents:
    def test_what_is_called_may_use_the_board(self, fresh):
        seen = []
        done = threading.Event()
        with iot_kernel.connect(fresh.url) as board:

            def prepare():
                board.exec("ready = True")
                seen.append(board.get("ready"))
                done.set()

            board.events.on_reset = prepare
            with pytest.raises(DeviceResetError):
                board.exec("import machine\nmachine.reset()")
            assert done.wait(DEADLINE)
            assert seen == [True]
            assert board.get("ready") is True

    def test_its_mistakes_stop_nothing(self, fresh, caplog):
        with iot_kernel.connect(fresh.url) as board:
            board.events.on_reset = lambda: 1 // 0
            with pytest.raises(DeviceResetError):
                board.exec("import machine\nmachine.reset()")
            assert board.eval("1") == 1
        assert "ZeroDivisionError" in caplog.text

    def test_what_threads_print_between_calls(self, board):
        printed = []
        board.events.on_stray = printed.append
        board.exec(STRAY)
        eventually(lambda: "".join(printed) == "from a thread\n")

    def test_what_takes_that_cannot_use_the_board(self, board, caplog):
        board.events.on_stray = lambda text: board.eval("1")
        board.exec(STRAY)
        eventually(lambda: "must not use the board" in caplog.text)
        board.events.on_stray = lambda text: None
        assert board.eval("1") == 1

    def test_what_was_asked_for_is_no_event(self, fresh):
        told = []
        with iot_kernel.connect(fresh.url) as board:
            board.events.on_lost = board.events.on_reset = lambda *error: told.append(error)
            board.soft_reset()
            board.hard_reset()
            assert board.eval("1") == 1
        assert told == []


def ended_well(process):
    """Waits for a forked process; whether it ended well."""
    deadline = time.monotonic() + DEADLINE
    while (found := os.waitpid(process, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.005)
    return found[1] == 0


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
class TestForked:
    def test_a_process_that_was_forked_is_told_that_the_board_is_not_its_own(self, board):
        def use():
            calls = (lambda: board.eval("1"), board.interrupt, lambda: board.pipes().subscribe("adc"))
            for call in calls:
                with pytest.raises(OtherProcessError, match="in the process that uses them"):
                    call()
            board.close()

        assert board.pipes().address.port
        if (process := os.fork()) == 0:
            failed = 1
            try:
                use()
                failed = 0
            finally:
                os._exit(failed)
        assert ended_well(process)
        assert board.eval("1") == 1
        assert board_lock.holder(board.url).pid == os.getpid()


class TestClosed:
    def test_before_a_call(self, fresh):
        board = iot_kernel.connect(fresh.url)
        board.close()
        board.close()
        for call in (
            lambda: board.exec("1"),
            lambda: board.files.listdir(),
            board.clock.read,
            board.soft_reset,
            lambda: board.pipes().subscribe("adc"),
            lambda: board.pipes().address,
        ):
            with pytest.raises(
                DeviceClosedError, match=r"was closed by this program; connect\(\) opens it again"
            ):
                call()
        assert repr(board).endswith(", closed>")
        assert board.info.platform == "linux"

    def test_during_a_call(self, fresh):
        board = iot_kernel.connect(fresh.url)
        timer = threading.Timer(0.3, board.close)
        timer.start()
        with pytest.raises(DeviceClosedError):
            board.exec("while True: pass")
        timer.join()

    def test_at_the_end_of_a_program_that_forgets_it(self, fresh):
        run_script(f"import iot_kernel; print(iot_kernel.connect({fresh.url!r}).eval('1'))")
        eventually(lambda: not fresh.processes())


class TestOtherPrograms:
    def test_the_same_program(self, board):
        with pytest.raises(ConnectError, match="this notebook or program has it already") as caught:
            iot_kernel.connect(board.url)
        assert caught.value.reason is ConnectReason.OWN
        assert board.eval("1") == 1

    def test_another_program(self, fresh, monkeypatch):
        monkeypatch.setattr(sys, "argv", ["/somewhere/measure.py"])
        with iot_kernel.connect(fresh.url) as board:
            said = run_script(
                f"""
                import iot_kernel
                try:
                    iot_kernel.connect({fresh.url!r})
                except iot_kernel.ConnectError as error:
                    print(error.reason.name, error)
                """
            )
            assert said.startswith("HELD ")
            assert f"the program measure.py (process {os.getpid()})" in said
            assert said.endswith("; end it, or have it close() the board\n")
            assert board.eval("1") == 1

    def test_two_boards_at_once(self, board, fresh):
        with iot_kernel.connect(fresh.url) as other:
            board.set("who", "first")
            other.set("who", "second")
            assert [each.get("who") for each in (board, other)] == ["first", "second"]


class TestPasswords:
    def test_the_right_one(self, webrepl):
        with iot_kernel.connect(webrepl.url, password=webrepl.password) as board:
            assert board.eval("1 + 1") == 2

    def test_one_that_is_wrong_or_missing(self, webrepl, monkeypatch):
        for options in ({"password": "wrong"}, {}):
            with pytest.raises(ConnectError) as caught:
                iot_kernel.connect(webrepl.url, **options)
            assert caught.value.reason is ConnectReason.AUTH
            assert ("IOT_WEBREPL_PASSWORD" in str(caught.value)) is not bool(options)
        monkeypatch.setenv("IOT_WEBREPL_PASSWORD", webrepl.password)
        with iot_kernel.connect(webrepl.url) as board:
            assert board.eval("1 + 1") == 2


def dies(x):
    import ffi

    ffi.open(None).func("v", "_exit", "i")(x)


def refuse(*args, **options):
    raise ConnectError("sim://", ConnectReason.UNSUPPORTED, "it is gone for good")


STRAY = """
import _thread, time
def late():
    time.sleep(0.2)
    print('from a thread')
_thread.start_new_thread(late, ())
"""


def run_script(text):
    answer = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.stderr == ""
    return answer.stdout


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A board on a slow wire."""
    files = tmp_path_factory.mktemp("slow") / "files"
    with VirtualBoard(files, link="115200") as board, iot_kernel.connect(board.url) as device:
        yield device
