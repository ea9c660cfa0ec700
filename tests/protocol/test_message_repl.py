"""The interpreter behind messages: whole, byte by byte, cut at random, and with the firmware's faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from iot_kernel.errors import LocalProtocolError
from iot_kernel.protocol import cobs
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.events import (
    Accepted,
    Entered,
    Finished,
    Output,
    PasteRefused,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.exception_guard import QUESTION, guarded, preparation
from iot_kernel.protocol.jmp_messages import Busy, decode
from iot_kernel.protocol.message_repl import LONGEST_CODE
from iot_kernel.protocol.state import State
from iot_kernel.syntax.code_pieces import code_pieces
from tests.protocol.scripted_messages import INFO, K, ScriptedBoard

MARK = EndMark("a1b2")
END = MARK.end.decode()


@pytest.fixture
def board():
    made = ScriptedBoard()
    assert made.enter() == [Entered()]
    return made


def merged(events):
    """Events with neighbours joined: how output is cut does not matter."""
    found = []
    for event in events:
        if isinstance(event, Output) and found and isinstance(found[-1], Output):
            found[-1] = Output(found[-1].data + event.data)
        else:
            found.append(event)
    return found


def whole_run(board, request, reply):
    return (
        board.status(request, Busy.BUSY),
        board.printed(request, "a"),
        board.printed(request, "\r\n"),
        reply,
        board.status(request, Busy.IDLE),
    )


class TestRunning:
    def test_a_run(self, board):
        request = board.execute("print('a')")
        assert request.header.kind == K.EXECUTE_REQUEST
        assert request.content == {"code": guarded("print('a')\npass\n"), "flags": 4}
        assert board.repl.state is State.SENT
        told = whole_run(board, request, board.ended(request))
        assert merged(board.tell(*told)) == [Accepted(), Output(b"a\r\n"), Finished(b"")]
        assert board.repl.state is State.READY

    def test_byte_by_byte(self, board):
        request = board.execute("print('a')")
        told = b"".join(whole_run(board, request, board.ended(request)))
        events = [event for byte in told for event in board.tell(bytes((byte,)))]
        assert merged(events) == [Accepted(), Output(b"a\r\n"), Finished(b"")]

    def test_an_exception_restarts_the_board(self, board):
        request = board.execute("1/0")
        told = whole_run(board, request, board.failed(request, "Traceback\n ZeroDivisionError"))
        events = merged(board.tell(*told))
        assert events == [
            Accepted(),
            Output(b"a\r\n"),
            Finished(b"Traceback\n ZeroDivisionError"),
            Rebooted(),
        ]
        assert board.repl.state is State.READY

    def test_a_reply_may_be_all_that_comes(self, board):
        request = board.execute("pass")
        assert board.tell(board.ended(request)) == [Accepted(), Finished(b"")]

    def test_without_memory_for_a_reply(self, board):
        request = board.execute("1/0")
        told = [board.status(request, Busy.BUSY), board.status(request, Busy.IDLE)]
        assert board.tell(*told) == [Accepted(), Finished(b"", is_lost=True), Rebooted()]

    def test_what_others_asked_is_not_ours(self, board):
        before = board.execute("old")
        board.tell(board.ended(before))
        request = board.execute("new")
        assert board.tell(board.printed(before, "late"), board.ended(before), board.failed(before)) == [
            Unsolicited(b"late")
        ]
        assert board.tell(board.printed(None, "thread")) == [Unsolicited(b"thread")]
        assert board.tell(board.ended(request)) == [Accepted(), Finished(b"")]
        assert board.tell(board.printed(request, "after")) == [Unsolicited(b"after")]

    def test_prints_come_by_a_pipe(self, board):
        request = board.execute("print('a')", mark=MARK, is_marked=True)
        told = [board.piped("a\n"), board.piped(""), board.piped(END), board.ended(request)]
        assert board.tell(*told) == [Accepted(), Output(b"a\n"), Finished(b"")]
        assert board.tell(board.piped("thread\n")) == [Unsolicited(b"thread\n")]

    def test_pipes_of_the_user_are_no_output(self, board):
        request = board.execute("pass")
        told = board.says(None, K.COMM_MSG, comm_id="adc", data=b"data")
        assert board.tell(told, board.ended(request)) == [Accepted(), Finished(b"")]

    def test_raw_paste_is_refused(self, board):
        board.repl.execute(b"pass", paste=True)
        assert board.repl.events_received() == [PasteRefused()]
        assert not board.repl.data_to_send()
        assert board.repl.state is State.READY


class TestGuard:
    """Code runs under a guard, so that what it raises does not restart the board."""

    TEXT = '\x15abTraceback (most recent call last):\n{}  File "<string>", line 2, in f\nE: v\n'
    OURS = '  File "<stdin>", line 1, in <module>\r\n  File "<stdin>", line 9, in guard\r\n'
    TRACEBACK = b'Traceback (most recent call last):\n  File "<stdin>", line 2, in f\nE: v\n'

    @pytest.mark.parametrize("cut", range(1, 130, 9))
    def test_what_it_prints_is_the_traceback(self, board, cut):
        request = board.execute("f()", mark=MARK, is_marked=True)
        text = "printed" + self.TEXT.format(self.OURS)
        told = [board.printed(request, part) for part in (text[:cut], text[cut:])]
        assert merged(board.tell(*told, board.ended(request))) == [
            Accepted(),
            Output(b"printed"),
            Finished(self.TRACEBACK),
        ]
        assert board.repl.state is State.READY

    def test_pieces_behind_it_do_not_run(self, board):
        request = board.execute(TestPieces.CODE)
        told = [board.printed(request, self.TEXT.format("")), board.ended(request)]
        assert merged(board.tell(*told)) == [Accepted(), Finished(self.TRACEBACK)]
        assert not board.asked()

    def test_its_mark_alone_is_output(self, board):
        request = board.execute("x")
        told = [board.printed(request, "\x15"), board.printed(request, "a"), board.printed(request, "c\x15")]
        assert merged(board.tell(*told, board.ended(request))) == [
            Accepted(),
            Output(b"\x15ac\x15"),
            Finished(b""),
        ]


class TestRestarts:
    """The guard is gone after a restart, which the firmware tells nobody."""

    LOST = ("Traceback", "NameError", "name '__iot_guard__' isn't defined")

    def test_a_board_that_restarted_unseen_gets_guard_and_code_again(self, board):
        request = board.execute("x = 1")
        events = board.tell(board.status(request, Busy.BUSY), board.failed(request, *self.LOST))
        (preparing,) = board.asked()
        assert preparing.content["code"] == preparation("ab")
        events += board.tell(board.ended(preparing))
        (again,) = board.asked()
        assert again.content == request.content
        events += board.tell(board.printed(again, "a"), board.ended(again))
        assert events == [Accepted(), Output(b"a"), Finished(b""), Rebooted()]

    def test_is_not_tried_for_ever(self, board):
        request = board.execute("x = 1")
        board.tell(board.failed(request, *self.LOST))
        board.tell(board.ended(*board.asked()))
        events = board.tell(board.failed(*board.asked(), *self.LOST))
        assert events == [Finished(b"Traceback"), Rebooted()]
        assert not board.asked()

    @pytest.mark.parametrize("restarts", ["soft reset", "exception"])
    def test_guard_goes_in_front_of_the_next_code(self, board, restarts):
        if restarts == "exception":
            board.tell(board.failed(board.execute("raise SystemExit")))
        else:
            board.repl.soft_reset()
            board.tell(board.says(*board.asked(), K.SHUTDOWN_REPLY, status=0, restart=1))
        preparing = board.execute("x")
        assert preparing.content["code"] == preparation("ab")
        board.tell(board.ended(preparing))
        (request,) = board.asked()
        assert request.content["code"] == guarded("x\npass\n")
        assert board.tell(board.ended(request)) == [Finished(b"")]
        assert board.execute("y").content["code"] == guarded("y\npass\n")


class TestEndMark:
    @pytest.mark.parametrize("cut", [1, 2])
    def test_is_no_output(self, board, cut):
        request = board.execute("x", mark=MARK, is_marked=True)
        told = [board.printed(request, part) for part in ("text" + END[:cut], END[cut:]) if part]
        assert merged(board.tell(*told, board.ended(request))) == [
            Accepted(),
            Output(b"text"),
            Finished(b""),
        ]

    def test_is_output_where_more_comes(self, board):
        request = board.execute("x", mark=MARK, is_marked=True)
        told = [board.printed(request, END), board.printed(request, "more")]
        events = merged(board.tell(*told, board.ended(request)))
        assert events == [Accepted(), Output(f"{END}more".encode()), Finished(b"")]

    def test_is_output_of_code_that_raises(self, board):
        request = board.execute("x", mark=MARK, is_marked=True)
        events = merged(board.tell(board.printed(request, END), board.failed(request, "t")))
        assert events == [Accepted(), Output(MARK.end), Finished(b"t"), Rebooted()]

    def test_is_output_of_code_without(self, board):
        request = board.execute("x", mark=MARK)
        events = merged(board.tell(board.printed(request, END), board.ended(request)))
        assert events == [Accepted(), Output(MARK.end), Finished(b"")]


class TestPieces:
    CODE = "".join(f"x{number} = {'1' * 500}\n" for number in range(10))

    def test_follow_one_another(self, board):
        request = board.execute(self.CODE)
        sent, events = [request], []
        while True:
            assert len(request.content["code"].encode()) < LONGEST_CODE + 400
            events += board.tell(board.status(request, Busy.BUSY), board.printed(request, "p"))
            events += board.tell(board.ended(request), board.status(request, Busy.IDLE))
            if not (asked := board.asked()):
                break
            (request,) = asked
            sent.append(request)
        assert len(sent) == 5
        assert merged(events) == [Accepted(), Output(b"ppppp"), Finished(b"")]
        assert [piece.content["code"] for piece in sent] == [
            guarded(piece) for piece in code_pieces(self.CODE, LONGEST_CODE)
        ]

    def test_end_with_an_exception(self, board):
        request = board.execute(self.CODE)
        assert board.tell(board.failed(request, "t")) == [Accepted(), Finished(b"t"), Rebooted()]
        assert not board.asked()


class TestInterrupting:
    def test_running_code(self, board):
        request = board.execute("while True: pass")
        board.tell(board.status(request, Busy.BUSY))
        board.repl.interrupt()
        (interrupt,) = board.asked()
        assert interrupt.header.kind == K.INTERRUPT_REQUEST
        told = [
            board.status(interrupt, Busy.BUSY),
            board.says(interrupt, K.INTERRUPT_REPLY, status=0),
            board.status(interrupt, Busy.IDLE),
            board.failed(request, "KeyboardInterrupt"),
        ]
        assert board.tell(*told) == [Finished(b"KeyboardInterrupt"), Rebooted()]

    @pytest.mark.parametrize("has_raised", [False, True])
    def test_code_under_a_guard_is_asked_how_it_ended(self, board, has_raised):
        request = board.execute("while True: pass")
        board.tell(board.status(request, Busy.BUSY))
        board.repl.interrupt()
        assert board.asked()
        half_a_traceback = board.printed(request, "\x15abT\nKeyb") if has_raised else b""
        assert board.tell(half_a_traceback, board.ended(request)) == []
        (asking,) = board.asked()
        assert asking.content["code"] == QUESTION
        told = [board.printed(asking, "\x15abT\nKeyboardInterrupt: ")] if has_raised else []
        end = Finished(b"T\nKeyboardInterrupt: " if has_raised else b"")
        assert board.tell(*told, board.ended(asking)) == [end]

    def test_code_that_waits_for_input_gets_a_line_that_means_it(self, board):
        request = board.execute("input()")
        board.tell(board.says(request, K.INPUT_REQUEST, prompt="", password=0))
        board.repl.interrupt()
        (line,) = board.asked()
        assert (line.header.kind, len(line.content["value"])) == (K.INPUT_REPLY, 3)
        board.repl.interrupt()
        (interrupt,) = board.asked()
        assert interrupt.header.kind == K.INTERRUPT_REQUEST

    def test_an_idle_board_is_left_alone(self, board):
        board.repl.interrupt()
        board.repl.poke()
        board.repl.unstick()
        assert not board.repl.data_to_send()


class TestInput:
    @pytest.mark.parametrize(("line", "sent"), [(b"a\n", "a\n"), (b"ab\n", "ab\n\n"), (b"abc\n", "abc\n")])
    def test_never_has_three_bytes(self, board, line, sent):
        request = board.execute("input()")
        board.tell(board.status(request, Busy.BUSY))
        board.tell(board.says(request, K.INPUT_REQUEST, prompt="", password=0))
        board.repl.send_input(line)
        (reply,) = board.asked()
        assert (reply.header.kind, reply.content) == (K.INPUT_REPLY, {"value": sent})
        assert board.tell(board.ended(request)) == [Finished(b"")]

    def test_needs_code_that_runs(self, board):
        with pytest.raises(LocalProtocolError, match="cannot send input while waiting for code"):
            board.repl.send_input(b"a\n")


class TestEntering:
    def test_begins_behind_whatever_was_sent(self):
        board = ScriptedBoard()
        board.repl.enter()
        noise, message, rest = board.repl.data_to_send().split(b"\0")
        assert decode(cobs.decode(message)).header.kind == K.KERNEL_INFO_REQUEST
        assert not rest
        for before in [b"", b"\x01" * 9, b"\r\x03\x01", b"\r\x01\x03\x01"]:
            with pytest.raises(ValueError, match="not whole"):
                cobs.decode(before + noise)

    def test_may_be_asked_again(self):
        board = ScriptedBoard()
        board.repl.enter()
        board.repl.enter()
        first, second = board.asked()
        assert board.tell(board.says(first, K.KERNEL_INFO_REPLY, **INFO)) == []
        assert board.tell(board.says(second, K.KERNEL_INFO_REPLY, **INFO)) == []
        board.repl.enter()
        first, second = board.asked()
        assert board.tell(board.ended(first)) == []
        assert board.tell(board.ended(second)) == []
        board.repl.enter()
        first, second = board.asked()
        assert board.tell(board.ended(first)) == []
        assert board.tell(board.ended(second)) == [Entered()]
        assert board.tell(board.ended(second)) == []

    def test_a_board_that_cannot_be_prepared_says_why(self):
        board = ScriptedBoard()
        board.repl.enter()
        board.tell(board.says(*board.asked(), K.KERNEL_INFO_REPLY, **INFO))
        board.tell(board.ended(*board.asked()))
        events = board.tell(board.failed(*board.asked(), "ImportError: no module named '_ucore'"))
        assert events == [Unsolicited(b"ImportError: no module named '_ucore'")]

    def test_interrupts_code_of_somebody_else(self):
        board = ScriptedBoard()
        board.repl.enter()
        board.repl.interrupt()
        (request,) = board.asked()
        board.tell(board.says(request, K.KERNEL_INFO_REPLY, **INFO))
        board.repl.interrupt()
        board.repl.enter()
        board.repl.interrupt()
        _, nothing, interrupt = board.asked()
        assert interrupt.header.kind == K.INTERRUPT_REQUEST
        assert board.tell(board.says(interrupt, K.INTERRUPT_REPLY, status=0)) == []
        board.tell(board.ended(nothing))
        assert board.tell(board.ended(*board.asked())) == [Entered()]

    def test_ends_a_program_that_waits_for_input_of_another_host(self):
        board = ScriptedBoard()
        board.repl.enter()
        board.tell(board.says(*board.asked(), K.KERNEL_INFO_REPLY, **INFO))
        board.repl.unstick()
        board.repl.enter()
        board.repl.unstick()
        *_, line = board.asked()
        assert (line.header.kind, len(line.content["value"])) == (K.INPUT_REPLY, 3)

    def test_leaves_a_slow_board_alone_that_has_begun_with_ours(self):
        board = ScriptedBoard()
        board.repl.enter()
        board.tell(board.says(*board.asked(), K.KERNEL_INFO_REPLY, **INFO))
        board.repl.enter()
        board.tell(board.ended(board.asked()[-1]))
        board.repl.interrupt()
        assert [message.header.kind for message in board.asked()] == [K.EXECUTE_REQUEST]

    def test_gives_up_what_ran(self, board):
        request = board.execute("while True: pass")
        board.repl.forget()
        assert board.repl.state is State.UNKNOWN
        assert board.enter() == [Entered()]
        assert board.tell(board.ended(request)) == []

    def test_code_needs_a_board_that_waits(self, board):
        board.repl.forget()
        with pytest.raises(LocalProtocolError, match="cannot execute while connected to something unknown"):
            board.repl.execute(b"pass")
        with pytest.raises(LocalProtocolError, match="cannot soft reset while"):
            board.repl.soft_reset()


def test_soft_reset(board):
    board.repl.soft_reset()
    (request,) = board.asked()
    assert request.header.kind == K.SHUTDOWN_REQUEST
    told = [board.status(request, Busy.BUSY), board.says(request, K.SHUTDOWN_REPLY, status=0, restart=1)]
    assert board.tell(*told, board.status(request, Busy.IDLE)) == [Rebooted()]
    assert board.repl.state is State.READY


@given(st.lists(st.binary(max_size=80), max_size=4), st.data())
def test_noise_costs_at_most_the_message_behind_it(noises, data):
    board = ScriptedBoard()
    board.enter()
    request = board.execute("x")
    told = b""
    for noise in noises:
        told += noise + board.printed(request, "a") + board.printed(request, "b")
    told += board.ended(request)
    events = []
    while told:
        size = data.draw(st.integers(1, len(told)))
        events += board.tell(told[:size])
        told = told[size:]
    assert events[-1] == Finished(b"")
    assert b"".join(event.data for event in events if isinstance(event, Output)).count(b"b") >= len(noises)


def test_a_log_in_front_of_a_message_is_passed_over(board):
    request = board.execute("x")
    log = b"I (123) uart: sent\r\n"
    told = [log + board.printed(request, "a"), log + b"\0", log + board.ended(request)]
    assert board.tell(*told) == [Accepted(), Output(b"a"), Finished(b"")]


class AnyBoard(RuleBasedStateMachine):
    """A board that says anything at any time, and a host that follows it."""

    def __init__(self):
        super().__init__()
        self.board = ScriptedBoard()
        self.board.enter()
        self.requests = []
        self.outcomes = 0

    def follow(self, *told):
        for event in self.board.tell(*told):
            self.outcomes += isinstance(event, Finished)
        self.requests += self.board.asked()

    @precondition(lambda self: self.board.repl.state is State.READY)
    @rule(lines=st.integers(1, 3))
    def execute(self, lines):
        self.outcomes = 0
        self.requests.append(self.board.execute("x = 1\n" + "y = " + "1" * 900 * lines + "\nz = 2"))

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), text=st.text(max_size=5))
    def answer(self, data, text):
        request = data.draw(st.sampled_from(self.requests[-3:]))
        board = self.board
        answers = [
            board.status(request, data.draw(st.sampled_from(list(Busy)))),
            board.printed(request, text),
            board.ended(request),
            board.failed(request, text),
            board.says(request, K.KERNEL_INFO_REPLY, **INFO),
            board.says(request, K.SHUTDOWN_REPLY, status=0, restart=1),
        ]
        self.follow(data.draw(st.sampled_from(answers)))

    @rule(noise=st.binary(max_size=60))
    def noise(self, noise):
        self.follow(noise)

    @rule()
    def interrupt(self):
        self.board.repl.interrupt()
        self.requests += self.board.asked()

    @rule()
    def ends_once(self):
        assert self.outcomes <= 1

    def teardown(self):
        """Whatever was said, the host finds its way back."""
        self.board.repl.forget()
        self.board.tell(b"\0")
        assert self.board.enter()[-1:] == [Entered()]
        assert self.board.tell(self.board.ended(self.board.execute("pass"))) == [Accepted(), Finished(b"")]


TestAnyBoard = AnyBoard.TestCase
