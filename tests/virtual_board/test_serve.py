"""The command that serves a virtual board to other programs."""

import subprocess
import sys

import pytest

from tests.real_boards import kinds
from tests.virtual_board.firmware.dialogue import Dialogue

pytestmark = pytest.mark.board

COMMAND = [sys.executable, "-m", "iot_kernel.virtual_board.serve"]


def test_prints_its_addresses_and_serves_them_until_told_to_stop(tmp_path):
    with kinds.unix(tmp_path / "board", webrepl="0") as board:
        process = subprocess.Popen([*COMMAND, board.url, "--tcp", "0"], stdout=subprocess.PIPE, text=True)
        addresses = [process.stdout.readline().strip() for _ in range(3)]
        assert [address.partition(":")[0] for address in addresses] == ["serial", "socket", "ws"]
        for address in addresses[:2]:
            dialogue = Dialogue(address)
            dialogue.say(b"6*7\r")
            dialogue.hear(b"42\r\n>>> ")
            dialogue.close()
        process.terminate()
        with process:
            assert process.wait(30) == 0
        assert board.processes() == []


@pytest.mark.parametrize("url", ["sim://?colour=red", "sim://?micropython=/no/where"])
def test_says_what_is_wrong(url):
    done = subprocess.run([*COMMAND, url], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(url)


def test_nothing_is_left_when_it_is_killed(tmp_path):
    with kinds.unix(tmp_path / "board", webrepl="0") as board:
        process = subprocess.Popen([*COMMAND, board.url], stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        address = process.stdout.readline().strip()
        assert address.startswith("ws://")
        assert len(board.processes()) == 1
        process.kill()
        with process:
            process.wait(30)
        for _ in range(1000):
            if not board.processes():
                break
            subprocess.run(["sleep", "0.02"], check=True)
        assert board.processes() == []
