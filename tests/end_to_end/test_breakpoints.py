"""Breakpoints in board cells, through a whole kernel; and how all that ends what stands at one."""

import os
import signal

import pytest

from tests.end_to_end.debugger import Debugger
from tests.end_to_end.notebook import TIMEOUT, Notebook
from tests.opened import opened

pytestmark = pytest.mark.board

CELL = """\
def double(x):
    y = 2 * x

    return y
"""
CALL = "total = 0\nfor n in range(3):\n    total += double(n)\ntotal"
MOTOR = "def spin(n):\n    angle = n * STEP\n    return angle\nSTEP = 90\n"
HOST = "%%host\ndef halve(x):\n    return x / 2\nhalve(84)"


@pytest.fixture(scope="module")
def attached(board):
    board.run("%%host\n1")
    debugger = Debugger(board)
    debugger.attach()
    return debugger


@pytest.fixture
def debugger(attached):
    yield attached
    attached.break_at(CELL)


def test_a_cell_stops_where_a_breakpoint_is_and_goes_on(board, debugger):
    path = debugger.break_at(CELL, 3)
    info = debugger.ask("debugInfo")
    assert {"source": path, "breakpoints": [{"line": 4}]} in info["breakpoints"]
    assert board.run(CELL).status == "ok"
    request = board.send(CALL)
    inner, outer = debugger.stack()
    assert (inner["name"], inner["line"], inner["source"]["path"]) == ("double", 4, path)
    assert (outer["name"], outer["line"]) == ("<module>", 3)
    assert debugger.ask("source", source=inner["source"])["content"] == CELL
    assert debugger.variables(inner) == {"x": "0", "y": "0"}
    debugger.ask("evaluate", expression="y = 20", frameId=inner["id"], context="repl")
    debugger.go("next")
    (frame,) = debugger.stack()
    assert frame["name"] == "<module>"
    assert debugger.variables(frame, "Globals")["total"] == "20"
    debugger.break_at(CELL)
    debugger.go()
    cell = board.finish(request)
    assert (cell.result, cell.status) == ("26", "ok")
    assert board.run(CALL).result == "6"


def test_other_cells_wait_behind_one_that_stands_and_the_variables_panel_does_not(board, debugger):
    debugger.break_at(CELL, 2)
    board.run(CELL)
    requests = [board.send(code) for code in (CALL, "%ls", "7 * 6")]
    debugger.stack()
    debugger.ask("inspectVariables")
    debugger.break_at(CELL)
    debugger.go()
    cells = [board.finish(request) for request in requests]
    assert [(cell.status, cell.result) for cell in cells] == [("ok", "6"), ("ok", None), ("ok", "42")]


def test_one_session_serves_cells_of_the_host_as_well(board, debugger):
    path = debugger.break_at(HOST, 3)
    debugger.ask("configurationDone")
    request = board.send(HOST)
    frame = debugger.stack()[0]
    assert (frame["name"], frame["line"], frame["source"]["path"]) == ("halve", 3, path)
    debugger.go()
    assert board.finish(request).result == "42.0"


def test_the_stop_button_ends_what_stands(board, debugger):
    debugger.break_at(CELL, 2)
    board.run(CELL)
    request = board.send(CALL)
    debugger.stack()
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"
    assert not debugger.request("stackTrace", threadId=debugger.thread)["success"]
    debugger.break_at(CELL)
    assert board.run("double(21)").result == "42"


def test_lines_behind_magics_and_in_cells_for_the_board(board, debugger):
    for code, line in (("%lsmagic\nx = 1\ny = 2", 3), ("%%ucore\nx = 1\ny = 2", 3)):
        debugger.break_at(code, line)
        request = board.send(code)
        (frame,) = debugger.stack()
        assert frame["line"] == line
        debugger.go()
        assert board.finish(request).status == "ok"


def test_after_an_error_its_variables_are_there(board, debugger):
    debugger.ask("setExceptionBreakpoints", filters=["uncaught"])
    request = board.send("def f(q):\n    1 / q\nf(0)")
    assert debugger.variables(debugger.stack()[0]) == {"q": "0"}
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "ZeroDivisionError"
    debugger.ask("setExceptionBreakpoints", filters=[])


def test_a_module_that_was_copied_here_stops_and_its_file_stays(board, debugger, tmp_path):
    path = tmp_path / "src" / "motor.py"
    path.parent.mkdir()
    path.write_text(MOTOR)
    board.run(f"%cp -r {path.parent} :/lib")
    listed = board.run("%ls -r :/lib").text()
    # the panel of sources, one of them opened, a click in its margin
    rows = {row["name"]: row["path"] for row in debugger.ask("modules")["modules"]}
    source = {"path": rows["motor (board)"]}
    assert debugger.ask("source", source=source, sourceReference=0)["content"] == MOTOR
    debugger.ask("setBreakpoints", source=source, breakpoints=[{"line": 2}], sourceModified=False)
    debugger.ask("configurationDone")
    request = board.send("import motor\nmotor.spin(3)")
    inner, outer = debugger.stack()
    assert (inner["name"], inner["line"], inner["source"]["path"]) == ("spin", 2, str(path))
    assert (outer["name"], outer["line"]) == ("<module>", 2)
    assert debugger.variables(inner) == {"n": "3"}
    assert debugger.variables(inner, "Globals")["STEP"] == "90"
    debugger.go("next")
    assert debugger.stack()[0]["line"] == 3
    debugger.go()
    assert board.finish(request).result == "270"
    assert board.run("%ls -r :/lib").text() == listed
    assert board.run("%cat :/lib/motor.py").text() == MOTOR
    debugger.ask("setBreakpoints", source=source, breakpoints=[])
    error = board.run("motor.spin(None)").error
    assert 'File "/lib/motor.py", line 2, in spin' in error
    assert f"{path}, line 2, in spin" in error


def test_a_kernel_that_is_killed_leaves_the_boards_files(webrepl, monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_WEBREPL_PASSWORD", webrepl.password)
    for name in ("motor", "robot"):
        (tmp_path / f"{name}.py").write_text(MOTOR)
    with Notebook("iot") as notebook:
        notebook.run(f"%connect {webrepl.url}")
        notebook.run(f"%cp {tmp_path}/motor.py {tmp_path}/robot.py :/lib/")
        notebook.run("%%host\n1")
        debugger = Debugger(notebook)
        debugger.attach()
        for name in ("motor", "robot"):  # robot waits for its import
            source = {"path": str(tmp_path / f"{name}.py")}
            debugger.ask("setBreakpoints", source=source, breakpoints=[{"line": 2}])
        notebook.send("import motor\nmotor.spin(1)")
        debugger.stack()
        os.kill(notebook.pid, signal.SIGKILL)
    with opened(webrepl) as device:
        assert device.exec("import os; print([path for _, path in os.mount()])") == "['/']\n"
        assert [device.files.read(f"/lib/{name}.py").decode() for name in ("motor", "robot")] == [MOTOR] * 2
        device.files.write_files({"/lib/robot.py": b"new = 1\n"})


def test_a_restart_of_the_kernel_ends_what_stands(board, attached):
    board.send("breakpoint()\nx = 1\n")
    attached.stack()
    board.manager.restart_kernel()
    board.client.wait_for_ready(timeout=TIMEOUT)
    board.connect("iot")
    assert board.run("6 * 7").result == "42"
