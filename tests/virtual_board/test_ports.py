"""Ports of a virtual board, opened by programs that know nothing of this project."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from iot_kernel.virtual_board.board import Line, VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.ports import TcpPort
from iot_kernel.virtual_board.pseudo_terminal import PseudoTerminal
from iot_kernel.virtual_board.transport import power_on
from tests.virtual_board.firmware.dialogue import Dialogue
from tools import boards

pytestmark = pytest.mark.board

SCRIPTS = Path(sys.executable).parent
DEADLINE = 60.0  # s; generous


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "board"


@pytest.fixture
def board(directory):
    options = BoardOptions(dir=directory, micropython=str(boards.micropython()))
    with VirtualBoard(power_on("sim://ports", options, 30)) as board:
        yield board


@pytest.fixture
def path(board):
    return PseudoTerminal(board).path


class Listener(Line):
    """What a board has said since it started last."""

    def __init__(self, board):
        self.heard = b""
        board.attach(self)

    def deliver(self, data):
        self.heard += data

    def reset(self):
        self.heard = b""

    def close(self):
        pass

    def await_prompt(self):
        end = time.monotonic() + DEADLINE
        while not (self.heard.startswith(b"MicroPython") and self.heard.endswith(b">>> ")):
            assert time.monotonic() < end
            time.sleep(0.01)


def tool(*command):
    """What a program says; it must succeed."""
    done = subprocess.run(
        [SCRIPTS / command[0], *command[1:]], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestMpremote:
    def test_runs_programs(self, path):
        assert tool("mpremote", "connect", path, "exec", "print(6 * 7)") == "42\n"
        assert tool("mpremote", "connect", path, "resume", "eval", "1 + 1") == "2\n"

    def test_copies_files_both_ways(self, path, directory, tmp_path):
        data = bytes(range(256)) * 80
        (tmp_path / "there.bin").write_bytes(data)
        tool("mpremote", "connect", path, "fs", "cp", str(tmp_path / "there.bin"), ":there.bin")
        assert (directory / "there.bin").read_bytes() == data
        tool("mpremote", "connect", path, "fs", "cp", ":there.bin", str(tmp_path / "back.bin"))
        assert (tmp_path / "back.bin").read_bytes() == data
        assert "20480 there.bin" in tool("mpremote", "connect", path, "fs", "ls")
        assert hashlib.sha256(data).hexdigest() in tool(
            "mpremote", "connect", path, "fs", "sha256sum", "there.bin"
        )

    def test_resets_and_goes_on(self, board, path):
        tool("mpremote", "connect", path, "exec", "x = 1")
        tool("mpremote", "connect", path, "soft-reset")
        listener = Listener(board)
        tool("mpremote", "connect", path, "reset")
        listener.await_prompt()  # what comes while it restarts is lost, and mpremote would wait for ever
        assert tool("mpremote", "connect", path, "exec", "print('x' in dir())") == "False\n"

    def test_mounts_a_directory_of_the_host(self, path, tmp_path):
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared" / "module.py").write_text("print('imported')\n")
        assert "imported" in tool(
            "mpremote", "connect", path, "mount", str(tmp_path / "shared"), "exec", "import module"
        )

    def test_sets_the_clock(self, path):
        tool("mpremote", "connect", path, "rtc", "--set")
        assert tool("mpremote", "connect", path, "rtc").startswith("(20")


class TestMpytool:
    def test_copies_and_lists(self, path, directory, tmp_path):
        (tmp_path / "there.py").write_text("x = 1\n" * 500)
        tool("mpytool", "-p", path, "cp", str(tmp_path / "there.py"), ":/there.py")
        assert (directory / "there.py").read_text() == "x = 1\n" * 500
        assert "there.py" in tool("mpytool", "-p", path, "ls")
        assert tool("mpytool", "-p", path, "exec", "import there\nprint(there.x)") == "1\n"


@pytest.fixture
def talk():
    """Opens dialogues that end with the test."""
    dialogues = []

    def talk(url):
        dialogues.append(Dialogue(url))
        return dialogues[-1]

    yield talk
    for dialogue in dialogues:
        dialogue.close()


class TestPseudoTerminal:
    def test_stays_when_those_who_opened_it_go(self, path, talk):
        for _ in range(3):
            dialogue = talk(f"serial://{path}")
            dialogue.say(b"\r\x01")
            dialogue.hear(b"exit\r\n>")
            dialogue.say(b"import sys\n_ = sys.stdout.buffer.write(bytes(range(256)))\x04")
            dialogue.expect(b"OK" + bytes(range(256)) + b"\x04\x04>")
            dialogue.close()

    def test_output_for_nobody_is_lost_and_holds_nothing_up(self, board, path, talk):
        board.type(b"\x01print('x' * 1000000)\x04open('done', 'w').close()\x04")
        dialogue = talk(f"serial://{path}")
        dialogue.say(b"import os\nprint(os.listdir())\x04")
        dialogue.hear(b"['done']")


class TestTcpPort:
    def test_stays_when_those_who_opened_it_go(self, board, talk):
        port = TcpPort(board)
        for _ in range(3):
            dialogue = talk(f"socket://127.0.0.1:{port.port}")
            dialogue.say(b"\r\x01")
            dialogue.hear(b"exit\r\n>")
            assert dialogue.run("print(1)") == b"1\r\n"
            dialogue.close()

    def test_every_line_sees_the_same_terminal(self, board, path, talk):
        first, second = talk(f"socket://127.0.0.1:{TcpPort(board).port}"), talk(f"serial://{path}")
        first.say(b"6*7\r")
        second.hear(b"42\r\n>>> ")
        second.say(b"6*8\r")
        first.hear(b"42\r\n>>> ")
        first.hear(b"48\r\n>>> ")

    def test_switching_the_board_off_hangs_up(self, board, talk):
        dialogue = talk(f"socket://127.0.0.1:{TcpPort(board).port}")
        dialogue.say(b"\r")
        dialogue.hear(b">>> ")
        board.stop()
        dialogue.over()
