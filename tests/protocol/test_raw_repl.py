"""Dialogues as bytes: whole, byte by byte and cut at random, always the same events."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_kernel.errors import LocalProtocolError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.events import (
    Accepted,
    Desynchronised,
    Entered,
    Finished,
    GreetingSeen,
    Output,
    PasteRefused,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.protocol.state import State
from tests.each import each

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
TRACEBACK = (
    b'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nKeyboardInterrupt: \r\n'
)


def joined(events):
    """Neighbouring outputs as one, so that the cutting of the input does not show."""
    result = []
    for event in events:
        if result and isinstance(event, (Output, Unsolicited)) and type(result[-1]) is type(event):
            result[-1] = type(event)(result[-1].data + event.data)
        else:
            result.append(event)
    return result


def pieces(data, cuts):
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def feed(repl, data, cut):
    """Feeds data whole, byte by byte or cut at the given places."""
    if cut == "whole":
        parts = [data]
    elif cut == "bytes":
        parts = [data[i : i + 1] for i in range(len(data))]
    else:
        parts = pieces(data, cut)
    events = []
    for part in parts:
        repl.receive_data(part)
        events += repl.events_received()
    return joined(events)


def ready(prefix=b""):
    repl = RawRepl()
    repl.enter()
    assert repl.data_to_send() == b"\x01"
    repl.receive_data(prefix + BANNER)
    assert repl.events_received()[-1] == Entered()
    assert repl.state is State.READY
    return repl


def running(code=b"x"):
    repl = ready()
    repl.execute(code)
    assert repl.data_to_send() == code + b"\x04"
    return repl


CUTS = ["whole", "bytes", [3, 5, 8], [1, 2, 30]]

ANSWERS = {
    "prints": (b"OKhello\r\n\x04\x04>", [Accepted(), Output(b"hello\r\n"), Finished(b"")]),
    "silent": (b"OK\x04\x04>", [Accepted(), Finished(b"")]),
    "raises": (
        b"OKa\r\n\x04" + TRACEBACK + b"\x04>",
        [Accepted(), Output(b"a\r\n"), Finished(TRACEBACK)],
    ),
    "raises without frames": (
        b"OK\x04MemoryError: \r\n\x04>",
        [Accepted(), Finished(b"MemoryError: \r\n")],
    ),
    "output that looks like a prompt": (
        b"OK>>> OK>\r\n\x04\x04>",
        [Accepted(), Output(b">>> OK>\r\n"), Finished(b"")],
    ),
    "a thread prints before the acknowledgement": (
        b"bg 1\r\nOKfg\r\n\x04\x04>",
        [Output(b"bg 1\r\n"), Accepted(), Output(b"fg\r\n"), Finished(b"")],
    ),
    "a thread prints between the marks": (
        b"OKfg\r\n\x04bg 1\r\n\x04bg 2\r\n>",
        [Accepted(), Output(b"fg\r\nbg 1\r\nbg 2\r\n"), Finished(b"")],
    ),
    "a thread prints after the prompt": (
        b"OK\x04\x04>bg 1\r\n",
        [Accepted(), Finished(b""), Unsolicited(b"bg 1\r\n")],
    ),
    "sys.exit() restarts the board": (
        b"OKbye\r\n\x04\x04MPY: soft reboot\r\n" + BANNER,
        [Accepted(), Output(b"bye\r\nMPY: soft reboot\r\n"), Rebooted()],
    ),
    "the board restarts without an end mark": (
        b"OKbusy\r\n" + BANNER,
        [Accepted(), Output(b"busy\r\n"), Rebooted()],
    ),
    "text that begins like the banner": (
        b"OKraw REPL; raw materials\r\n\x04\x04>",
        [Accepted(), Output(b"raw REPL; raw materials\r\n"), Finished(b"")],
    ),
}


@each("cut", CUTS)
@each("name", ANSWERS)
def test_answers(name, cut):
    data, events = ANSWERS[name]
    assert feed(running(), data, cut) == events


@each("name", ANSWERS)
@given(cuts=st.lists(st.integers(0, 200), max_size=6))
def test_answers_cut_at_random(name, cuts):
    data, events = ANSWERS[name]
    assert feed(running(), data, cuts) == events


@each("cut", CUTS)
@each(
    ("before", "after"),
    [
        (b"", b""),
        (b"\r\nMicroPython v1.19 on 2022; board\r\n>>> ", b""),
        (b"\xff\xfe garbage from a boot ROM \x80", b""),
        (b"raw REPL; not yet", b""),
        (b"\x1b]0;\xf0\x9f\x90\x8d192.168.1.7 | REPL | 8.2.6\x1b\\\r\n", b""),
    ],
)
@each("newline", [b"\r\n", b"\r\r\n", b"\n"])
def test_entering(before, after, newline, cut):
    repl = RawRepl()
    repl.enter()
    events = feed(repl, before + b"raw REPL; CTRL-B to exit" + newline + b">", cut)
    assert events[-1] == Entered()
    assert b"".join(e.data for e in events[:-1]) == before
    assert repl.state is State.READY


def test_each_question_is_answered_once():
    repl = RawRepl()
    repl.enter()
    repl.enter()
    repl.enter()
    assert repl.data_to_send() == b"\x01\x01\x01"
    assert feed(repl, BANNER + BANNER, "whole") == [Entered()]
    repl.execute(b"1")
    assert feed(repl, BANNER + b"OK\x04\x04>", "whole") == [Accepted(), Finished(b"")]


def test_answers_to_questions_of_an_earlier_link_are_no_reboot():
    repl = RawRepl()
    repl.enter()
    assert feed(repl, BANNER + BANNER, "whole") == [Entered()]
    repl.execute(b"1")
    assert feed(repl, BANNER + b"OK\x04\x04>", "whole") == [Accepted(), Finished(b"")]
    assert feed(repl, BANNER, "whole") == [Rebooted()]


def test_a_banner_nobody_asked_for_is_a_reboot():
    repl = running()
    feed(repl, b"OK\x04\x04>", "whole")
    assert feed(repl, b"MPY: soft reboot\r\n" + BANNER, "bytes") == [
        Unsolicited(b"MPY: soft reboot\r\n"),
        GreetingSeen(),
        Rebooted(),
    ]
    assert repl.state is State.READY


def test_a_banner_instead_of_the_acknowledgement_is_a_reboot():
    repl = running()
    feed(repl, b"OK\x04\x04>", "whole")
    repl.execute(b"1")
    assert feed(repl, BANNER, "bytes") == [Rebooted()]


@pytest.mark.parametrize("cut", ["whole", "bytes"])
def test_a_banner_right_after_the_acknowledgement_is_a_reboot(cut):
    repl = running()
    assert feed(repl, b"bg OK" + BANNER, cut) == [Output(b"bg "), Accepted(), Rebooted()]


def test_greeting_between_cells():
    repl = ready()
    greeting = b'\r\nMicroPython v1.20.0 on 2023-04-26; ESP module\r\nType "help()"\r\n>>> '
    assert GreetingSeen() in feed(repl, greeting, "bytes")


def test_poke_finds_a_board_that_restarted():
    repl = running()
    feed(repl, b"OKMicroPython v1.20.0 on 2023-04-26; ESP module\r\n>>> ", "whole")
    repl.data_to_send()
    repl.poke()
    assert repl.data_to_send() == b"\x01"
    assert feed(repl, b"\r\n" + BANNER, "bytes") == [Output(b"\r\n"), Rebooted()]


@each("cut", CUTS)
def test_poke_finds_a_board_that_restarted_and_tells_its_title(cut):
    repl = running()
    title = b"\x1b]0;\xf0\x9f\x90\x8dcode.py | 9.2.9\x1b\\"
    assert GreetingSeen() in feed(repl, b"OK" + title + b"\r\nPress any key\r\n", cut)
    repl.poke()
    assert feed(repl, b"\r\n" + title + BANNER, cut)[-1] == Rebooted()


def test_poke_does_not_disturb_code_that_runs():
    repl = running()
    feed(repl, b"OKstill here\r\n", "whole")
    repl.poke()
    assert feed(repl, b"done\r\n\x04\x04>" + BANNER, "whole") == [Output(b"done\r\n"), Finished(b"")]
    repl.execute(b"1")
    assert feed(repl, b"OK\x04\x04>", "whole") == [Accepted(), Finished(b"")]


EOT_OUTPUTS = {
    # what the board sends until it waits for code, what the cell printed
    "inside": (b"OKa\x04b\x04c\r\n\x04\x04>", b"abc\r\n"),
    "twice": (b"OKa\x04b\x04c\x04d\r\n\x04\x04>", b"abcd\r\n"),
    "alone": (b"OK\x04\r\n\x04\x04>", b"\r\n"),
}


@each("cut", CUTS)
@each("name", EOT_OUTPUTS)
def test_output_with_the_end_mark_in_it(name, cut):
    data, printed = EOT_OUTPUTS[name]
    repl = running()
    events = feed(repl, data, cut)
    assert repl.state is State.RESYNC
    assert repl.data_to_send() == b"\x01"
    events = joined(events + feed(repl, BANNER, cut))
    assert events[-1] == Finished(b"")
    assert b"".join(e.data for e in events if isinstance(e, Output)) == printed
    assert repl.state is State.READY


def test_output_that_imitates_the_end_is_noticed_afterwards():
    repl = running()
    assert feed(repl, b"OKa\x04\x04>b\x04\x04>", "bytes") == [
        Accepted(),
        Output(b"a"),
        Finished(b""),
        Unsolicited(b"b"),
        Desynchronised(),
        Desynchronised(),
        Unsolicited(b">"),
    ]


def test_traceback_after_a_lost_end_is_found():
    repl = running()
    events = feed(repl, b"OKa\x04b\x04c\x04more", "whole")
    events += feed(repl, b" text\r\n\x04" + TRACEBACK + b"\x04>" + BANNER, "bytes")
    assert events[-1] == Finished(TRACEBACK)
    assert b"".join(e.data for e in events if isinstance(e, Output)) == b"abcmore text\r\n"


def test_an_endless_traceback_is_output():
    repl = running()
    feed(repl, b"OK\x04" + b"x" * 70000, "whole")
    assert repl.state is State.RESYNC


def paste(code):
    repl = ready()
    repl.execute(code, paste=True)
    assert repl.data_to_send() == b"\x05A\x01"
    return repl


def test_raw_paste_sends_no_more_than_the_window():
    code = bytes(range(32, 127)) * 5
    repl = paste(code)
    repl.receive_data(b"R\x01\x80\x00\x01")
    sent = [repl.data_to_send()]
    assert len(sent[0]) == 256
    while repl.state is State.PASTING:
        repl.receive_data(b"\x01")
        sent.append(repl.data_to_send())
        assert len(sent[-1]) <= 129
    assert b"".join(sent) == code + b"\x04"
    assert feed(repl, b"\x01\x04ok\r\n\x04\x04>", "bytes") == [Accepted(), Output(b"ok\r\n"), Finished(b"")]


def test_raw_paste_ended_early_by_the_board():
    repl = paste(b"def f(:\n" + b"x = 1\n" * 60)
    repl.receive_data(b"R\x01\x80\x00\x01")
    repl.data_to_send()
    events = feed(repl, b"\x04", "whole")
    assert repl.data_to_send() == b"\x04"
    error = b'Traceback (most recent call last):\n  File "<stdin>", line 1\nSyntaxError: invalid syntax\n'
    events += feed(repl, b"\x04" + error + b"\x04>", "bytes")
    assert events == [Accepted(), Finished(error)]


@each("cut", ["whole", "bytes"])
@each("answer", [b"R\x00", BANNER, b"\r\n" + BANNER])
def test_raw_paste_refused(answer, cut):
    repl = paste(b"1")
    events = feed(repl, answer, cut)
    assert events[-1] == PasteRefused()
    assert repl.state is State.READY
    repl.execute(b"1")
    assert repl.data_to_send() == b"1\x04"


def test_raw_paste_with_a_thread_that_prints():
    repl = paste(b"y" * 300)
    feed(repl, b"bg Rx\r\nR\x01\x80\x00\x01", "bytes")
    events = feed(repl, b"bg 2\r\n\x01", "bytes")
    assert events == [Output(b"bg 2\r\n")]
    assert repl.state is State.PASTED


#: What a board says, for one that says it in any order.
PARTS = [
    *(
        b"OK",
        b"R\x01\x80\x00",
        b"R\x00",
        b"\x01",
        b"\x04",
        b">",
        BANNER,
        TRACEBACK,
        b"\x1ea",
        b"\x1fabcdef01",
    ),
    *(b"\x04\x04>", b"OK\x1fabcdef01\x1ea\x04\x04>", b"OK\x04NameError: \x04>", b"MPY: soft reboot\r\n"),
]


def test_soft_reset():
    repl = ready()
    repl.soft_reset()
    assert repl.data_to_send() == b"\x04"
    assert feed(repl, b"OK\r\nMPY: soft reboot\r\nboot says hello\r\n" + BANNER, "bytes") == [
        Output(b"OK\r\nMPY: soft reboot\r\nboot says hello\r\n"),
        Rebooted(),
    ]


@pytest.mark.parametrize("request_", ["execute", "soft_reset"])
def test_requests_in_the_wrong_state_are_our_bug(request_):
    repl = RawRepl()
    arguments = (b"1",) if request_ == "execute" else ()
    with pytest.raises(LocalProtocolError):
        getattr(repl, request_)(*arguments)


@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.lists(st.sampled_from([*PARTS, b"x", b"\r\n"]), max_size=60).map(b"".join),
    ),
    paste=st.booleans(),
    mark=st.sampled_from([None, EndMark("abcdef01")]),
    is_marked=st.booleans(),
)
def test_any_bytes_are_taken(data, paste, mark, is_marked):
    repl = ready()
    repl.execute(b"code " * 100, paste=paste, mark=mark, is_marked=is_marked)
    for byte in data:
        repl.receive_data(bytes([byte]))
    repl.events_received()
    repl.forget()
    repl.enter()
    assert feed(repl, BANNER, "bytes")[-1] == Entered()


@given(text=st.binary(max_size=200).filter(lambda b: b"\x04" not in b and b"raw REPL" not in b))
def test_output_arrives_unchanged(text):
    repl = running()
    events = feed(repl, b"OK" + text + b"\x04\x04>", "bytes")
    assert b"".join(e.data for e in events if isinstance(e, Output)) == text
    assert Finished(b"") in events


TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.json"))


def recorded():
    for path in TRANSCRIPTS:
        for name, steps in json.loads(path.read_text())["cases"].items():
            yield f"{path.stem}-{name}", steps


@each("name, steps", recorded())
def test_recorded_dialogues(name, steps):
    """Replays what real firmware answered; no answer may confuse the machine."""
    state, events = _replay(steps, "whole")
    # RESYNC: the host that recorded it did not ask where an output with 0x04 in it had ended.
    assert state in {State.READY, State.UNKNOWN, State.RESETTING, State.STDOUT, State.RESYNC}
    assert _replay(steps, "bytes") == (state, events)


@each("name, steps", recorded())
@given(cuts=st.lists(st.integers(0, 500), max_size=6))
@settings(max_examples=20)
def test_recorded_dialogues_cut_at_random(name, steps, cuts):
    assert _replay(steps, cuts) == _replay(steps, "whole")


def _replay(steps, cut):
    """The state at the end, and the events without those whose place and number depend on the cutting."""
    repl = RawRepl()
    events = []
    for direction, content in steps:
        if direction == "tx":
            _replay_host(repl, bytes.fromhex(content))
        elif direction == "rx":
            events += feed(repl, bytes.fromhex(content), cut)
    return repl.state, joined(e for e in events if e not in (GreetingSeen(), Desynchronised()))


def _replay_host(repl, sent):
    automatic = repl.data_to_send()
    if automatic and sent.startswith(automatic):
        return
    if sent.endswith(b"\x01") and sent != b"\x05A\x01":
        repl.forget()
        repl.enter()
    elif sent == b"\x05A\x01":
        repl.forget()
        repl.enter()
        repl.receive_data(BANNER)
        repl.execute(b"x" * 10000, paste=True)
    elif sent == b"\x03":
        repl.interrupt()
    elif sent == b"\x04" and repl.state is State.READY:
        repl.soft_reset()
    elif sent.endswith(b"\x04") and repl.state is State.READY:
        repl.execute(sent[:-1])
    repl.data_to_send()
