"""What is done when: the times are given, so nothing here waits."""

import pytest

from iot_kernel.errors import DeviceStalledError, DeviceStuckError, DeviceTimeoutError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.marks import LONGEST_INPUT
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.repl import timeouts
from iot_kernel.repl.timeouts import Entering, Executing, RunOptions, SoftReset, TurnState, UntilQuiet

BANNER = b"raw REPL; CTRL-B to exit\r\n>"


def follow(plan, repl, until):
    """Acts whenever the plan wants to; returns (s, bytes sent) up to a time."""
    sent = []
    while (when := plan.due()) is not None and when <= until:
        plan.act()
        if data := repl.data_to_send():
            sent.append((round(when, 2), data))
    return sent


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


class Talk:
    """A talk that leaves everything to Ctrl-C."""

    def unstick(self):
        return False


def test_entering_is_polite_first():
    repl = RawRepl()
    sent = follow(Entering(repl, TurnState(100.0), interrupt=True, timeout=10.0), repl, 101.05)
    assert [data for _, data in sent] == [b"\x01", b"\x01", b"\x03", b"\x01", b"\x01", b"\x03"]
    assert sent[0][0] == 100.0


def test_entering_without_interrupts_never_sends_any():
    repl = RawRepl()
    sent = follow(Entering(repl, TurnState(0.0), interrupt=False, timeout=10.0), repl, 9.9)
    assert len(sent) > 5
    assert all(data == b"\x01" for _, data in sent)


@pytest.mark.parametrize("interrupt", [True, False])
@pytest.mark.parametrize("timeout", [0.1, 3.0, 10.0])
def test_entering_gives_up(interrupt, timeout):
    repl = RawRepl()
    plan = Entering(repl, TurnState(0.0, text=b"something else"), interrupt=interrupt, timeout=timeout)
    with pytest.raises(DeviceTimeoutError) as raised:
        follow(plan, repl, timeout + 0.01)
    assert raised.value.received == b"something else"
    assert raised.value.seconds == timeout


def test_a_friendly_prompt_is_answered_at_once():
    repl, news = RawRepl(), TurnState(0.0)
    plan = Entering(repl, news, interrupt=True, timeout=10.0)
    assert follow(plan, repl, 0.0) == [(0.0, b"\x01")]
    news.text, news.received_at = b"Adafruit CircuitPython 9.2.9\r\n>>> ", 0.01
    assert follow(plan, repl, 0.1) == [(0.01, b"\x01")]
    news.received_at = 0.15
    assert [data for _, data in follow(plan, repl, 0.35)] == [b"\x01", b"\x01", b"\x03"]


def test_prompts_without_end_do_not_keep_the_plan_from_giving_up():
    repl, news = RawRepl(), TurnState(0.0, text=b">>> ")
    plan = Entering(repl, news, interrupt=True, timeout=1.0)
    with pytest.raises(DeviceTimeoutError):
        for hundredth in range(101):
            news.received_at = hundredth / 100
            follow(plan, repl, hundredth / 100)


def test_entering_ends_a_forgotten_agent():
    repl = RawRepl()
    sent = follow(Entering(repl, TurnState(0.0), interrupt=True, timeout=10.0), repl, 2.0)
    assert b"\x18" * (LONGEST_INPUT + 1) in [data for _, data in sent]


def test_a_board_that_boots_is_not_interrupted():
    repl, news = RawRepl(), TurnState(0.0, received_at=2.0)
    news.text = b"ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON)"
    plan = Entering(repl, news, interrupt=True, timeout=10.0)
    sent = follow(plan, repl, 2.2)
    assert sent and all(data == b"\x01" for _, data in sent)
    assert b"\x03" in [data for _, data in follow(plan, repl, 3.5)]


def test_a_board_that_prints_boot_texts_for_ever_is_interrupted_at_last():
    repl, news = RawRepl(), TurnState(0.0, text=b"rst:0x1")
    plan = Entering(repl, news, interrupt=True, timeout=10.0)
    sent = []
    for tenth in range(99):
        news.received_at = tenth / 10
        sent += follow(plan, repl, tenth / 10)
    first = next(when for when, data in sent if data == b"\x03")
    assert timeouts.BOOT_PATIENCE <= first <= timeouts.BOOT_PATIENCE + 0.2


def test_code_that_reads_its_input_is_left_alone():
    news = TurnState(0.0, accepted_at=0.0)
    assert Executing(started(), news, RunOptions(reads_input=True)).due() is None


def test_silent_code_is_asked_for_a_few_times():
    repl = started()
    sent = follow(Executing(repl, TurnState(0.0, accepted_at=0.0)), repl, 100_000)
    assert sent == [(5.0, b"\x01"), (65.0, b"\x01"), (665.0, b"\x01")]


def test_what_comes_instead_of_an_answer_is_asked_for_again_at_once():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan = Executing(repl, news)
    assert follow(plan, repl, 5.0) == [(5.0, b"\x01")]
    news.received_at = 5.1
    assert follow(plan, repl, 6.0) == [(5.6, b"\x01")]


def test_not_more_questions_than_an_input_buffer_holds():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan, sent = Executing(repl, news), []
    for minute in range(1000):
        news.received_at = 60.0 * minute
        sent += follow(plan, repl, 60.0 * minute + 59)
    assert len(sent) == timeouts.MOST_QUESTIONS < 64


def test_silence_begins_anew_with_what_comes():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan = Executing(repl, news)
    for second in range(1000):
        news.received_at = float(second)
        assert follow(plan, repl, float(second)) == []


def test_a_talk_is_not_asked_in_between():
    news = TurnState(0.0, accepted_at=0.0, framed_at=100.0)
    repl = started()
    assert follow(Executing(repl, news, RunOptions(exchange=Talk())), repl, 100.0) == []


def test_a_talk_that_has_fallen_silent_is_ended_and_given_up():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan = Executing(repl, news, RunOptions(exchange=Talk()))
    assert follow(plan, repl, timeouts.EXCHANGE_TIMEOUT) == [(timeouts.EXCHANGE_TIMEOUT, b"\x03\x01")]
    with pytest.raises(DeviceStalledError):
        follow(plan, repl, 2 * timeouts.EXCHANGE_TIMEOUT)


def test_code_that_has_ended_is_waited_for_and_then_given_up():
    repl, news = started(), TurnState(0.0, accepted_at=0.0, received_at=1.0)
    repl.receive_data(b"\x1ea\x04")
    plan = Executing(repl, news, RunOptions(reads_input=True))
    sent = follow(plan, repl, timeouts.ENDED_TIMEOUT)
    assert sent[0] == (1.0 + timeouts.ENDED_QUIET, b"\x01")
    assert {data for _, data in sent} == {b"\x01"}
    with pytest.raises(DeviceTimeoutError, match="prompt"):
        follow(plan, repl, 1.0 + timeouts.ENDED_TIMEOUT)


@pytest.mark.parametrize(("reads_input", "count"), [(False, 1), (True, 0)])
def test_code_that_seems_to_have_ended_is_asked(reads_input, count):
    repl = started()
    repl.receive_data(b"a\x04b")
    plan = Executing(repl, TurnState(0.0, accepted_at=0.0), RunOptions(reads_input=reads_input))
    assert len(follow(plan, repl, timeouts.ENDED_QUIET)) == count


def test_code_that_is_not_taken():
    repl = running()
    with pytest.raises(DeviceTimeoutError, match="sending code"):
        follow(Executing(repl, TurnState(0.0, sent_at=5.0)), repl, 5.0 + timeouts.ACCEPT_TIMEOUT)


def test_raw_paste_that_hangs_is_noticed_within_a_second():
    repl = running()
    plan = Executing(repl, TurnState(0.0), paste=True)
    assert plan.due() == timeouts.PASTE_TIMEOUT <= 1.0
    with pytest.raises(DeviceTimeoutError):
        plan.act()


def test_code_with_a_limit():
    plan = Executing(started(), TurnState(1.0, accepted_at=0.0), RunOptions(timeout=3.0))
    assert plan.due() == 4.0
    with pytest.raises(DeviceTimeoutError, match="3 s"):
        plan.act()


def test_an_interrupt_of_code_of_ours_insists_once_and_then_gives_up():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan = Executing(repl, news)
    news.interrupted_at, news.interrupts = 10.0, 1
    sent = follow(plan, repl, 10.0 + timeouts.INTERRUPT_PATIENCE)
    assert [data for _, data in sent].count(b"\x03") == 1
    with pytest.raises(DeviceStuckError):
        follow(plan, repl, 10.0 + timeouts.INTERRUPT_TIMEOUT)


def test_one_interrupt_of_a_cell_is_one_ctrl_c_however_long_it_goes_on():
    repl, news, told = started(), TurnState(0.0, accepted_at=0.0), []
    plan = Executing(repl, news, RunOptions(insists=False, on_busy=lambda: told.append(1)))
    news.interrupted_at, news.interrupts = 10.0, 1
    news.received_at = 10.1
    assert b"\x03" not in b"".join(data for _, data in follow(plan, repl, 100_000))
    assert told == [1]


def test_after_the_second_interrupt_a_cell_gets_some_seconds():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan = Executing(repl, news, RunOptions(insists=False))
    news.interrupted_at, news.interrupts = 20.0, 2
    follow(plan, repl, 20.0 + timeouts.INTERRUPT_TIMEOUT - 0.1)
    with pytest.raises(DeviceStuckError):
        follow(plan, repl, 20.0 + timeouts.INTERRUPT_TIMEOUT)


@pytest.mark.parametrize("insists", [True, False])
def test_an_idle_board_is_asked_at_once_when_it_says_nothing_to_an_interrupt(insists):
    repl, news = started(), TurnState(0.0, accepted_at=0.0, received_at=9.0)
    plan = Executing(repl, news, RunOptions(insists=insists, reads_input=True))
    news.interrupted_at, news.interrupts = 10.0, 1
    assert follow(plan, repl, 11.0) == [(10.0 + timeouts.STOP_QUIET, b"\x01")]
    assert timeouts.STOP_QUIET < 1.0


def test_a_greeting_makes_us_ask_once():
    repl, news = started(), TurnState(0.0, accepted_at=0.0)
    plan = Executing(repl, news, RunOptions(reads_input=True))
    news.greeted_at = news.received_at = 3.0
    assert follow(plan, repl, 100.0) == [(3.0 + timeouts.GREETING_QUIET, b"\x01")]
    news.greeted_at = news.received_at = 200.0
    assert len(follow(plan, repl, 300.0)) == 1


def test_soft_reset_interrupts_code_py_and_gives_up():
    repl = RawRepl()
    repl.enter()
    repl.receive_data(BANNER)
    repl.soft_reset()
    repl.data_to_send()
    plan = SoftReset(repl, TurnState(0.0))
    assert follow(plan, repl, timeouts.SOFT_RESET_PATIENCE) == [(timeouts.SOFT_RESET_PATIENCE, b"\x03\x01")]
    with pytest.raises(DeviceTimeoutError, match="%hardreset"):
        follow(plan, repl, timeouts.SOFT_RESET_TIMEOUT)


def test_until_quiet():
    news = TurnState(0.0)
    plan = UntilQuiet(news, 2.5, 30.0)
    assert plan.due() == 2.5
    news.received_at = 4.0
    assert plan.due() == 6.5
    news.received_at = 29.0
    assert plan.due() == 30.0
    plan.act()
    assert plan.is_quiet
