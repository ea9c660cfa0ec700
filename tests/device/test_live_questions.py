"""Questions about names to a board that is dead, silent, reset or unplugged, and beside cells."""

import os
import signal
import threading
import time

import pytest

from iot_kernel.boards.live_names import LiveNames
from iot_kernel.device import device as device_module
from iot_kernel.device.device import Device

LONGEST = 30.0  # s; far more than any answer takes on a busy machine, and less than any cell here


@pytest.fixture
def device(unix):
    device = Device(unix.url)
    device.board = unix
    device.said = []
    device.callbacks.on_restart = lambda: device.said.append("restart")
    device.callbacks.on_stray = device.said.append
    device.callbacks.on_note = device.said.append
    device.open()
    device.exec("alpha = 1")
    yield device
    signal_board(device, signal.SIGCONT)
    device.close()


@pytest.fixture
def live():
    return LiveNames()


def signal_board(device, number):
    for process in device.board.processes():
        os.kill(process, number)


def silence(device):
    """The board stops for good, and memory is old."""
    device.exec("beta = 1")
    signal_board(device, signal.SIGSTOP)


def in_background(ask):
    """Calls a function on another thread; gives the list that holds its result, and the thread."""
    result = []
    thread = threading.Thread(target=lambda: result.append(ask()))
    thread.start()
    return result, thread


def test_a_silent_board_is_answered_for_from_memory(device, live, monkeypatch):
    monkeypatch.setattr(device_module, "ANSWER_TIMEOUT", 0.3)
    assert live.names(device, (), "al").names == ("all", "alpha")
    silence(device)
    begin = time.monotonic()
    assert live.names(device, (), "al").names == ("all", "alpha")
    assert time.monotonic() - begin < 5.0  # the limit for a board that takes no code is 10 s
    assert live.describe(device, ("alpha",)) is None
    assert live.names(device, ("other",), "") is None
    signal_board(device, signal.SIGCONT)
    assert device.run_cell("alpha + beta", device.said.append) == "2"
    assert device.said == []


def test_a_late_answer_is_no_output(device, live, monkeypatch):
    monkeypatch.setattr(device_module, "ANSWER_TIMEOUT", 0.3)
    silence(device)
    live.names(device, (), "al")
    heard = device._board.link.connection._link.turn
    signal_board(device, signal.SIGCONT)
    end = time.monotonic() + LONGEST
    while not heard.text.endswith(b"\x1f>") and time.monotonic() < end:
        time.sleep(0.001)
    assert b"alpha" in heard.text
    assert device.said == []
    assert device.run_cell("alpha + beta", device.said.append) == "2"
    assert device.said == []


def test_a_cell_waits_for_no_more_than_the_question_on_the_wire(device, live):
    """Others that come meanwhile are answered from memory, however many there are."""
    live.names(device, (), "al")
    silence(device)
    asked, first = in_background(lambda: live.names(device, (), "al"))
    while device._board.link.connection._link.turn.outcome is not None:
        time.sleep(0.001)
    value, cell = in_background(lambda: device.run_cell("alpha + beta", device.said.append))
    while not device._waiting:
        time.sleep(0.001)
    assert device.answer_when_idle("print('never')") is None
    signal_board(device, signal.SIGCONT)
    first.join(LONGEST)
    cell.join(LONGEST)
    assert (value, asked[0].names) == (["2"], ("all", "alpha"))


def test_two_questions_are_asked_one_after_the_other(device, live):
    """Frontends ask for names and for help at the same moment."""
    silence(device)
    asked, first = in_background(lambda: live.names(device, (), "alph"))
    told, second = in_background(lambda: live.describe(device, ("alpha",)))
    time.sleep(0.1)
    signal_board(device, signal.SIGCONT)
    first.join(LONGEST)
    second.join(LONGEST)
    assert asked[0].names == ("alpha",)
    assert told[0].value == "1"


@pytest.mark.parametrize("what", ["names", "describe", "modules"])
def test_unplugged_in_the_middle(device, live, what):
    silence(device)
    ask = {
        "names": lambda: live.names(device, (), "al"),
        "describe": lambda: live.describe(device, ("alpha",)),
        "modules": lambda: live.modules(device) or None,
    }[what]
    result, thread = in_background(ask)
    time.sleep(0.1)
    device.board.kill()
    thread.join(LONGEST)
    assert result == [None]
    assert not device.is_open
    assert device.reopen()  # as the next cell does, which says that variables are gone


def test_a_restart_during_a_question_is_told_by_the_next_cell(device, live):
    live.names(device, (), "al")
    device.runs += 1

    def restarting(code):
        return device.__class__.answer_when_idle(device, f"import machine\nmachine.soft_reset()\n{code}")

    class Restarting:
        platform, runs = device.platform, device.runs
        answer_when_idle = staticmethod(restarting)

    assert live.names(Restarting(), (), "al") is None
    assert device.said == []
    assert device.run_cell("1 + 1", device.said.append) == "2"
    assert device.said == ["restart"]
    assert live.names(device, (), "al").names == ("all",)
