"""Where the output of code ends: whatever a program prints, and whatever the wire loses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol.end_mark import QUESTION, EndMark
from iot_kernel.protocol.events import Accepted, Finished, GreetingSeen, Output, Rebooted, Unsolicited
from iot_kernel.protocol.state import State
from tests.each import each
from tests.protocol.test_raw_repl import BANNER, CUTS, TRACEBACK, feed, joined, ready

MARK = EndMark("a1b2c3d4")
END = b"\x1ea\x04\x04>"
SAME = b"OK\x1fa1b2c3d4\x1ea\x04\x04>"
GONE = (
    b'OK\x04Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n'
    b"NameError: name '__iot__' isn't defined\r\n\x04>"
)
PRINTED_BANNER = b"raw REPL; CTRL-B to exit\n>"


def running(*, is_marked=True):
    repl = ready()
    repl.execute(b"x", mark=MARK, is_marked=is_marked)
    assert repl.data_to_send() == b"x\x04"
    return repl


def output(events):
    return b"".join(event.data for event in events if isinstance(event, Output))


CERTAIN = {
    "silent": (b"", b"", b""),
    "prints": (b"hello\r\n", b"hello\r\n", b""),
    "0x04 inside": (b"a\x04b\r\n", b"ab\r\n", b""),
    "0x04 often": (b"a\x04b\x04c\x04\x04d", b"abcd", b""),
    "0x04 alone": (b"\x04", b"", b""),
    "the whole end": (b"a\x04\x04>", b"a>", b""),
    "the whole end, more than once": (b"a\x04\x04>b\r\n\x04\x04>", b"a>b\r\n>", b""),
    "a frame of a traceback": (b'\x04one\n  File "x", line 2\n', b'one\n  File "x", line 2\n', b""),
    "the character before the mark": (b"\x1e\x1eb\x1e", b"\x1e\x1eb\x1e", b""),
    "0x04, then it raises": (b"a\x04b\r\n", b"ab\r\n", TRACEBACK),
    "the whole end, then it raises": (b"a\x04\x04>", b"a>", TRACEBACK),
    "raises": (b"a\r\n", b"a\r\n", TRACEBACK),
    "raises without frames": (b"", b"", b"MemoryError: \r\n"),
}


@each("cut", CUTS)
@each("name", CERTAIN)
def test_the_end_is_certain(name, cut):
    data, printed, traceback = CERTAIN[name]
    end = b"\x04" + traceback + b"\x04>" if traceback else END
    repl = running()
    events = feed(repl, b"OK" + data + end, cut)
    assert events[-1] == Finished(traceback)
    assert sum(isinstance(event, Finished) for event in events) == 1
    assert output(events) == printed
    assert repl.data_to_send() == b""
    assert repl.state is State.READY


@each("cut", CUTS)
def test_what_follows_a_cell_that_printed_nothing(cut):
    """Such an answer is not taken apart where it comes at once; nothing may be different afterwards."""
    repl = running()
    repl.poke()
    assert feed(repl, b"OK" + END, cut) == [Accepted(), Finished(b"")]
    assert not repl.has_code_ended
    assert joined(feed(repl, b"raw \r\n", cut)) == [Unsolicited(b"raw \r\n")]
    assert feed(repl, BANNER, cut) == [Rebooted()]  # what was asked is answered by the end of the code
    repl.execute(b"y", mark=MARK, is_marked=True)
    assert joined(feed(repl, b"OKyes\r\n" + END, cut)) == [Accepted(), Output(b"yes\r\n"), Finished(b"")]


@given(
    data=st.lists(
        st.sampled_from(
            [b"\x04", b">", b"\x04\x04>", b"OK", b"\x1e", b"a", b"\r\n", b"  ", b"\x1eb", b"\x03", b"x"]
        )
    ),
    cuts=st.lists(st.integers(0, 200), max_size=6),
    traceback=st.sampled_from([b"", TRACEBACK]),
)
def test_no_output_ends_code(data, cuts, traceback):
    printed = b"".join(data).replace(b"\x1ea", b"")
    end = b"\x04" + traceback + b"\x04>" if traceback else END
    repl = running()
    events = feed(repl, b"OK" + printed + end, cuts)
    assert events[-1] == Finished(traceback)
    assert len([event for event in events if isinstance(event, Finished)]) == 1
    assert output(events) == printed.replace(b"\x04", b"")


def test_what_follows_0x04_is_not_held_back_for_long():
    repl = running()
    events = feed(repl, b"OKa\x04b\r\nc\r\nd\r\n", "bytes")
    assert output(events) == b"ab\r\nc\r\nd\r\n"
    assert repl.state is State.STDOUT


def test_threads_print_into_the_end():
    repl = running()
    events = feed(repl, b"OKfg\r\n\x1eabg 1\r\n\x04bg 2\r\n\x04bg 3\r\n>", "bytes")
    assert events == [Accepted(), Output(b"fg\r\nbg 1\r\nbg 2\r\nbg 3\r\n"), Finished(b"")]


def test_an_interrupt_behind_the_end_mark_is_the_error():
    assert feed(running(), b"OK\x1ea\x04" + TRACEBACK + b"\x04>", "bytes")[-1] == Finished(TRACEBACK)


@pytest.mark.parametrize("lost", range(1, len(END) - 1))
def test_an_end_of_which_the_mark_came_is_certain(lost):
    repl = running()
    feed(repl, b"OKfg\r\n" + END[: len(END) - lost], "bytes")
    assert repl.has_code_ended
    repl.poke()
    assert feed(repl, BANNER, "bytes")[-1] == Finished(b"")


@each("cut", CUTS)
@each(
    ("rest", "printed"),
    [
        (b"", b""),
        (b"\xf8\x80?\x00", b"\xf8\x80?\x00"),
        (b"\x04\x04", b""),
        (b"\x04\x04>", b""),
        (b"\x04>", b""),
        (b">", b">"),
        (b"\x04noise", b"noise"),
    ],
)
def test_a_lost_end_is_found_by_asking(rest, printed, cut):
    repl = running()
    events = feed(repl, b"OKa\r\n" + rest, cut)
    repl.poke()
    assert repl.data_to_send() == b"\x01"
    events += feed(repl, BANNER, cut)
    assert repl.data_to_send() == QUESTION + b"\x04"
    events += feed(repl, SAME, cut)
    assert events[-1] == Finished(b"", is_lost=True)
    assert output(events) == b"a\r\n" + printed
    assert repl.state is State.READY


def test_a_traceback_before_a_lost_prompt_is_the_error():
    repl = running()
    events = feed(repl, b"OKa\r\n\x04" + TRACEBACK, "bytes")
    repl.poke()
    events += feed(repl, BANNER + SAME, "bytes")
    assert events[-1] == Finished(TRACEBACK.strip())
    assert output(events) == b"a\r\n"


def test_code_of_ours_has_ended_where_its_end_stands_before_the_banner():
    repl = running(is_marked=False)
    feed(repl, b"OKa\x04b\x04c\r\n\x04\x04>", "whole")
    assert feed(repl, BANNER + SAME, "bytes")[-1] == Finished(b"")


@each("cut", CUTS)
@each("printed", [PRINTED_BANNER, b"\r\n" + BANNER, BANNER * 3, b"MicroPython v1.2 on x\r\n" + BANNER])
def test_a_banner_that_a_program_prints(printed, cut):
    repl = running()
    events = feed(repl, b"OK" + printed, cut)
    assert repl.data_to_send() == QUESTION + b"\x04"
    events += feed(repl, b"more\r\n" + END, cut)
    assert repl.state is State.DRAINING
    assert repl.data_to_send() == b"\x01"
    events += feed(repl, SAME + BANNER, cut)
    events = joined([event for event in events if event != GreetingSeen()])
    assert events == [Accepted(), Output(printed + b"more\r\n"), Finished(b"")]
    repl.execute(b"1", mark=MARK, is_marked=True)
    assert feed(repl, b"OK" + END, cut) == [Accepted(), Finished(b"")]


def test_all_that_follows_a_banner_comes_at_once():
    repl = running()
    events = feed(repl, b"OK" + PRINTED_BANNER + b"more\r\n" + END + SAME, "whole")
    assert repl.data_to_send() == QUESTION + b"\x04\x01"
    events += feed(repl, BANNER, "whole")
    assert joined(events) == [Accepted(), Output(PRINTED_BANNER + b"more\r\n"), Finished(b"")]


def test_a_banner_that_a_program_prints_before_it_raises():
    repl = running()
    events = feed(repl, b"OK" + PRINTED_BANNER + b"x\r\n\x04" + TRACEBACK + b"\x04>", "bytes")
    assert repl.data_to_send() == QUESTION + b"\x04"
    events += feed(repl, SAME, "bytes")
    assert events[-1] == Finished(TRACEBACK)
    assert output(events) == PRINTED_BANNER + b"x\r\n"


@each("cut", CUTS)
@each(
    "said",
    [
        b"bye\r\n\x04\x04MPY: soft reboot\r\n",
        b"bye\r\n",
        b"bye\r\n\x04\x04\r\nsoft reboot\r\n\r\n",
        b"bye\r\n\x1b]0;\xf0\x9f\x90\x8d9.2.9\x1b\\",
    ],
)
def test_a_restart_is_believed_when_the_board_says_so(said, cut):
    repl = running()
    events = feed(repl, b"OK" + said + BANNER, cut)
    assert Rebooted() not in events
    assert repl.data_to_send() == QUESTION + b"\x04"
    events += feed(repl, GONE, cut)
    assert events[-1] == Rebooted()
    assert output(events) == said.replace(b"\x04", b"")
    assert repl.state is State.READY


def test_a_restart_into_the_friendly_repl():
    repl = running()
    feed(repl, b"OKMicroPython v1.20.0 on 2023-04-26; ESP module\r\n>>> ", "whole")
    repl.poke()
    repl.data_to_send()
    feed(repl, b"\r\n" + BANNER, "bytes")
    assert feed(repl, GONE, "bytes")[-1] == Rebooted()


def test_a_question_that_was_lost_is_asked_again():
    repl = running()
    feed(repl, b"OKa\r\n" + BANNER, "bytes")
    assert repl.data_to_send() == QUESTION + b"\x04"
    repl.poke()
    repl.data_to_send()
    feed(repl, BANNER, "bytes")
    assert repl.data_to_send() == QUESTION + b"\x04"
    assert feed(repl, SAME, "bytes")[-1] == Finished(b"", is_lost=True)


def test_an_acknowledgement_that_was_lost():
    events = feed(running(), b"?Khello\r\n" + END, "bytes")
    assert events == [Output(b"?Khello\r\n"), Accepted(), Finished(b"")]


@given(noise=st.binary(max_size=64), place=st.integers(0, 60), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_noise_anywhere_ends_in_one_answer(noise, place, cuts):
    """Whatever is damaged: when the board is asked, the code has one end, and the next code has its own."""
    whole = b"OKhello\r\n\x1ea\x04\x04>"
    repl = running()
    events = feed(repl, whole[:place] + noise + whole[place + len(noise) :], cuts)
    asked = 0
    while not any(isinstance(event, Finished | Rebooted) for event in events):
        asked += 1
        assert asked < 20
        data = repl.data_to_send()
        if not data:
            repl.poke()
        answer = b"".join(BANNER if part == b"\x01" else SAME for part in _commands(data))
        events += feed(repl, answer, "bytes")
        if repl.state is State.SENT and asked > 5:
            return  # nothing was taken: the time limit for that ends it
    repl.enter()
    repl.data_to_send()
    feed(repl, BANNER, "bytes")
    repl.execute(b"1", mark=MARK, is_marked=True)
    assert feed(repl, b"OKone" + END, "bytes") == [Accepted(), Output(b"one"), Finished(b"")]


def _commands(data):
    """What an idle board takes the host's bytes for: Ctrl-A, or code."""
    while data:
        if data.startswith(b"\x01"):
            yield b"\x01"
            data = data[1:]
        else:
            code, _, data = data.partition(b"\x04")
            yield code
