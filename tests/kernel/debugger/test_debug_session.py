"""Cells of a kernel on a real board that a frontend debugs."""

import asyncio
import queue
import threading
import time

import pytest

from iot_kernel.boards.origins import Origins
from iot_kernel.debugging.frontend.stops import THREADS
from iot_kernel.errors import ConnectionLostError, DeviceError, DeviceResetError
from iot_kernel.kernel.cell_io import CellIO
from iot_kernel.kernel.debugger.copied_modules import CopiedModules
from iot_kernel.kernel.debugger.debug_session import DebugSession
from iot_kernel.kernel.ran_cells import RanCode
from tests.debugging.frontend.scripted_debugger import PREFIX, SEED, SUFFIX, cut
from tests.device.tracing_board import TracingBoard
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

PATIENCE = 30.0  # s; a loaded machine

CELL = """\
def double(x):
    y = 2 * x
    return y
"""
CALL = "total = 0\nfor n in range(3):\n    total += double(n)\nprint('total', total)\ntotal"
INFO = {"hashMethod": "Murmur2", "hashSeed": SEED, "tmpFilePrefix": PREFIX, "tmpFileSuffix": SUFFIX}
HAS_OURS = "try: __iot_b__; print(True)\nexcept NameError: print(False)"


class Desk:
    """A session with an event loop of its own, a board, and cells that run beside the test."""

    def __init__(self, device):
        self.device = device
        self.loop = asyncio.new_event_loop()
        self.events = queue.Queue()
        self.origins = Origins()
        self.past = []
        self.session = DebugSession(self.loop, cut, self.events.put, CopiedModules(self), lambda: self.past)
        self.printed, self.notes = [], []
        self.value = self.error = self.cell = None
        self.count = 0
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    # What `CopiedModules` needs of the kernel's session

    @property
    def current(self):
        return self.device

    def origins_of(self, device):
        return self.origins

    # A frontend

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _host(self, request):
        return {"success": True, "body": dict(INFO)} if request["command"] == "debugInfo" else None

    def post(self, command, **arguments):
        request = {"seq": 1, "command": command, "arguments": arguments}
        return asyncio.run_coroutine_threadsafe(self.session.answer(request, self._host), self.loop)

    def request(self, command, **arguments):
        return self.post(command, **arguments).result(PATIENCE)

    def ask(self, command, **arguments):
        reply = self.request(command, **arguments)
        assert reply["success"], reply
        return reply["body"]

    def attach(self):
        self.ask("debugInfo")
        self.request("attach")

    def path(self, code):
        return self.session._cells.paths.path(code)

    def break_at(self, code, *lines):
        wanted = [line if isinstance(line, dict) else {"line": line} for line in lines]
        return self.ask("setBreakpoints", source={"path": self.path(code)}, breakpoints=wanted)["breakpoints"]

    def start(self, code):
        self.printed.clear()
        self.notes.clear()
        self.value = self.error = None
        self.count += 1
        options = dict.fromkeys(("on_begin", "on_survived"), lambda: None)
        cell = CellIO(
            code,
            self.printed.append,
            self.notes.append,
            self.hold,
            on_input=lambda _: None,
            number=None,
            name=f"In [{self.count}]",
            **options,
        )

        def run():
            try:
                for piece in cut(code):
                    self.value = self.session.run(self.device, piece, cell)
                    self.past.append(RanCode(piece.code, piece.line, 1))
            except Exception as error:
                self.error = error

        self.cell = threading.Thread(target=run)
        self.cell.start()

    def hold(self, event):
        assert event.wait(PATIENCE)

    def end(self):
        self.cell.join(PATIENCE)
        assert not self.cell.is_alive()
        if self.error is not None:
            raise self.error
        return "".join(self.printed), self.value

    def run(self, code):
        self.start(code)
        return self.end()

    def event(self, name):
        while True:
            event = self.events.get(timeout=PATIENCE)
            if event["event"] == name:
                return event["body"]

    def frames(self):
        return self.ask("stackTrace", threadId=THREADS[0])["stackFrames"]

    def stopped(self):
        """Waits until it stands; the lines and functions, the innermost first."""
        self.event("stopped")
        return [(frame["line"], frame["name"]) for frame in self.frames()]

    def variables(self, scope="Locals", frame=0):
        scopes = self.ask("scopes", frameId=self.frames()[frame]["id"])["scopes"]
        (number,) = [each["variablesReference"] for each in scopes if each["name"] == scope]
        rows = self.ask("variables", variablesReference=number)["variables"]
        return {row["name"]: row["value"] for row in rows}

    def go(self, command="continue"):
        return self.ask(command, threadId=THREADS[0])


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("debugged") / "board") as board, opened(board) as device:
        yield device


@pytest.fixture
def desk(device):
    """A session of the test's own, on the board of this module."""
    desk = Desk(device)
    yield desk
    if desk.cell is not None and desk.cell.is_alive():
        device.interrupt()
        desk.cell.join(PATIENCE)
    desk.close()


@pytest.fixture
def attached(desk):
    desk.attach()
    return desk


def test_a_cell_stops_is_looked_at_and_goes_on(attached):
    attached.break_at(CELL, 3)
    assert attached.run(CELL) == ("", None)
    attached.start(CALL)
    assert attached.stopped() == [(3, "double"), (3, "<module>")]
    assert attached.variables() == {"x": "0", "y": "0"}
    assert {"total": "0", "n": "0"}.items() <= attached.variables("Globals").items()
    attached.go("next")
    assert attached.stopped() == [(3, "<module>")]
    attached.break_at(CELL)
    attached.go()
    assert attached.end() == ("total 6\n", "6")
    attached.event("continued")
    assert not attached.request("stackTrace", threadId=THREADS[0])["success"]


def test_a_breakpoint_is_gone_before_the_request_behind_it_lets_the_code_go_on(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    attached.start(CALL)
    attached.stopped()
    attached.post("setBreakpoints", source={"path": attached.path(CELL)}, breakpoints=[])
    attached.post("continue", threadId=THREADS[0])
    assert attached.end() == ("total 6\n", "6")


def test_a_step_goes_on_behind_a_magic_of_the_same_cell(attached):
    code = "a = 1\n%info\nb = 2\n%info\nc = 3"
    attached.break_at(code, 1)
    attached.start(code)
    assert attached.stopped() == [(1, "<module>")]
    attached.go("next")
    assert attached.stopped() == [(3, "<module>")]
    attached.go()
    attached.end()


def test_a_step_that_ends_with_the_cell_stops_no_later_one(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    attached.start("double(4)")
    attached.stopped()
    attached.break_at(CELL)
    attached.go("stepIn")
    assert attached.end() == ("", "8")
    assert attached.run("double(5)") == ("", "10")


HELPER = "def helper(x):\n    z = double(x) + 1\n    return z\n"


def test_functions_of_cells_that_ran_before_the_debugger_was_switched_on_stop(desk):
    for cell in (CELL, HELPER, "triple = 3"):
        desk.run(cell)
    desk.attach()
    for cell in (CELL, HELPER):
        desk.path(cell)  # which is known once the frontend has dumped it
    (made,) = desk.break_at(CELL, 3)
    assert (made["verified"], "message" in made) == (True, False)
    desk.start("helper(4)")
    assert desk.stopped() == [(3, "double"), (2, "helper"), (1, "<module>")]
    assert desk.variables(frame=1) == {"x": "4"}
    desk.go()
    assert desk.end() == ("", "9")


def test_functions_that_cannot_get_checkpoints_are_told(desk):
    wrapped = "def wrap(f): return f\n@wrap\ndef inner(x):\n    return x\n"
    for cell in (CELL, wrapped, "double = len"):
        desk.run(cell)
    desk.attach()
    (made,) = desk.break_at(CELL, 3)
    assert "run its cell again" in made["message"]
    first, second = desk.break_at(wrapped, 1, 4)
    assert ("message" in first, "message" in second) == (False, True)
    desk.break_at(wrapped, 4)
    desk.run("inner(1)")
    assert desk.notes == [
        "no breakpoint stops inner: the board has it without breakpoints; run its cell again\n"
    ]
    desk.run(wrapped)
    assert desk.notes == []
    assert "message" not in desk.break_at(wrapped, 4)[0]


def test_a_function_that_is_another_one_by_now_is_told(desk):
    desk.run(CELL)
    desk.device.exec("double = len")  # unseen
    desk.attach()
    desk.break_at(CELL, 3)
    assert desk.run("double('ab')") == ("", "2")
    assert desk.notes == ["no breakpoint stops double: it is another one by now. Run its cell again\n"]


def test_values_are_set_and_copied_to_the_globals(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    attached.start("double(4)")
    attached.stopped()
    frame = attached.frames()[0]["id"]
    assert attached.ask("evaluate", expression="y + 1", frameId=frame)["result"] == "9"
    attached.ask("evaluate", expression="y = 50", frameId=frame)
    attached.ask("copyToGlobals", srcVariableName="x", dstVariableName="x", srcFrameId=frame)
    assert attached.variables() == {"x": "4", "y": "50"}
    attached.go()
    assert attached.end() == ("", "50")
    assert attached.run("x") == ("", "4")


def test_a_board_gets_nothing_before_a_cell_needs_it(tmp_path):
    with kinds.unix(tmp_path / "board") as board, opened(board) as device:
        desk = Desk(device)
        assert desk.run(HAS_OURS) == ("False\n", None)
        desk.attach()
        assert desk.run(HAS_OURS) == ("False\n", None)
        desk.break_at(CELL, 2)
        desk.run(CELL)
        assert desk.run(HAS_OURS) == ("True\n", None)
        device.soft_reset()
        assert desk.run(HAS_OURS) == ("False\n", None)
        desk.run(CELL)
        desk.start("double(1)")
        assert desk.stopped() == [(2, "double"), (1, "<module>")]
        board.kill()
        with pytest.raises(ConnectionLostError):
            desk.end()
        desk.event("continued")
        device.reopen()
        desk.run(CELL)
        desk.start("double(1)")
        assert desk.stopped()[0] == (2, "double")
        desk.go()
        assert desk.end() == ("", "2")
        desk.close()


def test_a_reset_by_the_cell_ends_it_and_the_next_one_stops(attached):
    attached.break_at(CELL, 2)
    with pytest.raises(DeviceResetError):
        attached.run("import machine\nbreakpoint() if 0 else machine.reset()")
    attached.run(CELL)
    attached.start("double(1)")
    assert attached.stopped()[0] == (2, "double")
    attached.go()
    attached.end()


def test_a_board_that_has_lost_its_side_unseen_gets_it_again(attached):
    attached.break_at(CELL, 2)
    attached.run(CELL)
    attached.run("import builtins\ndel builtins.__iot_d__")
    attached.break_at(CELL, 3)
    attached.start("double(1)")
    assert attached.stopped()[0] == (3, "double")
    attached.go()
    attached.end()


def test_code_stops_itself(attached):
    attached.start("a = 1\nbreakpoint()\nb = 2")
    assert attached.stopped() == [(3, "<module>")]
    attached.go()
    assert attached.end() == ("", None)


def test_the_stop_button_ends_a_cell_that_stands(attached):
    attached.start("breakpoint()\nb = 2")
    attached.stopped()
    attached.device.interrupt()
    with pytest.raises(DeviceError, match="KeyboardInterrupt"):
        attached.end()
    attached.event("continued")
    assert attached.run("6 * 7") == ("", "42")


def test_disconnecting_lets_go(attached):
    attached.break_at(CELL, 2)
    attached.run(CELL)
    attached.start(CALL)
    attached.stopped()
    attached.request("disconnect")
    assert attached.end() == ("total 6\n", "6")
    assert attached.run(CALL) == ("total 6\n", "6")


def test_functions_that_stop_themselves_go_on_when_nobody_debugs(attached):
    attached.run("def f():\n    breakpoint()\n    return 5")
    attached.request("disconnect")
    assert attached.run("f()") == ("", "5")


def test_conditions_and_log_messages(attached):
    attached.break_at(CELL, {"line": 2, "logMessage": "x is {x}"}, {"line": 3, "condition": "y == 4"})
    attached.run(CELL)
    attached.start(CALL)
    said = ""
    while said.count("\n") < 3:
        said += attached.event("output")["output"]
    assert said == "x is 0\nx is 1\nx is 2\n"
    attached.event("stopped")
    assert attached.variables() == {"x": "2", "y": "4"}
    attached.go()
    attached.end()


def test_a_log_message_in_a_hot_loop_does_not_flood_the_frontends(attached):
    code = "def f(n):\n    for i in range(n):\n        i + 1\nf(1000)"
    attached.break_at(code, {"line": 3, "logMessage": "{i}"})
    attached.start(code)
    said = []
    while sum(text.count("\n") for text in said) < 1000:
        said.append(attached.event("output")["output"])
    assert "".join(said) == "".join(f"{i}\n" for i in range(1000))
    assert len(said) < 100
    attached.end()


def test_an_error_that_nobody_catches_can_be_looked_at(attached):
    attached.request("setExceptionBreakpoints", filters=["uncaught"])
    attached.start("def f(q):\n    w = q + 1\n    1 / 0\nf(3)")
    body = attached.event("stopped")
    assert (body["reason"], body["text"].split(":")[0]) == ("exception", "ZeroDivisionError")
    assert attached.notes == ["ZeroDivisionError: divide by zero; the cell stands where it was raised\n"]
    assert [(frame["line"], frame["name"]) for frame in attached.frames()] == [(3, "f"), (4, "<module>")]
    assert attached.variables() == {"q": "3", "w": "4"}
    attached.go()
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        attached.end()
    attached.start("1 / 0")
    attached.event("stopped")
    attached.session._board.held.set()  # as the stop button does
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        attached.end()


def test_a_function_that_has_ended_before_an_error_is_none_of_its_frames(attached):
    attached.request("setExceptionBreakpoints", filters=["uncaught"])
    attached.start("def f(q):\n    w = q\n    return w\n1 / f(0)")
    attached.event("stopped")
    assert [(frame["line"], frame["name"]) for frame in attached.frames()] == [(4, "<module>")]
    attached.go()
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        attached.end()


def test_a_followed_cell_can_be_paused(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    attached.start(
        "import time\ni = 0\nwhile i < 1000:\n    i += 1\n    time.sleep(0.01)\n    double if 0 else 1"
    )
    while not attached.session._adapter.is_running:
        time.sleep(0.01)
    attached.ask("pause", threadId=1)
    assert attached.stopped()[0][1] == "<module>"
    frame = attached.frames()[0]["id"]
    attached.ask("evaluate", expression="i = 1000", frameId=frame)
    attached.go()
    attached.end()


@pytest.mark.parametrize("elsewhere", [(), (2,)])
def test_a_cell_without_checkpoints_says_that_it_cannot_be_paused(attached, elsewhere):
    attached.break_at(CELL, *elsewhere)
    attached.run(CELL)
    attached.start("import time\nfor _ in range(1000):\n    time.sleep(0.01)")
    while attached.session._adapter.on_vain_pause is None:
        time.sleep(0.01)
    reply = attached.request("pause", threadId=1)
    attached.device.interrupt()
    with pytest.raises(DeviceError, match="KeyboardInterrupt"):
        attached.end()
    assert not reply["success"]
    assert ["cannot be paused: its code has no checkpoints" in note for note in attached.notes] == [True]
    assert attached.session._adapter.on_vain_pause is None


def test_a_breakpoint_set_while_a_cell_runs_stops_it(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    code = "import time\ni = 0\nwhile i < 1000:\n    i += 1\n    time.sleep(0.01)\n    double if 0 else 1"
    attached.start(code)
    while not attached.session._adapter.is_running:
        time.sleep(0.01)
    attached.break_at(code, 5)
    assert attached.stopped() == [(5, "<module>")]
    attached.ask("evaluate", expression="i = 1000", frameId=attached.frames()[0]["id"])
    attached.break_at(code)
    attached.go()
    attached.end()


#: Prints µs for a loop, the least of many.
TIMED = """\
import time
def loop(a, b, x):
    for i in range(500):
        a = b
        b = x
        x = i
    return a
times = []
for _ in range(40):
    begun = time.ticks_us()
    loop(1, 2, 3)
    times.append(time.ticks_diff(time.ticks_us(), begun))
print(min(times))
'the end'
"""


def test_what_does_not_stop_costs_little_in_a_cell_with_a_breakpoint(attached):
    plain = int(attached.run(TIMED)[0])
    attached.break_at(TIMED, {"line": 14, "condition": "False"})
    checked = int(attached.run(TIMED)[0])
    attached.request("setExceptionBreakpoints", filters=["uncaught"])
    followed = int(attached.run(TIMED)[0])
    assert 5 * (checked - plain) < followed - plain


def test_another_thread_stands_while_cells_run(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    attached.run("import _thread\ndone = []\n_thread.start_new_thread(lambda: done.append(double(4)), ())")
    thread = attached.event("stopped")["threadId"]
    assert thread == THREADS[1]
    attached.break_at(CELL)
    assert attached.run("len(done)") == ("", "0")
    frames = attached.ask("stackTrace", threadId=thread)["stackFrames"]
    assert [(frame["line"], frame["name"]) for frame in frames] == [(3, "double")]
    assert attached.ask("evaluate", expression="y", frameId=frames[0]["id"])["result"] == "8"
    attached.ask("continue", threadId=thread)
    attached.event("continued")
    assert attached.run("import time\nwhile not done: time.sleep(0.01)\ndone") == ("", "[8]")


def test_closing_lets_a_thread_go_that_stands(attached):
    attached.break_at(CELL, 3)
    attached.run(CELL)
    attached.run("import _thread\ndone = []\n_thread.start_new_thread(lambda: done.append(double(4)), ())")
    attached.event("stopped")
    asyncio.run_coroutine_threadsafe(attached.session.close(), attached.loop).result(PATIENCE)
    waits = "import time\nwhile not done: time.sleep(0.01)\nprint(done, double(5))"
    assert attached.device.exec(waits, timeout=PATIENCE) == "[8] 10\n"


def test_what_is_left_alone_is_said(attached):
    attached.break_at("@micropython.native\ndef fast(x):\n    return x\nfast(1)", 4)
    attached.start("@micropython.native\ndef fast(x):\n    return x\nfast(1)")
    assert attached.stopped() == [(4, "<module>")]
    attached.go()
    attached.end()
    assert attached.notes == [
        "no breakpoint stops fast (line 2): functions with @micropython.native cannot be stopped\n"
    ]


def test_a_board_that_cannot_be_debugged_says_why_once(attached, monkeypatch):
    attached.break_at(CELL, 2)
    monkeypatch.setattr(type(attached.device), "platform", "webassembly")
    attached.run(CELL)
    (note,) = attached.notes
    assert "cannot be debugged" in note
    assert attached.run(CALL) == ("total 6\n", "6")
    assert attached.notes == []
    monkeypatch.undo()
    assert "WebAssembly" in str(attached.session.why_not())  # as it was found out
    (made,) = attached.break_at(CELL, 2)
    assert "WebAssembly" in made["message"]
    attached.device.soft_reset()
    assert attached.session.why_not() is None
    attached.break_at(CELL, 2)
    attached.run(CELL)
    attached.start("double(1)")
    attached.stopped()
    attached.go()
    attached.end()


def test_another_board_gets_its_own_side(attached, tmp_path):
    attached.break_at(CELL, 2)
    attached.run(CELL)
    first = attached.device
    with kinds.unix(tmp_path / "other") as board, opened(board) as attached.device:
        attached.run(CELL)
        attached.start("double(1)")
        assert attached.stopped()[0] == (2, "double")
        attached.go()
        assert attached.end() == ("", "2")
    attached.device = first
    attached.start("double(1)")
    assert attached.stopped()[0] == (2, "double")
    attached.go()
    attached.end()


@pytest.fixture
def tracing(tmp_path):
    """A desk with a board whose firmware traces lines."""
    (tmp_path / "motor.py").write_text(CELL)
    board = TracingBoard(tmp_path)
    desk = Desk(board)
    yield desk
    if desk.cell is not None and desk.cell.is_alive():
        board.interrupt()
        desk.cell.join(PATIENCE)
    desk.close()
    board.close()


def test_a_cell_that_ran_before_anybody_debugged_stops_where_lines_are_traced(tracing):
    tracing.run(CELL)
    tracing.attach()
    (made,) = tracing.break_at(CELL, 2)
    assert made["verified"]
    assert "message" not in made
    tracing.start("total = double(4)\nprint(total)\n")
    assert tracing.stopped() == [(2, "double"), (1, "<module>")]
    assert tracing.frames()[0]["source"]["path"] == tracing.path(CELL)
    (made,) = tracing.break_at(CELL, 2)
    assert "message" not in made
    tracing.go("stepOut")
    assert tracing.stopped() == [(2, "<module>")]
    tracing.go()
    assert tracing.end()[0] == "8\n"


def test_a_cell_that_ran_before_anybody_debugged_is_stepped_into(tracing):
    tracing.run(CELL)
    tracing.attach()
    code = "total = double(4)\nprint(total)\n"
    tracing.break_at(code, 1)
    tracing.start(code)
    tracing.stopped()
    tracing.go("stepIn")
    assert tracing.stopped() == [(2, "double"), (1, "<module>")]
    tracing.go()
    tracing.end()


def test_a_file_of_the_board_is_stepped_into_and_gets_breakpoints(tracing):
    tracing.attach()
    code = "import motor\nmotor.double(1)\nmotor.double(2)\n"
    tracing.break_at(code, 2)
    tracing.start(code)
    tracing.stopped()
    tracing.go("stepIn")
    assert tracing.stopped() == [(2, "double"), (2, "<module>")]
    source = tracing.frames()[0]["source"]
    assert tracing.ask("source", source=source)["content"] == CELL
    tracing.ask("setBreakpoints", source=source, breakpoints=[{"line": 3}])
    for line in (2, 3):
        tracing.go()
        assert tracing.stopped() == [(3, "double"), (line, "<module>")]
    tracing.go()
    tracing.end()


def test_an_error_in_a_cell_that_ran_before_can_be_looked_at(tracing):
    broken = "def broken(n):\n    n += 1\n    return 1 / (n - 5)\n"
    tracing.run(broken)
    tracing.attach()
    tracing.break_at(broken, 2)
    tracing.request("setExceptionBreakpoints", filters=["uncaught"])
    tracing.start("broken(4)\n")
    assert tracing.stopped() == [(2, "broken"), (1, "<module>")]
    tracing.go()
    assert tracing.stopped() == [(3, "broken"), (1, "<module>")]
    tracing.go()
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        tracing.end()
