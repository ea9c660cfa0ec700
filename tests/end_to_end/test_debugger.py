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


def test_a_panel_lists_the_variables_of_the_board(board, debugger):
    board.run("many = list(range(12000))\nclass P: pass\np = P()\np.x = 5")
    rows = {row["name"]: row for row in debugger.ask("inspectVariables")["variables"]}
    assert rows["many"]["value"] == "[0, 1, 2, 3, …] 12,000 items"
    below = debugger.ask("variables", variablesReference=rows["p"]["variablesReference"])["variables"]
    assert [(row["name"], row["value"]) for row in below] == [("x", "5")]
    assert "0     int   0" in debugger.ask("richInspectVariables", variableName="many")["data"]["text/plain"]
    board.run("%%host\nmine = 1")
    rows = {row["name"]: row for row in debugger.ask("inspectVariables")["variables"]}
    reference = rows["(%%host)"]["variablesReference"]
    hosts = debugger.ask("variables", variablesReference=reference)["variables"]
    assert {row["name"]: row["value"] for row in hosts}["mine"] == "1"


def test_while_a_cell_runs_the_panel_shows_what_was_there_before(board, debugger):
    board.run("before = 1")
    debugger.ask("inspectVariables")
    request = board.send("import time\nprint('begun')\nbehind = 2\nwhile True: time.sleep(0.01)")
    board.wait_for("begun", request)
    names = {row["name"] for row in debugger.ask("inspectVariables")["variables"]}
    assert "before" in names
    assert "behind" not in names
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"
    assert "behind" in {row["name"] for row in debugger.ask("inspectVariables")["variables"]}
