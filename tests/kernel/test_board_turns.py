"""What belongs to a board while something is done on several: its output, its displays, its interrupts."""

import threading
from types import SimpleNamespace

import pytest

from iot_kernel.api.parallel import BoardThreads
from iot_kernel.api.worker import Interrupts
from iot_kernel.boards.board_group import BoardOfGroup, WantedBoard
from iot_kernel.displays.channel import DisplayChannel
from iot_kernel.displays.message import BoardDisplay, DisplayKind
from iot_kernel.errors import UsageError
from iot_kernel.kernel.board_turns import ParallelRun, refuse_debugger
from iot_kernel.kernel.output import Bursts, CellOutput, Pace
from tests.halves import in_first, in_second

DEADLINE = 20.0

CLEAR = BoardDisplay(DisplayKind.CLEAR)


class Blocks:
    """Keeps what each board shows."""

    def __init__(self, names):
        self.shown = {name: [] for name in names}
        self.finished = False
        self.bursts = Bursts()

    def output_of(self, index):
        shown = list(self.shown.values())[index]
        return CellOutput(lambda kind, content, *_: shown.append((kind, content)), {}, 1, self.bursts, Pace())

    def finish(self):
        self.finished = True


class Questions:
    """Keeps who has left, and what came before."""

    def __init__(self):
        self.left = []
        self.interrupts = 0

    def interrupt(self):
        self.interrupts += 1

    def leave(self, name, *, interrupted):
        self.left.append((name, interrupted))


def board(name):
    session = SimpleNamespace(displays=DisplayChannel(), on_notice=None, on_stray=None, current=None)
    return BoardOfGroup(WantedBoard(name, name), session, is_known=True)


@pytest.fixture
def boards():
    return [board(name) for name in "ab"]


@pytest.fixture
def questions():
    return Questions()


@pytest.fixture(params=[in_first, in_second])
def run(boards, questions, request):
    """Does something on the boards; gives what came of it, what they have shown, and who has left."""
    threads, blocks = BoardThreads(), Blocks("ab")

    def run(do, interrupts=None):
        interrupts = interrupts or Interrupts()
        contexts = lambda turn, session, output: SimpleNamespace(turn=turn, session=session, output=output)  # noqa: E731
        ends = ParallelRun(threads, blocks, contexts, questions).run(boards, request.param(do), interrupts)
        return ends, blocks, sorted(questions.left)

    yield run
    threads.close()
    blocks.bursts.close()


def test_each_board_has_a_context_of_its_own(run, boards):
    ends, blocks, left = run(lambda context: (context.turn.name, context.session))
    assert [end.value for end in ends] == [(board.name, board.session) for board in boards]
    assert left == [("a", False), ("b", False)]
    assert blocks.finished


def test_all_that_a_session_says_goes_to_its_board_and_only_then(run, boards):
    def say(context):
        context.session.on_notice(f"{context.turn.name} was reset")
        context.session.on_stray("stray")
        context.session.displays.on_display(CLEAR)

    _, blocks, _ = run(say)
    for name, shown in blocks.shown.items():
        assert shown == [
            ("stream", {"name": "stderr", "text": f"{name} was reset\n"}),
            ("stream", {"name": "stdout", "text": "stray"}),
            ("clear_output", {"wait": False}),
        ]
    assert all(each.session.on_notice is None is each.session.on_stray for each in boards)


def test_a_board_that_fails_leaves_too(run):
    def fail(context):
        context.output.stdout("before")
        raise ValueError(context.turn.name)

    ends, blocks, left = run(fail)
    assert [str(end.error) for end in ends] == ["a", "b"]
    assert left == [("a", False), ("b", False)]
    assert blocks.shown["a"] == [("stream", {"name": "stdout", "text": "before"})]


def test_a_stop_interrupts_what_runs_on_each_board(run, boards):
    interrupted = []
    for each in boards:
        each.session.current = SimpleNamespace(interrupt=lambda name=each.name: interrupted.append(name))

    def stop(context):
        context.turn.interrupts.request()
        while not context.turn.interrupts.requested or context.turn.name not in interrupted:
            pass

    ends, _, left = run(stop)
    assert [type(end.error) for end in ends] == [KeyboardInterrupt] * 2
    assert left == [("a", True), ("b", True)]


def test_a_stop_ends_the_questions_before_it_reaches_a_board(run, boards, questions):
    interrupts, seen, together = Interrupts(), [], threading.Barrier(2)
    for each in boards:
        each.session.current = SimpleNamespace(interrupt=lambda: seen.append(questions.interrupts))

    def stop(context):
        together.wait(DEADLINE)
        if context.turn.name == "a":
            interrupts.request()
        while len(seen) < 2:
            pass

    run(stop, interrupts)
    assert seen == [1, 1]


def test_nothing_stops_in_the_debugger():
    with pytest.raises(UsageError, match="cannot stop in the debugger"):
        refuse_debugger()
