"""When the prompt is asked for and given up: the times are given, so nothing here waits."""

import pytest

from iot_kernel.errors import DeviceTimeoutError
from iot_kernel.protocol.marks import LONGEST_INPUT
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.repl import timeouts
from iot_kernel.repl.timeouts import EnterTimeouts, HardResetTimeouts, SoftResetTimeouts
from iot_kernel.repl.turn_state import TurnState

BANNER = b"raw REPL; CTRL-B to exit\r\n>"


def follow(pending, repl, until):
    """Acts whenever it is due; returns (s, bytes sent) up to a time."""
    sent = []
    while (when := pending.due()) is not None and when <= until:
        pending.act()
        if data := repl.data_to_send():
            sent.append((round(when, 2), data))
    return sent


def test_entering_is_polite_first():
    repl = RawRepl()
    sent = follow(EnterTimeouts(repl, TurnState(100.0), interrupt=True, timeout=10.0), repl, 101.05)
    assert [data for _, data in sent] == [b"\x01", b"\x01", b"\x03", b"\x01", b"\x01", b"\x03"]
    assert sent[0][0] == 100.0


def test_entering_without_interrupts_never_sends_any():
    repl = RawRepl()
    sent = follow(EnterTimeouts(repl, TurnState(0.0), interrupt=False, timeout=10.0), repl, 9.9)
    assert len(sent) > 5
    assert all(data == b"\x01" for _, data in sent)


@pytest.mark.parametrize("interrupt", [True, False])
@pytest.mark.parametrize("timeout", [0.1, 3.0, 10.0])
def test_entering_gives_up(interrupt, timeout):
    repl = RawRepl()
    pending = EnterTimeouts(
        repl, TurnState(0.0, text=b"something else"), interrupt=interrupt, timeout=timeout
    )
    with pytest.raises(DeviceTimeoutError) as raised:
        follow(pending, repl, timeout + 0.01)
    assert raised.value.received == b"something else"
    assert raised.value.seconds == timeout


def test_a_friendly_prompt_is_answered_at_once():
    repl, turn = RawRepl(), TurnState(0.0)
    pending = EnterTimeouts(repl, turn, interrupt=True, timeout=10.0)
    assert follow(pending, repl, 0.0) == [(0.0, b"\x01")]
    turn.text, turn.received_at = b"Adafruit CircuitPython 9.2.9\r\n>>> ", 0.01
    assert follow(pending, repl, 0.1) == [(0.01, b"\x01")]
    turn.received_at = 0.15
    assert [data for _, data in follow(pending, repl, 0.35)] == [b"\x01", b"\x01", b"\x03"]


def test_prompts_without_end_do_not_keep_the_plan_from_giving_up():
    repl, turn = RawRepl(), TurnState(0.0, text=b">>> ")
    pending = EnterTimeouts(repl, turn, interrupt=True, timeout=1.0)
    with pytest.raises(DeviceTimeoutError):
        for hundredth in range(101):
            turn.received_at = hundredth / 100
            follow(pending, repl, hundredth / 100)


def test_entering_ends_a_forgotten_agent():
    repl = RawRepl()
    sent = follow(EnterTimeouts(repl, TurnState(0.0), interrupt=True, timeout=10.0), repl, 2.0)
    assert b"\x18" * (LONGEST_INPUT + 1) in [data for _, data in sent]


def test_a_board_that_boots_is_not_interrupted():
    repl, turn = RawRepl(), TurnState(0.0, received_at=2.0)
    turn.text = b"ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON)"
    pending = EnterTimeouts(repl, turn, interrupt=True, timeout=10.0)
    sent = follow(pending, repl, 2.2)
    assert sent and all(data == b"\x01" for _, data in sent)
    assert b"\x03" in [data for _, data in follow(pending, repl, 3.5)]


def test_a_board_that_prints_boot_texts_for_ever_is_interrupted_at_last():
    repl, turn = RawRepl(), TurnState(0.0, text=b"rst:0x1")
    pending = EnterTimeouts(repl, turn, interrupt=True, timeout=10.0)
    sent = []
    for tenth in range(99):
        turn.received_at = tenth / 10
        sent += follow(pending, repl, tenth / 10)
    first = next(when for when, data in sent if data == b"\x03")
    assert timeouts.BOOT_PATIENCE <= first <= timeouts.BOOT_PATIENCE + 0.2


def test_soft_reset_interrupts_code_py_and_gives_up():
    repl = RawRepl()
    repl.enter()
    repl.receive_data(BANNER)
    repl.soft_reset()
    repl.data_to_send()
    pending = SoftResetTimeouts(repl, TurnState(0.0))
    assert follow(pending, repl, timeouts.SOFT_RESET_PATIENCE) == [
        (timeouts.SOFT_RESET_PATIENCE, b"\x03\x01")
    ]
    with pytest.raises(DeviceTimeoutError, match="%hardreset"):
        follow(pending, repl, timeouts.SOFT_RESET_TIMEOUT)


def test_until_quiet():
    turn = TurnState(0.0)
    pending = HardResetTimeouts(turn, 2.5, 30.0)
    assert pending.due() == 2.5
    turn.received_at = 4.0
    assert pending.due() == 6.5
    turn.received_at = 29.0
    assert pending.due() == 30.0
    turn.interrupted_at = 5.0
    assert pending.due() == 5.0 + timeouts.INTERRUPT_QUIET
    pending.act()
    assert pending.is_quiet
