"""JupyterLab's variables panel through whole kernels, as its requests see it."""

import re

import pytest

from tests.end_to_end.debugger import Debugger
from tests.end_to_end.notebook import Notebook, eventually

pytestmark = pytest.mark.board

CELL = """\
from array import array
many = list(range(12000))
raw = bytes(range(40))
levels = array('H', range(300))
limits = {'low': 18.5}
name = 'greenhouse' * 12
class P: pass
p = P()
p.x = 5
"""
VALUES = {
    "many": ("list (12,000)", "[0, 1, 2, 3, …] 12,000 items"),
    "levels": ("array (300)", "array('H', [0, 1, 2, 3, …]) 300 items"),
    "limits": ("dict (1)", "{'low': 18.5}"),
    "name": ("str", f"'{'greenhouse' * 8}'… 120 characters"),
    "p": ("P", "P(x=5)"),
    "P": ("type", "P"),
}


class Log:
    """The log of a kernel: each line about a board's wire."""

    def __init__(self, file):
        self._file = file

    def sent(self):
        """How often something was sent to the board."""
        return len(re.findall(r"iot_kernel\.wire: \S+ <- ", self._file.read_text()))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return Log(tmp_path_factory.mktemp("log") / "kernel.log")


@pytest.fixture(scope="module")
def notebook(log):
    with log._file.open("wb") as file, Notebook("iot", stderr=file) as notebook:
        notebook.run("%loglevel iot_kernel.wire DEBUG")
        notebook.connect("panel")
        yield notebook


@pytest.fixture(scope="module")
def panel(notebook):
    """It asks for ``debugInfo`` once, as JupyterLab does when a notebook is opened; nothing is attached."""
    panel = Debugger(notebook)
    panel.ask("debugInfo")
    return panel


def rows(panel, reference=None):
    if reference is None:
        found = panel.ask("inspectVariables")["variables"]
    else:
        found = panel.ask("variables", variablesReference=reference)["variables"]
    return {row["name"]: row for row in found}


def shown(panel, name):
    return panel.ask("richInspectVariables", variableName=name)["data"]


def test_while_no_panel_is_open_a_cell_sends_the_board_nothing_but_itself(notebook, log):
    notebook.run("1")
    Debugger(notebook).ask("debugInfo")  # JupyterLab asks it of each notebook
    before = log.sent()
    notebook.run("pass")
    assert log.sent() == before + 1


def test_it_lists_the_board_s_variables_and_one_request_does(notebook, panel, log):
    notebook.run(CELL)
    before = log.sent()
    found = rows(panel)
    assert 1 <= log.sent() - before <= 30  # one question, in bursts
    assert {name: (found[name]["type"], found[name]["value"]) for name in VALUES} == VALUES
    below = rows(panel, found["p"]["variablesReference"])
    assert [(row["name"], row["value"]) for row in below.values()] == [("x", "5")]
    many = rows(panel, found["many"]["variablesReference"])
    assert (len(many), many["…"]["value"]) == (101, "11,900 more")
    assert rows(panel, many["…"]["variablesReference"])["100"]["value"] == "100"


def test_after_a_cell_it_lists_what_there_is_then(notebook, panel):
    notebook.run("fresh = 1")
    assert rows(panel)["fresh"]["value"] == "1"
    notebook.run("fresh = 2; del limits")
    found = rows(panel)
    assert found["fresh"]["value"] == "2"
    assert "limits" not in found
    notebook.run("limits = {'low': 18.5}")


def test_bytes_and_arrays_are_tables_where_they_are_shown_alone(panel):
    rows(panel)
    raw = shown(panel, "raw")
    assert "20 21 22 23 24 25 26 27" in raw["text/plain"]
    assert "<td" in raw["text/html"]
    assert "290" not in shown(panel, "levels")["text/plain"]
    assert "… 200 more" in shown(panel, "levels")["text/plain"]


@pytest.mark.parametrize(
    "name, line",
    [
        ("many", "0     int   0"),
        ("limits", "'low'  float  18.5"),
        ("p", "x     int   5"),
        ("name", f"'{'greenhouse' * 12}'"),
        ("P", "P: type"),
    ],
)
def test_anything_can_be_shown_alone(panel, name, line):
    assert line in shown(panel, name)["text/plain"].splitlines()


def test_whos_and_frames_say_the_same(notebook, panel):
    table = notebook.run("%whos").text()
    lines = {line.split()[0]: line for line in table.splitlines()[1:]}
    for name, (_, value) in VALUES.items():
        assert lines[name].endswith(f" {value}")
    debugger = Debugger(notebook)
    debugger.attach()
    cell = "def f():\n    return 1\nf()"
    debugger.break_at(cell, 2)
    request = notebook.send(cell)
    (inner, _) = debugger.stack()
    scopes = {scope["name"]: scope for scope in debugger.ask("scopes", frameId=inner["id"])["scopes"]}
    found = rows(debugger, scopes["Globals"]["variablesReference"])
    told = {name: (found[name]["type"], found[name]["value"]) for name in VALUES}
    levels = debugger.ask("richInspectVariables", variableName="levels", frameId=inner["id"])["data"]
    debugger.break_at(cell)
    debugger.go()
    assert notebook.finish(request).status == "ok"
    assert told == VALUES
    assert "array, 300 items" in levels["text/plain"]
    assert "<td" in levels["text/html"]
    debugger.ask("disconnect", restart=False)


def test_host_variables_are_a_row_and_a_scope_of_frames(notebook, panel):
    assert "(%%host)" not in rows(panel)
    notebook.run("%%host\nmine = 1")
    reference = rows(panel)["(%%host)"]["variablesReference"]
    assert rows(panel, reference)["mine"]["value"] == "1"
    assert "1" in str(panel.ask("richInspectVariables", variableName="mine")["data"])
    debugger = Debugger(notebook)
    debugger.attach()
    cell = "a = 1\nb = 2"
    debugger.break_at(cell, 2)
    request = notebook.send(cell)
    (frame,) = debugger.stack()
    scopes = {scope["name"]: scope for scope in debugger.ask("scopes", frameId=frame["id"])["scopes"]}
    assert list(scopes) == ["Locals", "Globals", "%%host"]
    assert rows(debugger, scopes["%%host"]["variablesReference"])["mine"]["value"] == "1"
    debugger.go()
    assert notebook.finish(request).status == "ok"
    debugger.ask("disconnect", restart=False)


def test_while_a_cell_runs_it_shows_what_was_there_before_and_asks_nothing(notebook, panel, log):
    notebook.run("before = 1")
    rows(panel)
    request = notebook.send("import time\nprint('begun')\nbehind = 2\nwhile True: time.sleep(0.01)")
    notebook.wait_for("begun", request)
    sent = log.sent()
    found = rows(panel)
    assert shown(panel, "many")["text/plain"].splitlines()[-1] == "\x1b[2mbusy\x1b[0m"
    assert log.sent() == sent
    assert "before" in found
    assert "behind" not in found
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).ename == "KeyboardInterrupt"
    assert "behind" in rows(panel)


def test_unplugged_and_disconnected(notebook, panel, unix):
    assert notebook.run(f"%connect {unix.url}\nkept = 1").status == "ok"
    assert "kept" in rows(panel)
    unix.kill()
    assert eventually(lambda: any(row["value"] == "not connected" for row in rows(panel).values()))
    found = rows(panel)
    assert found["kept"]["value"] == "1"  # what it has told last
    notebook.run("%disconnect")
    assert not {"kept", "many"} & set(rows(panel))
    assert panel.request("richInspectVariables", variableName="kept")["type"] == "response"
    notebook.connect("panel")


def test_a_notebook_of_the_host_lists_its_own_and_the_board_s_as_one_row(ucore):
    ucore.run("mine = 1\nboth = 'here'")
    ucore.run("%%ucore\ntheirs = [1, 2]\nboth = 'there'")
    panel = Debugger(ucore)
    found = rows(panel)
    assert found["mine"]["value"] == "1"
    assert "theirs" not in found
    (board,) = [row for name, row in found.items() if row["value"] == "the board"]
    assert rows(panel, board["variablesReference"])["theirs"]["value"] == "[1, 2]"
    assert "list, 2 items" in shown(panel, "theirs")["text/plain"]
    assert "here" in shown(panel, "both")["text/plain"]
    ucore.run("%disconnect")
    assert "the board" not in {row["value"] for row in rows(panel).values()}


def test_board_cells_of_such_a_notebook_stop_at_breakpoints(ucore):
    ucore.connect("ucore")
    debugger = Debugger(ucore)
    debugger.attach()
    cell = "%%ucore\ndef double(x):\n    y = 2 * x\n    return y\ndouble(4)"
    debugger.break_at(cell, 4)
    request = ucore.send(cell)
    frames = debugger.stack()
    assert [(frame["name"], frame["line"]) for frame in frames] == [("double", 4), ("<module>", 5)]
    assert debugger.variables(frames[0]) == {"x": "4", "y": "8"}
    debugger.go()
    assert ucore.finish(request).status == "ok"
