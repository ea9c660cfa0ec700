"""The connection with a scripted board: who waits for what, who reads, and what ends the waiting."""

import sys
import threading
import time

import pytest

from iot_kernel.errors import (
    ConnectionLostError,
    DeviceError,
    DeviceResetError,
    DeviceStuckError,
    DeviceTimeoutError,
)
from iot_kernel.repl import driver as module
from iot_kernel.repl import execution_timeouts, standstill
from iot_kernel.repl.connection import Connection, Outcome, PasteUnsupportedError
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.repl.transfer import Transfer
from tests.scripted_board import BANNER, ScriptedBoard, raw_repl


class Dialogue:
    """A connection to a scripted board, and all that it calls back with."""

    def __init__(self, answer=None, **options):
        self.board = ScriptedBoard(answer or raw_repl(), **options)
        self.stray, self.lost, self.output = b"", [], b""
        self.changed = threading.Event()
        self.connection = Connection(
            self.board.transport, on_stray=lambda data: self._stray(data), on_lost=self._lose
        )

    def _stray(self, data):
        self.stray += data
        self.changed.set()

    def _lose(self, error):
        self.lost.append(error)
        self.changed.set()

    def take(self, data):
        self.output += data
        self.changed.set()

    def run(self, code, *, paste=False, burst=None, **options):
        return self.connection.execute(code, self.take, RunOptions(**options), paste=paste, burst=burst)

    def until(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            self.changed.wait(0.05)
            self.changed.clear()


@pytest.fixture(params=["thread", "direct"])
def link(request):
    """Makes connections to boards that a thread reads, and to ones that whoever waits may read directly."""
    links = []

    def make(answer=None, *, enter=True):
        links.append(Dialogue(answer, has_descriptor=request.param == "direct"))
        links[-1].connection.open(5.0)
        if enter:
            links[-1].connection.enter(interrupt=True, timeout=10.0)
        return links[-1]

    yield make
    for each in links:
        each.connection.close()
        each.board.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("reader of")]


def test_enter_and_execute(link):
    it = link(raw_repl({b"print(1)": b"1\r\n\x04\x04>"}))
    assert it.connection.is_ready
    outcome = it.run(b"print(1)")
    assert (outcome, it.output) == (Outcome(b""), b"1\r\n")
    assert it.board.heard == b"\x01print(1)\x04"


def test_traceback(link):
    it = link(raw_repl({b"x": b"\x04NameError: x\r\n\x04>"}))
    assert it.run(b"x").traceback == b"NameError: x\r\n"


def test_a_greeting_on_opening_is_nobodys_output(link):
    it = link(enter=False)
    it.board.say(b"MicroPython v1.25.0 on 2025; board\r\n>>> ")
    it.until(lambda: it.connection._link.turn.received_at > 0)
    it.connection.enter(interrupt=True, timeout=10.0)
    assert it.stray == b""


def test_all_bytes_can_be_traced(link, caplog):
    caplog.set_level("DEBUG", "iot_kernel.wire")
    link(raw_repl({b"1": b"one\r\n\x04\x04>"})).run(b"1")
    assert "<- 2 bytes b'1\\x04'" in caplog.text
    assert "one" in caplog.text


def test_a_busy_board_is_interrupted(link):
    def answer(heard):
        return BANNER if b"\x03" in heard and heard.endswith(b"\x01") else None

    it = link(answer, enter=False)
    it.connection.enter(interrupt=True, timeout=30.0)
    assert b"\x03" in it.board.heard


def test_enter_without_interrupt_sends_none_and_says_what_came(link, monkeypatch):
    it = link(lambda heard: b"busy ", enter=False)
    with pytest.raises(DeviceTimeoutError) as raised:
        it.connection.enter(interrupt=False, timeout=0.5)
    assert b"\x03" not in it.board.heard
    assert b"busy" in raised.value.received
    assert not it.connection.is_ready


def test_text_before_the_prompt_is_handed_over(link):
    it = link(lambda heard: b"hello\r\n" + BANNER, enter=False)
    text = []
    it.connection.enter(interrupt=True, timeout=10.0, on_text=text.append)
    assert b"".join(text) == b"hello\r\n"
    assert it.stray == b""


def test_interrupt(link):
    it = link(raw_repl({b"loop": None}))
    threading.Timer(0.1, it.connection.interrupt).start()
    assert it.run(b"loop").traceback == b"KeyboardInterrupt: \r\n"
    assert it.connection.is_ready


def test_interrupt_without_code_sends_nothing(link):
    it = link()
    it.run(b"1")
    heard = it.board.heard
    it.connection.interrupt()
    it.run(b"2")
    assert it.board.heard == heard + b"2\x04"


class Stalling:
    """Stands for the module `time`: its clock is far ahead once the process has stood still."""

    sleep = time.sleep

    def __init__(self):
        self.stood = 0.0

    def monotonic(self):
        return time.monotonic() + self.stood


@pytest.mark.parametrize("is_transfer", [False, True])
def test_what_came_while_this_computer_stood_still_is_taken_before_anything_is_done(
    link, monkeypatch, is_transfer
):
    monkeypatch.setattr(standstill, "LONGEST_LOOK", 30.0)
    clock = Stalling()
    monkeypatch.setattr(module, "time", clock)
    it = link(raw_repl({b"loop": None}))

    def stand_still():
        state = it.connection._link
        it.until(lambda: state.turn.accepted_at)
        clock.stood = 70.0
        with state.link_changed:
            state.notify()
        time.sleep(0.1)
        it.board.say(b"\x04\x04>")

    sleeper = threading.Thread(target=stand_still)
    limit = {"transfer": Idle()} if is_transfer else {"timeout": 60.0}
    outcome = it.run(b"loop", on_begin=sleeper.start, **limit)
    sleeper.join()
    assert outcome == Outcome(b"")
    assert it.board.heard.endswith(b"loop\x04")


def test_a_board_that_ignores_interrupts(link, monkeypatch):
    monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.1)
    monkeypatch.setattr(execution_timeouts, "INTERRUPT_TIMEOUT", 0.5)
    stubborn = raw_repl({b"loop": None})
    it = link(lambda heard: None if b"\x03" in heard else stubborn(heard))
    threading.Timer(0.1, it.connection.interrupt).start()
    with pytest.raises(DeviceStuckError):
        it.run(b"loop")
    it.until(lambda: it.board.heard.count(b"\x03") == 2)
    assert not it.connection.is_ready
    it.board.answer = raw_repl()
    it.connection.enter(interrupt=True, timeout=10.0)
    assert it.run(b"1").traceback == b""


def test_interrupt_ends_the_waiting_for_a_silent_board(link):
    it = link(lambda heard: None, enter=False)
    threading.Timer(0.2, it.connection.interrupt).start()
    with pytest.raises(DeviceError) as raised:
        it.connection.enter(interrupt=True, timeout=60.0)
    assert raised.value.ename == "KeyboardInterrupt"


def test_interrupt_while_code_is_being_sent(link, monkeypatch):
    monkeypatch.setattr(module, "BURST_PAUSE", 0.05)
    it, is_over = link(), threading.Event()

    def interrupt():
        while not is_over.wait(0.2):  # on a busy computer the first one may come before the code is sent
            it.connection.interrupt()

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    outcome = it.run(b"y" * 1000, burst=10)
    is_over.set()
    interrupting.join()
    assert outcome.traceback.startswith(b"KeyboardInterrupt")
    assert not it.connection.is_ready
    it.connection.enter(interrupt=True, timeout=10.0)
    assert it.run(b"1").traceback == b""


def test_timeout(link):
    it = link(raw_repl({b"loop": None}))
    with pytest.raises(DeviceTimeoutError):
        it.run(b"loop", timeout=0.1)
    assert not it.connection.is_ready


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has what direct reading takes")
def test_who_takes_output(link, request):
    """Whoever waits for it, where the transport lets him read; of a transfer and between turns never."""
    it = link(raw_repl({b"1": b"one\r\n\x04\x04>"}))
    takers = []

    def take(data):
        takers.append(threading.current_thread())
        it.take(data)

    def run(transfer=None):
        it.connection.execute(b"1", take, RunOptions(transfer=transfer))
        return takers[-1] is threading.current_thread()

    may_read = request.node.callspec.params["link"] == "direct"
    assert any(run() for _ in range(100)) == may_read  # the reader thread may not have got to its place yet
    assert not run(Idle())
    it._stray = take
    it.board.say(b"stray\r\n")
    it.until(lambda: b"stray" in it.output)
    assert takers[-1] is not threading.current_thread()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has what direct reading takes")
@pytest.mark.parametrize("link", ["direct"], indirect=True)
def test_an_interrupt_amid_what_came(link):
    """What is left of it is lost: the board has to be asked where it stands."""
    it = link(raw_repl({b"1": b"one\r\n\x04\x04>"}))

    def take(data):
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        while True:
            it.connection.execute(b"1", take)
    assert not it.connection.is_ready
    it.connection.enter(interrupt=True, timeout=10.0)
    it.run(b"1")
    assert it.output == b"one\r\n"


class Idle(Transfer):
    """A transfer of nothing."""

    def data_to_send(self):
        return b""

    def receive(self, frame):
        raise AssertionError

    def interrupt(self):
        return False

    def unstick(self):
        return False


def test_output_between_turns_is_stray(link):
    it = link(raw_repl({b"1": b"one\r\n\x04\x04>"}))
    it.run(b"1")
    it.board.say(b"from a thread\r\n")
    it.until(lambda: it.stray == b"from a thread\r\n")
    assert it.output == b"one\r\n"


def test_after_a_restart_between_turns_the_board_is_entered_again(link):
    it = link()
    it.run(b"1")
    it.board.say(b"MPY: soft reboot\r\n" + BANNER)
    it.until(lambda: not it.connection.is_ready)
    it.connection.enter(interrupt=True, timeout=10.0)
    assert it.run(b"1").traceback == b""


def test_a_board_that_restarts_into_the_friendly_prompt_must_be_entered_again(link):
    it = link()
    it.board.say(b"\r\nMicroPython v1.20.0 on 2023-04-26; ESP module\r\n>>> ")
    it.until(lambda: not it.connection.is_ready)


def test_a_board_that_restarts_while_code_runs(link):
    it = link(raw_repl({b"reset()": b"bye\r\n" + BANNER}))
    with pytest.raises(DeviceResetError):
        it.run(b"reset()")
    assert it.output == b"bye\r\n"
    assert it.connection.is_ready


def test_a_reset_button_while_code_runs(link):
    def answer(heard):
        if heard == b"loop\x04":
            return b"OK\r\nMicroPython v1.20.0 on 2023-04-26; ESP module\r\n>>> "
        return b"\r\n" + BANNER if heard.endswith(b"\x01") else None

    it = link(answer)
    with pytest.raises(DeviceResetError):
        it.run(b"loop")


def test_output_with_the_end_mark(link):
    it = link(raw_repl({b"eot": b"a\x04b\x04c\r\n\x04\x04>", b"1": b"one\r\n\x04\x04>"}))
    it.run(b"eot")
    assert it.output == b"abc\r\n"
    it.output = b""
    it.run(b"1")
    assert it.output == b"one\r\n"


def test_output_that_imitates_the_end(link):
    it = link(raw_repl({b"eot": b"a\x04\x04>b\r\n\x04\x04>", b"1": b"one\r\n\x04\x04>"}))
    it.run(b"eot")
    it.until(lambda: not it.connection.is_ready)
    it.connection.enter(interrupt=True, timeout=10.0)
    it.output = b""
    it.run(b"1")
    assert it.output == b"one\r\n"


def test_the_link_breaks_while_code_runs(link):
    it = link(raw_repl({b"loop": None}))
    threading.Timer(0.1, it.board.end.cut).start()
    with pytest.raises(ConnectionLostError):
        it.run(b"loop")
    assert it.connection.is_lost
    with pytest.raises(ConnectionLostError):
        it.run(b"1")


def test_a_link_that_breaks_between_turns_is_reported_once(link):
    it = link()
    it.run(b"1")
    it.board.end.cut()
    it.until(lambda: len(it.lost) == 1)
    assert it.connection.is_lost


def test_a_soft_reset_is_not_broken_off_by_an_interrupt(link):
    answers = raw_repl()
    held = threading.Event()

    def answer(heard):
        if heard == b"\x04":
            held.wait(10)
        return answers(heard)

    it = link(answer)
    threading.Timer(0.1, lambda: (it.connection.interrupt(), held.set())).start()
    it.connection.soft_reset(it.take)
    assert it.connection.is_ready


def test_close_wakes_whoever_waits(link):
    it = link(raw_repl({b"loop": None}))
    threading.Timer(0.1, it.connection.close).start()
    with pytest.raises(ConnectionLostError):
        it.run(b"loop")
    assert it.lost == []
    it.connection.close()


def test_a_failing_callback_ends_the_link_instead_of_hanging(link, caplog):
    it = link(raw_repl({b"1": b"one\r\n\x04\x04>"}))
    with pytest.raises(ConnectionLostError):
        it.connection.execute(b"1", lambda data: 1 / 0)
    assert "ZeroDivisionError" in caplog.text


def test_raw_paste_unknown_to_the_firmware(link):
    it = link()
    with pytest.raises(PasteUnsupportedError):
        it.run(b"1", paste=True)
    assert it.connection.is_ready


def test_raw_paste_that_hangs(link, monkeypatch):
    monkeypatch.setattr(execution_timeouts, "PASTE_TIMEOUT", 0.1)
    header = b"R\x01\x80\x00\x01"

    def answer(heard):
        if heard.endswith(b"\x05A\x01"):
            return header
        return BANNER if heard.endswith(b"\x01") else None

    it = link(answer)
    with pytest.raises(DeviceTimeoutError):
        it.run(b"1", paste=True)
    assert not it.connection.is_ready


def test_bursts(link):
    it = link(raw_repl({b"x" * 100: b"all\r\n\x04\x04>"}))
    it.run(b"x" * 100, burst=32)
    assert it.output == b"all\r\n"


def test_soft_reset(link):
    it = link()
    it.connection.soft_reset(it.take)
    assert it.output == b"OK\r\nsoft reboot\r\n"
    assert it.connection.is_ready


def test_hard_reset_relays_until_it_is_quiet(link):
    it = link(raw_repl({b"reset()": b"\x00boot\r\n"}))
    threading.Timer(0.05, it.board.say, [b"more\r\n"]).start()
    assert it.connection.hard_reset(b"reset()", it.take, quiet=0.3, limit=30.0) is None
    assert it.output == b"\x00boot\r\nmore\r\n"
    assert not it.connection.is_ready


def test_hard_reset_that_raises(link):
    it = link(raw_repl({b"reset()": b"\x04OSError: no reset\r\n\x04>"}))
    assert (
        it.connection.hard_reset(b"reset()", it.take, quiet=30.0, limit=30.0).traceback
        == b"OSError: no reset\r\n"
    )
