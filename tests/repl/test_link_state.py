"""What is known of a link: given to it on this thread, as the reader thread would."""

import pytest

from iot_kernel.errors import ConnectionLostError
from iot_kernel.protocol.frames import OWN_CHANNEL, Damaged, Frame
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.repl.link_state import KEPT_TEXT, LinkState

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
LOST = ConnectionLostError("x://", "unplugged")


class Link(LinkState):
    """A link that notes what it calls back with."""

    def __init__(self):
        self.stray, self.errors, self.frames, self.output = [], [], [], []
        super().__init__(on_stray=self.stray.append, on_lost=self.errors.append, on_frame=self.frames.append)

    def enter(self):
        self.begin(RawRepl.enter, self.output.append)
        self.take([BANNER])
        self.is_synced = True
        self.end()
        return self

    def execute(self, code=b"1"):
        turn = self.begin(lambda repl: repl.execute(code), self.output.append)
        self.repl.data_to_send()
        self.take([b"OK"])
        return turn


class Transfer:
    def __init__(self):
        self.received = []

    def receive(self, frame):
        self.received.append(frame)

    def interrupt(self):
        return True


@pytest.fixture
def link():
    return Link().enter()


def test_a_board_that_has_answered_is_ready(link):
    assert not Link().is_ready
    assert link.is_ready
    link.mark_unsynced()
    assert not link.is_ready


def test_a_loss_while_no_code_runs_is_told(link):
    link.lose(LOST)
    assert link.errors == [LOST]
    assert not link.is_ready


def test_a_loss_while_code_runs_is_for_whoever_waits(link):
    link.execute()
    link.lose(LOST)
    assert link.errors == []
    assert link.lost is LOST


def test_the_end_of_a_link_that_is_being_closed_is_no_loss(link):
    link.is_closing = True
    link.lose(LOST)
    assert link.errors == []


def test_the_first_error_is_kept(link):
    link.lose(LOST)
    link.lose(ConnectionLostError("x://", "closed"))
    with pytest.raises(ConnectionLostError, match="unplugged"):
        link.begin(RawRepl.enter, print)


def test_output_belongs_to_the_code_and_is_stray_behind_it(link):
    turn = link.execute()
    link.take([b"one\r\n"])
    assert turn.outcome is None
    link.take([b"\x04\x04>"])
    link.end()
    link.take([b"two\r\n"])
    assert b"".join(link.output) == b"one\r\n"
    assert turn.outcome is not None
    assert b"".join(link.stray) == b"two\r\n"


def test_frames_go_to_the_transfer_or_to_the_pipes(link):
    own, pipe, transfer = Frame(OWN_CHANNEL, 0, b"a"), Frame(16, 0, b"b"), Transfer()
    link.execute().transfer = transfer
    link.take([own, pipe, Damaged()])
    assert transfer.received == [own]
    assert link.frames == [pipe, Damaged()]


def test_frames_keep_their_place_in_the_output(link):
    order = link.frames = link.output
    link._on_frame = order.append
    link.execute()
    frame = Frame(2, 0, b"x")
    link.take([b"before", frame, Damaged(), b"behind\x04", frame, b"\x04>"])
    assert order == [b"before", frame, Damaged(), b"behind", frame]


def test_a_frame_of_the_transfer_shows_that_its_code_still_runs(link):
    turn = link.execute()
    turn.transfer = Transfer()
    link.take([b"MicroPython v1.20.0 on 2023-04-26; ESP module\r\n>>> "])
    assert turn.has_greeted
    link.take([Frame(OWN_CHANNEL, 0, b"a")])
    assert not turn.has_greeted


def test_an_interrupt_before_the_code_was_taken_goes_when_it_has_been(link):
    turn = link.begin(lambda repl: repl.execute(b"1"), link.output.append)
    link.repl.data_to_send()
    turn.interrupted_at = 1.0
    link.take([b"OK"])
    assert link.repl.data_to_send() == b"\x03"


def test_a_restart_between_turns_makes_the_next_one_enter_again(link):
    link.take([b"\r\nMicroPython v1.20.0 on 2023-04-26; ESP module\r\n>>> "])
    assert not link.is_ready


def test_a_restart_that_the_transport_has_seen(link):
    turn = link.execute()
    link.restarted()
    assert turn.has_restarted
    assert turn.has_greeted


def test_only_the_end_of_what_is_printed_before_the_prompt_is_kept():
    link = Link()
    turn = link.begin(RawRepl.enter, print, link.output.append)
    for _ in range(100):
        link.take([b"x" * 100])
    assert len(turn.text) == KEPT_TEXT
