"""The debugger of host cells: a breakpoint in a cell that begins with ``%%host``."""

import pytest

from tests.end_to_end.debugger import Debugger

CELL = """%%host
def double(x):
    y = 2 * x
    return y
double(21)
"""


@pytest.fixture
def debugger(board):
    board.run("%%host\n1")
    debugger = Debugger(board)
    debugger.ask("initialize", clientID="test", adapterID="", pathFormat="path")
    debugger.ask("attach")
    yield debugger
    debugger.ask("disconnect", restart=False, terminateDebuggee=False)


def test_a_breakpoint_stops_a_host_cell_and_the_board_goes_on(board, debugger):
    path = debugger.ask("dumpCell", code=CELL)["sourcePath"]
    debugger.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": 4}], sourceModified=False)
    debugger.ask("configurationDone")
    request = board.send(CELL)
    stopped = debugger.wait_for("stopped")
    frame = debugger.ask("stackTrace", threadId=stopped["threadId"])["stackFrames"][0]
    assert (frame["name"], frame["line"]) == ("double", 4)
    assert frame["source"]["path"] == path
    (scope, *_) = debugger.ask("scopes", frameId=frame["id"])["scopes"]
    variables = debugger.ask("variables", variablesReference=scope["variablesReference"])["variables"]
    assert {v["name"]: v["value"] for v in variables if v["name"] in "xy"} == {"x": "21", "y": "42"}
    debugger.ask("continue", threadId=stopped["threadId"])
    cell = board.finish(request)
    assert cell.result == "42"
    assert "Debugger warning" not in cell.text("stderr")
    assert board.run("6 * 7").result == "42"


def test_an_interrupt_never_waits_for_the_debugger(board, debugger):
    path = debugger.ask("dumpCell", code=CELL)["sourcePath"]
    debugger.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": 4}], sourceModified=False)
    debugger.ask("configurationDone")
    request = board.send(CELL)
    stopped = debugger.wait_for("stopped")
    assert debugger.ask("debugInfo")["stoppedThreads"]
    debugger.ask("continue", threadId=stopped["threadId"])
    assert board.finish(request).status == "ok"
