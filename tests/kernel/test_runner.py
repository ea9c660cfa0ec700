"""Running the parts of a cell: order, failures, values, lines, and what an interrupt does to each kind."""

import gc
import re
import threading
import time
from dataclasses import replace
from typing import ClassVar

import pytest

from iot_kernel.api import worker
from iot_kernel.boards.board_group import BoardOfGroup, WantedBoard
from iot_kernel.boards.origins import Origins
from iot_kernel.displays.channel import DisplayChannel
from iot_kernel.errors import DeviceError, HostDiedError, NotConnectedError, UsageError
from iot_kernel.kernel.output import Bursts, CellOutput, Pace
from iot_kernel.kernel.runner import CellRun
from iot_kernel.kernel.wiring import Wiring
from iot_kernel.magics.magic import MagicRegistry, argument, cell_magic, line_magic
from iot_kernel.repl.halves import whole
from iot_kernel.syntax.cell import Target, parse_cell

DEADLINE = 20.0

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@line_magic("say")
@argument("words", nargs="*")
def say(ctx, args):
    """Says something"""
    ctx.out(" ".join(args.words) + "\n")


@line_magic("variables")
def variables(ctx, args):
    """Asks the host, which takes its time"""
    ctx.ask_host({"question": "get"}, b"")


@line_magic("bug")
def bug(ctx, args):
    """Has a bug"""
    raise ZeroDivisionError


@line_magic("spin")
def spin(ctx, args):
    """Never ends by itself"""
    ctx.out("on")
    while True:
        time.sleep(0.001)


@line_magic("wait")
def wait(ctx, args):
    """Waits until it is stopped"""
    stopped = threading.Event()
    with ctx.interruptible(stopped.set):
        ctx.out("on")
        assert stopped.wait(DEADLINE)


@cell_magic("twice")
def twice(ctx, args, cell):
    """Runs its body two times"""
    ctx.run_board(cell.body, cell.line)
    ctx.run_board(cell.body, cell.line)


@cell_magic("everywhere")
def everywhere(ctx, args, cell):
    """Runs its body on two boards"""
    boards = [BoardOfGroup(WantedBoard(name, name), Session(), is_known=True) for name in "ab"]
    ends = ctx.on_boards(boards, lambda own: own.board_execution(cell.body, cell.line))
    if any(end.error for end in ends):
        raise UsageError("it failed somewhere")


class Board:
    """A board that keeps the code it is given and does what the first word says."""

    mark, info, platform = "life", None, ""
    events: ClassVar = []  # of all boards

    def __init__(self):
        self.ran = []
        self.numbers = []
        self.stopped = threading.Event()

    def run_cell(self, code, on_output):
        return whole(self.cell_execution(code, on_output))

    def cell_execution(
        self, code, on_output, on_begin=None, on_survived=None, on_input=None, on_error_text=None, number=None
    ):
        self.ran.append(code)
        self.numbers.append(number)
        self.events.append("begun")
        yield
        self.events.append("ended")
        word, _, rest = code.strip().partition(" ")
        if word == "print":
            on_output(f"{rest}\n")
        elif word == "fail":
            raise DeviceError("E", rest, f'Traceback:\n  File "<stdin>", line 1, in <module>\nE: {rest}')
        elif word == "loop":
            on_output("on")
            assert self.stopped.wait(DEADLINE)
            raise DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: ")
        elif word == "catch":
            on_output("on")
            assert self.stopped.wait(DEADLINE)
            on_survived()
            return rest
        elif word.isdigit():
            return word
        return None

    def interrupt(self):
        self.stopped.set()


class Session:
    def __init__(self):
        self.current = Board()
        self.displays = DisplayChannel()
        self.on_notice = self.on_stray = None

    def origins_of(self, device):
        return Origins()

    def device(self):
        if self.current is None:
            raise NotConnectedError
        return self.current


class Host:
    """Answers from a list."""

    started = False

    def __init__(self):
        self.asked = []
        self.answers = []
        self.stopped = threading.Event()

    def execute(self, source, piece):
        self.asked.append((source, piece))
        answer = self.answers.pop(0) if self.answers else {"status": "ok"}
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask(self, question, data):
        self.asked.append((question, data))
        assert self.stopped.wait(DEADLINE)
        return {"status": "ok"}, data

    def interrupt(self):
        self.stopped.set()


class Calls:
    """Does nothing on an event loop."""

    def note_code(self, code):
        pass

    def explain(self, name, *, source):
        return None if name == "nothing" else f"about {name} {source}"


class Kernel:
    """What a cell is run with."""

    def __init__(self):
        self.session = Session()
        self.magics = MagicRegistry([say, variables, bug, spin, wait, twice, everywhere])
        self.host = Host()
        self.wiring = Wiring(self.session, None, self.magics, None, None)

    def cell(self, request=None, publish=lambda *_: None, bursts=None):
        output = CellOutput(publish, {"content": request or {}}, 1, bursts or Bursts(), Pace())
        wiring = replace(self.wiring, magics=self.magics)
        return CellRun(wiring, self.host, Calls(), output, Target.BOARD, None, None)


@pytest.fixture
def kernel():
    return Kernel()


@pytest.fixture
def shown():
    return []


@pytest.fixture
def run(kernel, shown):
    """Runs a cell; its interrupts are ``run.interrupts`` of the last one."""
    bursts = Bursts()

    def publish(kind, content, parent, metadata):
        shown.append((kind, content))

    def run(source, default=Target.BOARD, before=lambda cell: None, **expressions):
        cell = kernel.cell(publish=publish, bursts=bursts)
        before(cell)
        names = kernel.magics.host_line_names
        return cell.run(parse_cell(source, default=default, ours=names), expressions)

    yield run
    bursts.close()


def text(shown):
    return "".join(content["text"] for kind, content in shown if kind == "stream")


def interrupting(when):
    """Interrupts a cell once ``when`` is true."""

    def start(cell):
        def watch():
            end = time.monotonic() + DEADLINE
            while not when() and time.monotonic() < end:
                time.sleep(0.001)
            cell.interrupts.request()

        threading.Thread(target=watch, daemon=True).start()

    return start


def test_parts_run_in_order(run, kernel, shown):
    reply = run("print a\n%say b\nprint c")
    assert reply == {"status": "ok", "payload": [], "user_expressions": {}}
    assert text(shown) == "a\nb\nc\n"


def test_the_first_failure_ends_the_cell(run, kernel, shown):
    reply = run("print a\n%say b\nfail here\n%say c\nprint d")
    assert (reply["status"], reply["ename"], reply["evalue"]) == ("error", "E", "here")
    assert text(shown) == "a\nb\n"
    assert ANSI.sub("", reply["traceback"][-1]) == "In [1], line 3: fail here"


@pytest.mark.parametrize(
    ("source", "results"), [("7", ["7"]), ("7\n%say a", []), ("%say a\n7", ["7"]), ("x", [])]
)
def test_only_the_value_at_the_end_is_a_result(run, shown, source, results):
    run(source)
    assert [content["data"]["text/plain"] for kind, content in shown if kind == "execute_result"] == results


def test_only_a_value_that_is_shown_is_kept_by_the_number_of_its_cell(run, kernel):
    run("7\n%say a\n8", x="9")
    assert list(zip(kernel.session.current.ran, kernel.session.current.numbers, strict=True)) == [
        ("7", None),
        ("8", 1),
        ("9", None),
    ]


def test_a_magic_runs_its_body_on_the_board(run, kernel, shown):
    reply = run("%%twice\n%say x\nfail y")
    assert ANSI.sub("", reply["traceback"][-1]) == "In [1], line 3: fail y"
    assert text(shown) == "x\n"
    assert kernel.session.current.ran == ["fail y"]


@cell_magic("doubled")
def doubled(ctx, args, cell):
    """Sends every piece of its body two times"""
    ctx.run_board(
        cell.body,
        cell.line,
        lambda code, line: ctx.run_code(code, line, sent=f"{code}{code}"),
        lambda: ctx.out("before\n"),
    )


def test_a_magic_may_change_what_is_sent(run, kernel, shown):
    kernel.magics = MagicRegistry([say, doubled])
    run("%%doubled\n7\n%say x\n8")
    assert kernel.session.current.ran == ["77", "88"]
    assert text(shown) == "x\nbefore\n"
    kind, content = shown[-1]
    assert (kind, content["data"]) == ("execute_result", {"text/plain": "88"})


@cell_magic("shifted")
def shifted(ctx, args, cell):
    """Sends something longer, whose errors it makes those of its body"""

    def readable(error):
        return DeviceError(error.ename, error.evalue, error.traceback.replace("line 1,", "line 2,"))

    ctx.run_code("\n" + cell.body, sent=f"{cell.body} longer", readable=readable)


def test_errors_of_what_was_sent_become_those_of_the_cell(run, kernel, shown):
    kernel.magics = MagicRegistry([shifted])
    reply = run("%%shifted\nfail x")
    assert reply["evalue"] == "x longer"
    assert reply["traceback"][-1].endswith("line 2\x1b[0m: fail x")


def test_nothing_comes_before_the_value_of_a_cell_that_fails(run, kernel, shown):
    kernel.magics = MagicRegistry([doubled])
    assert run("%%doubled\nfail x")["traceback"][-1].endswith("line 2\x1b[0m: fail x")
    assert text(shown) == ""


@cell_magic("keep")
def keep(ctx, args, cell):
    """Keeps what its body shows"""
    try:
        with ctx.capture(["stdout", "display"]) as kept:
            ctx.run_board(cell.body, cell.line)
    finally:
        ctx.out(f"kept {kept.text['stdout']!r} {kept.outputs!r}\n")


def test_what_a_magic_captures_is_not_shown(run, kernel, shown):
    kernel.magics = MagicRegistry([say, keep])
    run("%%keep\nprint a\n%say b\n7")
    value = {"data": {"text/plain": "7"}, "metadata": {}, "update": False}
    assert text(shown) == f"kept 'a\\nb\\n' {[value]!r}\n"


def test_a_captured_cell_that_fails_shows_its_error(run, kernel, shown):
    kernel.magics = MagicRegistry([say, keep])
    assert run("%%keep\n%say a\nfail x")["ename"] == "E"
    assert text(shown) == "kept 'a\\n' []\n"
    assert shown[-1][0] == "error"


@line_magic("where")
def where(ctx, args):
    """Says where it stands"""
    ctx.out(f"{ctx.line} ")


def test_magics_know_their_line(run, kernel, shown):
    kernel.magics = MagicRegistry([where, twice])
    run("print x\n\n%where")
    run("%%twice\n%where")
    run("%%twice\n%%twice\n%where")
    assert text(shown) == "x\n3 2 2 3 3 3 3 "


def test_without_a_board(run, kernel):
    kernel.session.current = None
    assert run("print a")["ename"] == "NotConnectedError"
    assert run("%say a")["status"] == "ok"


def test_a_bug_in_a_magic_is_reported_and_does_not_escape(run, shown):
    reply = run("%bug")
    assert reply["ename"] == "ZeroDivisionError"
    assert "bug" in reply["traceback"][-1]


def test_magics_of_nobody_go_to_the_host(run, kernel):
    run("%alias -n1 x\n%matplotlib widget")
    assert kernel.host.asked == [("%alias -n1 x", 0), ("%matplotlib widget", 1)]


def test_a_cell_magic_of_nobody_goes_to_the_host_whole(run, kernel):
    run("%%time\nx = 1\n")
    assert kernel.host.asked == [("%%time\nx = 1\n", 0)]


def test_host_code_keeps_its_lines(run, kernel):
    run("a = 1\n%say x\nb = 2\nc = 3", default=Target.HOST)
    assert kernel.host.asked == [("a = 1", 0), ("\n\nb = 2\nc = 3", 1)]


def test_a_failure_on_the_host_ends_the_cell_and_is_not_shown_again(run, kernel, shown):
    fields = {"ename": "E", "evalue": "v", "traceback": ["t"]}
    kernel.host.answers = [{"status": "error", **fields}]
    assert run("%timeit x\n%say no") == {"status": "error", **fields}
    assert shown == []


def test_a_host_that_dies_ends_the_cell(run, kernel, shown):
    kernel.host.answers = [HostDiedError("signal 9")]
    assert run("%timeit x")["ename"] == "HostDiedError"
    assert [kind for kind, _ in shown] == ["error"]


def test_payloads_are_collected(run, kernel):
    kernel.host.answers = [{"status": "ok", "payload": [1]}, {"status": "ok", "payload": [2]}]
    assert run("%pinfo a\n%pinfo b")["payload"] == [1, 2]


def test_user_expressions_are_evaluated_on_the_board(run):
    values = run("x", a="5", b="fail no")["user_expressions"]
    assert values["a"] == {"status": "ok", "data": {"text/plain": "5"}, "metadata": {}}
    assert values["b"]["status"] == "error"


def test_an_interrupt_stops_the_board(run, kernel, shown):
    when = interrupting(lambda: kernel.session.current.ran)
    reply = run("loop\n%say no", before=when)
    assert reply["ename"] == "KeyboardInterrupt"
    assert "no" not in text(shown)


def test_an_interrupt_that_the_code_has_dealt_with_ends_nothing(run, kernel, shown):
    when = interrupting(lambda: kernel.session.current.ran)
    assert run("catch\n%say yes\n7", before=when)["status"] == "ok"
    assert "yes" in text(shown)
    assert kernel.session.current.ran == ["catch", "7"]


def test_an_interrupt_stops_what_a_magic_says(run, kernel, shown):
    reply = run("%wait\nprint no", before=interrupting(lambda: True))
    assert reply["ename"] == "KeyboardInterrupt"
    assert kernel.session.current.ran == []


def test_an_interrupt_stops_the_host_that_a_magic_asked(run, kernel, shown):
    reply = run("%variables\nprint no", before=interrupting(lambda: kernel.host.asked))
    assert (reply["ename"], kernel.session.current.ran) == ("KeyboardInterrupt", [])
    assert kernel.host.stopped.is_set()


def test_a_magic_that_says_nothing_is_ended_where_it_stands(run, kernel, shown, monkeypatch):
    monkeypatch.setattr(worker, "RAISE_AFTER", 0.01)
    reply = run("%spin", before=interrupting(lambda: True))
    assert reply["ename"] == "KeyboardInterrupt"


def test_an_interrupt_that_came_before_keeps_the_cell_from_starting(run, kernel):
    reply = run("print a", before=lambda cell: cell.interrupts.request())
    assert reply["ename"] == "KeyboardInterrupt"
    assert kernel.session.current.ran == []


@pytest.mark.parametrize(
    ("source", "events"),
    [
        ("print 1", ["begun", "begun", "ended", "ended"]),
        ("print 1\n%say b", ["begun", "ended", "begun", "ended"]),
        ("%say a\nprint 1", ["begun", "ended", "begun", "ended"]),
    ],
)
def test_code_without_magics_begins_everywhere_before_any_is_waited_for(
    run, shown, monkeypatch, source, events
):
    monkeypatch.setattr("iot_kernel.api.parallel.FEW", 0)  # so that one thread does it all
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", DEADLINE)
    monkeypatch.setattr(Board, "events", [])
    assert run(f"%%everywhere\n{source}")["status"] == "ok"
    assert Board.events == events


@pytest.mark.parametrize(
    "source", ["print 1", "fail", "%say a", "%%twice\nprint 1", "%%everywhere\nprint 1", "%%everywhere\nfail"]
)
def test_a_cell_leaves_nothing_to_the_garbage_collector(run, source):
    run(source)
    gc.collect()
    before = outputs()
    gc.disable()
    try:
        run(source)
        end = time.monotonic() + DEADLINE
        while outputs() > before and time.monotonic() < end:  # a board's thread may be about to let go
            time.sleep(0.01)
        assert outputs() <= before
    finally:
        gc.enable()


def outputs():
    return sum(isinstance(each, CellOutput | CellRun) for each in gc.get_objects())


def test_the_default_target_is_the_kernel_s(kernel):
    run = kernel.cell()
    assert run.default_target is Target.BOARD
    run.set_default_target(Target.HOST)
    assert run.default_target is Target.HOST


def test_a_magic_learns_whether_there_is_a_host(kernel):
    run = kernel.cell()
    assert not run.host_started
    kernel.host.started = True
    assert run.host_started


@pytest.mark.parametrize(("content", "expected"), [({"allow_stdin": False}, False), ({}, True)])
def test_who_takes_no_questions_watches_nothing(kernel, content, expected):
    run = kernel.cell(content)
    assert run.is_watched is expected


def test_a_magic_can_ask_whether_it_was_interrupted(kernel):
    run = kernel.cell()
    run.check()
    run.interrupts.request()
    with pytest.raises(KeyboardInterrupt):
        run.check()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x.y?", "about x.y False"),
        (" x??\n", "about x True"),
        ("?x", "about x False"),
        ("??x", "about x True"),
    ],
)
def test_a_question_is_answered_in_the_pager(run, code, told):
    reply = run(code)
    assert [item["data"]["text/plain"] for item in reply["payload"]] == [told]


def test_a_question_on_several_boards_is_answered_once(run):
    [page] = run("%%everywhere\nx?")["payload"]
    assert page["data"]["text/plain"] == "about x False"


def test_a_question_about_nothing(run, shown):
    assert run("nothing?")["status"] == "ok"
    assert text(shown) == "Object `nothing` not found.\n"
