"""One session for cells of the board and of the host."""

import json
from pathlib import Path

import pytest

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.errors import CannotDebugError, CommandLostError, NotStoppedError
from iot_kernel.debugging.frontend.stops import THREADS
from iot_kernel.debugging.messages import Continued, Variable
from tests.debugging.frontend.scripted_debugger import PREFIX, Session, page

RECORDED = json.loads((Path(__file__).parent / "jupyterlab_session.json").read_text())["messages"]

CELL = "def double(x):\n    y = 2 * x\n    return y\n"
CALL = "total = double(4)\n"
HOST = "%%host\nx = 1\n"


@pytest.fixture
def session():
    session = Session()
    session.attach()
    return session


def stand(session):
    session.set_lines(CELL, 2)
    session.run(CELL)
    session.run(CALL)
    session.stop(session.checkpoint(CALL, 1), session.checkpoint(CELL, 2))


# Sessions


def test_attaching_finds_out_how_cells_are_named():
    session = Session()
    assert session.request("attach") is None
    assert session.path(CELL).startswith(PREFIX)


def test_the_info_has_the_breakpoints_and_threads_of_both(session):
    session.host["debugInfo"]["breakpoints"] = [{"source": "/h.py", "breakpoints": [{"line": 1}]}]
    session.host["debugInfo"]["stoppedThreads"] = [1]
    stand(session)
    info = session.ask("debugInfo")
    assert info["breakpoints"] == [
        {"source": "/h.py", "breakpoints": [{"line": 1}]},
        {"source": session.path(CELL), "breakpoints": [{"line": 2}]},
    ]
    assert info["stoppedThreads"] == [1, THREADS[0]]
    assert info["tmpFilePrefix"] == PREFIX


def test_a_cell_of_the_host_is_debugpys(session):
    session.host["dumpCell"] = {"sourcePath": "/h.py"}
    assert session.ask("dumpCell", code=HOST) == {"sourcePath": "/h.py"}
    assert session.request("setBreakpoints", source={"path": "/h.py"}, breakpoints=[{"line": 2}]) is None
    assert session.request("setBreakpoints", source={"path": "/unknown.py"}, breakpoints=[]) is None


def test_without_a_sub_kernel_nothing_is_debugged(session):
    session.host.clear()
    assert session.request("debugInfo") is None
    assert session.request("dumpCell", code=CELL) is None


def test_the_source_of_a_cell_is_known_after_it_ran(session):
    session.run(CALL)
    assert session.ask("source", source={"path": session.path(CALL)})["content"] == CALL
    assert session.request("source", source={"path": "/lib/os.py"}) is None


def test_disconnecting_forgets_breakpoints_and_lets_go(session):
    stand(session)
    assert session.request("disconnect", restart=False) is None  # the sub-kernel's answer counts
    assert session.board.told[-2:] == [("set_pauses", {}), ("go", Step.CONTINUE)]
    assert session.cells.pauses() == {}
    assert session.run(CELL) == []
    session.cells.is_attached = True
    assert session.cells.pauses() == {}


def test_disconnecting_goes_on_to_the_sub_kernel_whatever_the_board_says(session):
    async def lost(step):
        raise NotStoppedError

    stand(session)
    session.board.go = lost
    assert session.request("disconnect") is None


# Breakpoints


def test_breakpoints_set_while_it_stands_go_to_the_board(session):
    stand(session)
    session.set_lines(CELL, 2, 3)
    numbers = [session.checkpoint(CELL, line) for line in (2, 3)]
    assert session.board.told[-1] == ("set_pauses", dict.fromkeys(numbers))


def test_breakpoints_set_while_a_cell_runs_go_to_the_board_if_it_listens(session):
    async def busy(pauses):
        raise CommandLostError("its code runs at full speed")

    session.set_lines(CELL, 2)
    session.run(CELL)
    session.adapter.is_running = True
    session.set_lines(CELL, 3)
    assert session.board.told == [("set_pauses", {session.checkpoint(CELL, 3): None})]
    session.board.set_pauses = busy
    assert [each["line"] for each in session.set_lines(CELL, 2)] == [2]


def test_a_board_that_cannot_be_debugged_says_why(session):
    session.board.why = CannotDebugError("it has too little memory")
    (made,) = session.set_lines(CELL, 2)
    assert made["verified"] is False
    assert made["message"] == "this board cannot be debugged: it has too little memory"


def test_a_breakpoint_that_moves_says_where_it_is(session):
    (made,) = session.set_lines(CELL, 1)
    assert (made["line"], made["verified"]) == (2, True)
    moved, lost = session.set_lines("x = 1\n\n# no\ny = 2\n\n", 2, {"line": 5})
    assert (moved["line"], moved["verified"]) == (4, True)
    assert (lost["line"], lost["verified"]) == (5, False)
    assert lost["message"]


# Going on


@pytest.mark.parametrize(
    ("command", "step"),
    [("continue", Step.CONTINUE), ("next", Step.NEXT), ("stepIn", Step.IN), ("stepOut", Step.OUT)],
)
def test_steps(session, command, step):
    assert session.request(command, threadId=1) is None
    stand(session)
    session.ask(command, threadId=THREADS[0])
    assert session.board.told[-1] == ("go", step)
    session.ask(command, threadId=3)  # as JupyterLab sends it after a reload
    session.adapter.stops.take(Continued())
    assert not session.request(command, threadId=THREADS[0])["success"]


def test_a_pause_stops_what_runs(session):
    session.adapter.is_running = True
    said = []
    session.adapter.on_vain_pause = said.append
    session.ask("pause", threadId=1)
    assert session.board.told == [("pause",)]
    assert said == []


def test_a_pause_that_finds_no_checkpoint_says_so(session):
    async def deaf():
        raise CommandLostError("its main thread is at no checkpoint")

    said = []
    session.adapter.is_running = True
    session.adapter.on_vain_pause = said.append
    session.board.pause = deaf
    assert not session.request("pause", threadId=1)["success"]
    assert said == ["this cell cannot be paused: its main thread is at no checkpoint\n"]


def test_a_pause_of_a_cell_without_checkpoints_says_why_not(session):
    said = []
    session.adapter.on_vain_pause = said.append
    assert not session.request("pause", threadId=1)["success"]
    assert session.board.told == []
    (text,) = said
    assert "breakpoint" in text
    assert session.run(CALL) == []


def test_a_pause_of_a_host_cell_is_debugpys(session):
    assert session.request("pause", threadId=1) is None


def test_a_pause_before_a_cell_stops_at_its_beginning(session):
    session.is_idle = True
    session.ask("pause", threadId=1)
    (plan,) = session.run(CALL)
    assert plan.stops
    assert session.run(CALL) == []


# What a real JupyterLab asks


def own(variables):
    """Variables of the cells; debugpy has rows for groups of others."""
    return [each for each in variables if not each["name"].endswith(" variables")]


class Replay:
    """Goes through what was recorded with ipykernel, and says for debugpy what a board says."""

    def __init__(self):
        self.session = Session()
        self.numbers = {}  # of ipykernel's frames and variables: ours
        self.rest = list(RECORDED)
        self.stack = []

    def run(self):
        while self.rest:
            message = self.rest.pop(0)
            if "request" in message:
                self.request(message["request"], message["reply"])
            elif message["event"]["event"] == "stopped":
                self.stop(message["event"]["body"])

    def next_reply(self, command):
        return next(
            each["reply"]["body"]
            for each in self.rest
            if "request" in each and each["request"]["command"] == command
        )

    def stop(self, body):
        if not self.stack:
            for path in ("1602617869", "153896578"):
                code = next(
                    each["request"]["arguments"]["code"]
                    for each in RECORDED
                    if "request" in each
                    and each["request"]["command"] == "dumpCell"
                    and path in each["reply"]["body"]["sourcePath"]
                )
                self.session.run(code)
        frames = self.next_reply("stackTrace")["stackFrames"]
        codes = self.session.cells.paths
        self.stack = [
            self.session.checkpoint(codes.code(frame["source"]["path"]), frame["line"])
            for frame in reversed(frames)
        ]
        self.session.stop(*self.stack, reason=body["reason"])
        assert self.session.event("stopped")["reason"] == body["reason"]

    def request(self, request, recorded):
        command, arguments = request["command"], dict(request.get("arguments", {}))
        self.session.host[command] = recorded.get("body")
        for name in ("frameId", "variablesReference"):
            if name in arguments:
                arguments[name] = self.numbers[arguments[name]]
        if command == "variables":
            self.script(recorded["body"]["variables"])
        ours = self.session.request(command, **arguments)
        if ours is None:
            assert command in {
                "initialize",
                "attach",
                "setExceptionBreakpoints",
                "inspectVariables",
                "disconnect",
            }
            return
        assert ours["success"] == recorded["success"]
        getattr(self, f"check_{command}", self.same)(ours.get("body"), recorded.get("body"))

    def script(self, variables):
        """The board says what the host's process said."""
        told = page(*[(each["name"], each["value"]) for each in own(variables)])
        for asked in [
            ("wide", "", 0),
            *[("local", len(self.stack) - 1, ("x", *more), 0) for more in ((), "y")],
        ]:
            self.session.board.pages[asked] = told

    def same(self, ours, recorded):
        assert (ours or None) == (recorded or None)

    def check_next(self, ours, recorded):
        assert ours == {}
        assert recorded is None

    check_stepOut = check_stepIn = check_next  # noqa: N815

    def check_continue(self, ours, recorded):
        assert ours.keys() == recorded.keys()

    def check_debugInfo(self, ours, recorded):  # noqa: N802
        assert ours.keys() == recorded.keys()
        for name in ours.keys() - {"breakpoints", "stoppedThreads"}:
            assert ours[name] == recorded[name]

    def check_setBreakpoints(self, ours, recorded):  # noqa: N802
        for mine, theirs in zip(ours["breakpoints"], recorded["breakpoints"], strict=True):
            assert mine.keys() - {"message"} == theirs.keys()
            assert (mine["source"], mine["verified"]) == (theirs["source"], theirs["verified"])

    def check_stackTrace(self, ours, recorded):  # noqa: N802
        assert ours.keys() == recorded.keys()
        for mine, theirs in zip(ours["stackFrames"], recorded["stackFrames"], strict=True):
            self.numbers[theirs["id"]] = mine["id"]
            assert mine.keys() == theirs.keys()
            assert [mine[name] for name in ("name", "line")] == [theirs[name] for name in ("name", "line")]
            assert mine["source"]["path"] == theirs["source"]["path"]

    def check_scopes(self, ours, recorded):
        for mine, theirs in zip(ours["scopes"], recorded["scopes"], strict=True):
            self.numbers[theirs["variablesReference"]] = mine["variablesReference"]
            assert {**mine, "variablesReference": 0} == {**theirs, "variablesReference": 0}

    def check_variables(self, ours, recorded):
        assert ours["variables"] == [
            {name: each[name] for name in ("name", "value", "type", "variablesReference", "evaluateName")}
            for each in own(recorded["variables"])
        ]


def test_jupyterlab_gets_for_a_board_what_it_gets_of_ipykernel():
    Replay().run()


def test_a_value_with_something_inside_is_unfolded(session):
    stand(session)
    session.board.pages[("local", 1, ("x",), 0)] = page(Variable("x", "list", 2, "[1, 2]", 3))
    session.board.pages[("children", 3, 0)] = page(("[0]", 1), ("[1]", 2))
    row = session.rows(session.scopes()["Locals"])["x"]
    assert list(session.rows(row["variablesReference"])) == ["[0]", "[1]"]


# Files of the board


def test_a_file_of_the_board_is_shown_and_stops(session):
    session.cells.table.traced.is_possible = True
    stand(session)
    session.stop(session.checkpoint(CALL, 1), ("lib/m.py", "double", "m", 2))
    frame = session.frames()[0]
    assert (frame["name"], frame["line"], frame["source"]["path"]) == ("double", 2, "board:lib/m.py")
    assert "no local variables" in session.rows(session.scopes()["Locals"])["(unknown)"]["value"]
    session.board.files["lib/m.py"] = CELL
    assert session.ask("source", source=frame["source"]) == {"content": CELL}
    made = session.ask("setBreakpoints", source=frame["source"], breakpoints=[{"line": 3}])["breakpoints"]
    assert [(each["line"], each["verified"]) for each in made] == [(3, True)]
    assert session.board.told.count(("file_text", "lib/m.py")) == 1
    assert ("lib/m.py", "double", "m", 3) in session.board.told[-1][1]
    session.stop(session.checkpoint(CALL, 1), ("lib/m.py", "double", "m", 3))
    assert session.event("stopped")["hitBreakpointIds"] == [made[0]["id"]]


def test_cells_that_ran_before_stop_where_the_firmware_traces_lines(session):
    session.set_lines(CELL, 2)
    assert session.cells.pauses() == {}
    session.cells.table.traced.is_possible = True
    assert session.cells.pauses() == {("<stdin>", "double", 1, 2): None}
    assert session.run(CALL)
