"""What VS Code's Jupyter extension sends to a kernel, in the order in which it does.

By its source of July 2026: of a kernel whose language is not "python" it asks no variables, and sends no
startup code. What it sends to any kernel is replayed here: the opening, completion and hover, the question
whether debugging is possible, its debugger, and the removal of files behind that. The last two are Python
for this computer, in plain cells that are in no history. Its scripts that list variables, which a notebook
says to be Python would get, must do no harm either.
"""

import json
from pathlib import Path

import pytest

from tests.end_to_end.debugger import Debugger

#: As its ``executeSilently`` does.
HIDDEN = {"silent": False, "store_history": False, "stop_on_error": False, "allow_stdin": True}

DELIMITER = "5dc3a68c"
ASK_VERSION = f"import builtins\nimport ipykernel\nbuiltins.print({DELIMITER!r} + ipykernel.__version__)"
REMOVE = """\
import os as _VSCODE_os
_VSCODE_fileList = [{}]
for file in _VSCODE_fileList:
    try:
        _VSCODE_os.remove(file)
    except:
        pass
del _VSCODE_fileList
del _VSCODE_os"""
LIST = """\
import json as _VSCODE_json
_VSCODE_rwho_ls = %who_ls
print(_VSCODE_json.dumps(_VSCODE_rwho_ls))
del _VSCODE_json, _VSCODE_rwho_ls"""
CELL = "def double(x):\n    y = 2 * x\n    return y\n\nnumbers = [1, 2, 3]\nlast = double(21)"


def hidden(notebook, code):
    """Runs code as the extension does; it shows the user nothing of it but what fails."""
    number = notebook.run("0").reply["execution_count"]
    cell = notebook.finish(notebook.send(code, **HIDDEN))
    assert (cell.status, cell.text("stderr"), cell.of("error")) == ("ok", "", [])
    assert notebook.run("0").reply["execution_count"] == number + 1
    return cell.text()


def names_on_board(notebook):
    return set(notebook.run("%who").text().split())


def asked(notebook, kind, **content):
    message = notebook.client.session.msg(kind, content)
    notebook.client.shell_channel.send(message)
    return notebook.reply(message["header"]["msg_id"])["content"]


def test_it_takes_the_kernel_for_no_python():
    specs = Path(__file__).parents[2] / "kernelspec"
    files = list(specs.glob("*/kernel.json"))
    assert len(files) == 2
    assert {json.loads(file.read_text())["language"] for file in files} == {"micropython"}


def test_opening_a_notebook(board):
    info = asked(board, "kernel_info_request")
    assert info["language_info"]["name"] == "micropython"
    assert asked(board, "comm_info_request")["comms"] == {}
    comm = {"comm_id": "c1", "target_name": "jupyter.widget.control", "data": {}}
    board.client.shell_channel.send(board.client.session.msg("comm_open", comm))
    assert board.run("40 + 2").result == "42"


def test_completion_and_hover(board):
    board.run("samples = [1, 2]")
    assert "samples" in asked(board, "complete_request", code="sam", cursor_pos=3)["matches"]
    found = asked(board, "inspect_request", code="samples", cursor_pos=0, detail_level=0)
    assert found["status"] == "ok"
    assert "list" in found["data"]["text/plain"]


def test_its_debugger(board):
    assert hidden(board, ASK_VERSION).startswith(DELIMITER)
    before = names_on_board(board)
    debugger = Debugger(board)
    debugger.ask("debugInfo")
    debugger.ask(
        "initialize",
        clientID="vscode",
        clientName="Visual Studio Code",
        adapterID="Python Kernel Debug Adapter",
        pathFormat="path",
        linesStartAt1=True,
        columnsStartAt1=True,
        supportsVariableType=True,
        supportsVariablePaging=True,
        supportsRunInTerminalRequest=True,
        locale="en",
    )
    debugger.ask("attach", justMyCode=True, type="Python Kernel Debug Adapter", request="attach")
    path = debugger.ask("dumpCell", code=CELL)["sourcePath"]
    source = {"name": "cell", "path": path}
    debugger.ask("setBreakpoints", source=source, lines=[3], breakpoints=[{"line": 3}], sourceModified=False)
    debugger.request("setExceptionBreakpoints", filters=[])
    debugger.ask("configurationDone")
    cell = board.send(CELL)
    thread = debugger.wait_for("stopped")["threadId"]
    assert thread in {each["id"] for each in debugger.ask("threads")["threads"]}
    frames = debugger.ask("stackTrace", threadId=thread, startFrame=0, levels=20)["stackFrames"]
    assert [(frame["name"], frame["line"]) for frame in frames] == [("double", 3), ("<module>", 6)]
    scopes = debugger.ask("scopes", frameId=frames[0]["id"])["scopes"]
    rows = {}
    for scope in scopes:
        found = debugger.ask("variables", variablesReference=scope["variablesReference"])["variables"]
        rows |= {row["name"]: row for row in found}
    assert (rows["y"]["value"], rows["y"]["type"]) == ("42", "int")
    inside = debugger.ask("variables", variablesReference=rows["numbers"]["variablesReference"])["variables"]
    assert [(row["name"], row["evaluateName"]) for row in inside] == [
        ("0", "numbers[0]"),
        ("1", "numbers[1]"),
        ("2", "numbers[2]"),
    ]
    given = {"expression": "y", "frameId": frames[0]["id"]}
    assert debugger.ask("evaluate", context="hover", **given)["result"] == "42"
    assert debugger.ask("evaluate", context="watch", **given)["result"] == "42"
    assert not debugger.request("evaluate", context="watch", expression="nosuch", frameId=frames[0]["id"])[
        "success"
    ]
    debugger.ask("continue", threadId=thread)
    assert board.finish(cell).status == "ok"
    hidden(board, REMOVE.format(json.dumps(path)))
    debugger.ask("disconnect", restart=False)
    assert names_on_board(board) == {*before, "double", "numbers", "last"}


def test_its_scripts_list_the_variables_of_host_cells_and_never_reach_a_board(board):
    before = names_on_board(board)
    board.run("%%host\nmine = 1")
    assert "mine" in json.loads(hidden(board, LIST))
    assert names_on_board(board) == before


def test_none_of_it_waits_for_a_busy_board(board):
    request = board.send("import time\nprint('begun')\nwhile True: time.sleep(0.01)")
    board.wait_for("begun", request)
    debugger = Debugger(board)
    debugger.ask("debugInfo")
    assert isinstance(debugger.ask("inspectVariables")["variables"], list)
    assert asked(board, "inspect_request", code="samples", cursor_pos=0, detail_level=0)["status"] == "ok"
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"


@pytest.mark.parametrize("code", ["import ipykernel_of_mine", "vscode = 1"])
def test_other_cells_without_history_are_cells(board, code):
    cell = board.finish(board.send(code, **HIDDEN))
    assert cell.ename == ("ImportError" if "import" in code else "")
