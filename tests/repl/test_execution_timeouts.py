"""When running code is asked for, interrupted again and given up: the times are given, nothing here waits."""

import pytest

from iot_kernel.errors import DeviceStalledError, DeviceStuckError, DeviceTimeoutError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.repl import execution_timeouts as module
from iot_kernel.repl.execution_timeouts import ExecutionTimeouts, RunOptions
from iot_kernel.repl.turn_state import TurnState
from tests.repl.test_timeouts import BANNER, follow


def running():
    repl = RawRepl()
    repl.enter()
    repl.receive_data(BANNER)
    repl.execute(b"1")
    repl.data_to_send()
    return repl


def started():
    """Code that runs, with a mark of its own."""
    repl = RawRepl()
    repl.enter()
    repl.receive_data(BANNER)
    repl.execute(b"1", mark=EndMark("abcdef01"), is_marked=True)
    repl.receive_data(b"OK")
    repl.data_to_send()
    return repl


class Transfer:
    """A transfer that leaves everything to Ctrl-C."""

    def unstick(self):
        return False


def test_code_that_reads_its_input_is_left_alone():
    turn = TurnState(0.0, accepted_at=0.0)
    assert ExecutionTimeouts(started(), turn, RunOptions(reads_input=True)).due() is None


def test_silent_code_is_asked_for_a_few_times():
    repl = started()
    sent = follow(ExecutionTimeouts(repl, TurnState(0.0, accepted_at=0.0)), repl, 100_000)
    assert sent == [(5.0, b"\x01"), (65.0, b"\x01"), (665.0, b"\x01")]


def test_what_comes_instead_of_an_answer_is_asked_for_again_at_once():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending = ExecutionTimeouts(repl, turn)
    assert follow(pending, repl, 5.0) == [(5.0, b"\x01")]
    turn.received_at = 5.1
    assert follow(pending, repl, 6.0) == [(5.6, b"\x01")]


def test_not_more_questions_than_an_input_buffer_holds():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending, sent = ExecutionTimeouts(repl, turn), []
    for minute in range(1000):
        turn.received_at = 60.0 * minute
        sent += follow(pending, repl, 60.0 * minute + 59)
    assert len(sent) == module.MOST_QUESTIONS < 64


def test_silence_begins_anew_with_what_comes():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending = ExecutionTimeouts(repl, turn)
    for second in range(1000):
        turn.received_at = float(second)
        assert follow(pending, repl, float(second)) == []


def test_a_transfer_is_not_asked_in_between():
    turn = TurnState(0.0, accepted_at=0.0, framed_at=100.0)
    repl = started()
    assert follow(ExecutionTimeouts(repl, turn, RunOptions(transfer=Transfer())), repl, 100.0) == []


def test_a_transfer_that_has_fallen_silent_is_ended_and_given_up():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending = ExecutionTimeouts(repl, turn, RunOptions(transfer=Transfer()))
    assert follow(pending, repl, module.TRANSFER_TIMEOUT) == [(module.TRANSFER_TIMEOUT, b"\x03\x01")]
    with pytest.raises(DeviceStalledError):
        follow(pending, repl, 2 * module.TRANSFER_TIMEOUT)


def test_code_that_has_ended_is_waited_for_and_then_given_up():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0, received_at=1.0)
    repl.receive_data(b"\x1ea\x04")
    pending = ExecutionTimeouts(repl, turn, RunOptions(reads_input=True))
    sent = follow(pending, repl, module.ENDED_TIMEOUT)
    assert sent[0] == (1.0 + module.ENDED_QUIET, b"\x01")
    assert {data for _, data in sent} == {b"\x01"}
    with pytest.raises(DeviceTimeoutError, match="prompt"):
        follow(pending, repl, 1.0 + module.ENDED_TIMEOUT)


@pytest.mark.parametrize(("reads_input", "count"), [(False, 1), (True, 0)])
def test_code_that_seems_to_have_ended_is_asked(reads_input, count):
    repl = started()
    repl.receive_data(b"a\x04b")
    pending = ExecutionTimeouts(repl, TurnState(0.0, accepted_at=0.0), RunOptions(reads_input=reads_input))
    assert len(follow(pending, repl, module.ENDED_QUIET)) == count


def test_code_that_is_not_taken():
    repl = running()
    with pytest.raises(DeviceTimeoutError, match="sending code"):
        follow(ExecutionTimeouts(repl, TurnState(0.0, sent_at=5.0)), repl, 5.0 + module.ACCEPT_TIMEOUT)


def test_raw_paste_that_hangs_is_noticed_within_a_second():
    repl = running()
    pending = ExecutionTimeouts(repl, TurnState(0.0), paste=True)
    assert pending.due() == module.PASTE_TIMEOUT <= 1.0
    with pytest.raises(DeviceTimeoutError):
        pending.act()


@pytest.mark.parametrize(
    ("received", "due"), [(5.0, 5.0 + module.PASTE_TIMEOUT), (60.0, module.ACCEPT_TIMEOUT)]
)
def test_raw_paste_on_a_wire_that_threads_flood_has_more_time(received, due):
    assert ExecutionTimeouts(running(), TurnState(0.0, received_at=received), paste=True).due() == due


def test_code_with_a_limit():
    pending = ExecutionTimeouts(started(), TurnState(1.0, accepted_at=0.0), RunOptions(timeout=3.0))
    assert pending.due() == 4.0
    with pytest.raises(DeviceTimeoutError, match="3 s"):
        pending.act()


def test_an_interrupt_of_code_of_ours_repeats_interrupt_once_and_then_gives_up():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending = ExecutionTimeouts(repl, turn)
    turn.interrupted_at, turn.interrupts = 10.0, 1
    sent = follow(pending, repl, 10.0 + module.INTERRUPT_PATIENCE)
    assert [data for _, data in sent].count(b"\x03") == 1
    with pytest.raises(DeviceStuckError):
        follow(pending, repl, 10.0 + module.INTERRUPT_TIMEOUT)


def test_one_interrupt_of_a_cell_is_one_ctrl_c_however_long_it_goes_on():
    repl, turn, told = started(), TurnState(0.0, accepted_at=0.0), []
    pending = ExecutionTimeouts(
        repl, turn, RunOptions(repeats_interrupt=False, on_busy=lambda: told.append(1))
    )
    turn.interrupted_at, turn.interrupts = 10.0, 1
    turn.received_at = 10.1
    assert b"\x03" not in b"".join(data for _, data in follow(pending, repl, 100_000))
    assert told == [1]


def test_after_the_second_interrupt_a_cell_gets_some_seconds():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending = ExecutionTimeouts(repl, turn, RunOptions(repeats_interrupt=False))
    turn.interrupted_at, turn.interrupts = 20.0, 2
    follow(pending, repl, 20.0 + module.INTERRUPT_TIMEOUT - 0.1)
    with pytest.raises(DeviceStuckError):
        follow(pending, repl, 20.0 + module.INTERRUPT_TIMEOUT)


@pytest.mark.parametrize("repeats_interrupt", [True, False])
def test_an_idle_board_is_asked_at_once_when_it_says_nothing_to_an_interrupt(repeats_interrupt):
    repl, turn = started(), TurnState(0.0, accepted_at=0.0, received_at=9.0)
    pending = ExecutionTimeouts(repl, turn, RunOptions(repeats_interrupt=repeats_interrupt, reads_input=True))
    turn.interrupted_at, turn.interrupts = 10.0, 1
    assert follow(pending, repl, 11.0) == [(10.0 + module.STOP_QUIET, b"\x01")]
    assert module.STOP_QUIET < 1.0


def test_a_greeting_makes_us_ask_once():
    repl, turn = started(), TurnState(0.0, accepted_at=0.0)
    pending = ExecutionTimeouts(repl, turn, RunOptions(reads_input=True))
    turn.greeted_at = turn.received_at = 3.0
    assert follow(pending, repl, 100.0) == [(3.0 + module.GREETING_QUIET, b"\x01")]
    turn.greeted_at = turn.received_at = 200.0
    assert len(follow(pending, repl, 300.0)) == 1
