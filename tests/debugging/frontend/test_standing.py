"""Numbers for frames and variables, and what they lead to."""

import pytest

from iot_kernel.debugging.frontend.standing import NUMBERS, Numbers
from iot_kernel.debugging.messages import Variable
from tests.debugging.frontend.scripted_debugger import Session, page

CELL = "def double(x):\n    y = 2 * x\n    return y\n"
CALL = "total = double(4)\n"
CLASS = "class Motor:\n    speed = 1\n    other = 2\n"


@pytest.fixture
def session():
    session = Session()
    session.attach()
    session.set_lines(CELL, 3)
    session.run(CELL)
    session.run(CALL)
    session.stop(session.checkpoint(CALL, 1), session.checkpoint(CELL, 3))
    return session


def test_frames_name_function_line_and_cell_the_innermost_first(session):
    inner, outer = session.frames()
    assert (inner["name"], inner["line"], inner["source"]["path"]) == ("double", 3, session.path(CELL))
    assert (outer["name"], outer["line"], outer["source"]["path"]) == ("<module>", 1, session.path(CALL))
    assert session.frames() == [inner, outer]
    assert inner["id"] in NUMBERS
    assert outer["id"] in NUMBERS


def test_code_that_is_not_known_has_no_frame(session):
    session.stop(10_000, session.checkpoint(CELL, 3))
    assert [frame["name"] for frame in session.frames()] == ["double"]


def test_a_function_has_local_variables_and_globals(session):
    session.board.pages[("local", 1, ("x", "y"), 0)] = page(("x", 4), ("y", 8))
    session.board.pages[("wide", "", 0)] = page(Variable("double", "function", None, "", 0), ("total", 0))
    scopes = session.scopes()
    assert list(scopes) == ["Locals", "Globals"]
    assert {name: row["value"] for name, row in session.rows(scopes["Locals"]).items()} == {
        "x": "4",
        "y": "8",
    }
    assert list(session.rows(scopes["Globals"])) == ["total", "double"]


def test_a_cell_has_its_globals_as_local_variables_too(session):
    session.board.pages[("wide", "", 0)] = page(("total", 0))
    scopes = session.scopes(frame=1)
    assert list(session.rows(scopes["Locals"])) == list(session.rows(scopes["Globals"])) == ["total"]


def test_a_class_in_the_making_has_names_of_its_own(session):
    session.set_lines(CLASS, 3)
    session.run(CLASS)
    session.stop(session.checkpoint(CLASS, 3))
    session.board.pages[("wide", None, 0)] = page(("speed", 1))
    assert list(session.rows(session.scopes()["Locals"])) == ["speed"]


def test_more_than_a_page_is_behind_a_row_of_its_own(session):
    session.board.pages[("local", 1, ("x", "y"), 0)] = page(
        Variable("x", "list", 12_000, "[0, …] 12,000 items", 5), ("y", 8), total=2
    )
    (x, y) = session.rows(session.scopes()["Locals"]).values()
    assert (x["value"], x["type"], x["evaluateName"], y["variablesReference"]) == (
        "[0, …] 12,000 items",
        "list (12,000)",
        "x",
        0,
    )
    first = [Variable(str(index), "int", None, "0", 0) for index in range(50)]
    session.board.pages[("children", 5, 0)] = page(*first, total=12_000)
    session.board.pages[("children", 5, 50)] = page(("50", 7), start=50, total=12_000)
    rows = session.rows(x["variablesReference"])
    assert rows["0"]["evaluateName"] == "x[0]"
    assert rows["…"]["value"] == "11,950 more"
    assert session.rows(rows["…"]["variablesReference"])["50"]["value"] == "7"


def test_a_page_that_is_empty_has_no_more(session):
    session.board.pages[("wide", "", 0)] = page(total=3)
    assert session.rows(session.scopes()["Globals"]) == {}


def test_numbers_are_good_only_while_it_stands(session):
    frame, scopes = session.frames()[0]["id"], session.scopes()
    number = session.checkpoint(CELL, 2)
    session.stop(number)
    for command, arguments in (
        ("scopes", {"frameId": frame}),
        ("variables", {"variablesReference": scopes["Locals"]}),
        ("evaluate", {"expression": "x", "frameId": frame}),
    ):
        reply = session.request(command, **arguments)
        assert not reply["success"]
        assert "no code of the board stands" in reply["message"]
    assert frame not in {each["id"] for each in session.frames()}
    session.adapter.stops.leave()
    assert not session.request("scopes", frameId=frame)["success"]


def test_an_expression_is_evaluated_in_its_frame(session):
    session.board.values["x + 1"] = Variable("", "int", None, "5", 0)
    frame = session.frames()[1]["id"]
    body = session.ask("evaluate", expression=" x + 1 ", frameId=frame, context="repl")
    assert (body["result"], body["type"], body["variablesReference"]) == ("5", "int", 0)
    assert session.board.told[-1] == ("evaluate", 0, "x + 1")


def test_after_something_was_evaluated_in_the_console_frames_have_new_numbers_beside_the_old(session):
    session.board.values["x"] = Variable("", "int", None, "4", 0)
    before = session.frames()
    session.ask("evaluate", expression="x", frameId=before[0]["id"], context="hover")
    assert session.frames() == before
    session.ask("evaluate", expression="x", frameId=before[0]["id"], context="repl")
    after = session.frames()
    assert not {frame["id"] for frame in before} & {frame["id"] for frame in after}
    assert session.ask("scopes", frameId=before[0]["id"])["scopes"]
    assert session.ask("scopes", frameId=after[0]["id"])["scopes"]
    session.request("evaluate", expression="nothing", frameId=after[0]["id"], context="repl")
    assert not {frame["id"] for frame in after} & {frame["id"] for frame in session.frames()}


def test_a_frame_further_out_keeps_its_number_and_stays_selected(session):
    session.board.values["x"] = Variable("", "int", None, "4", 0)
    before = session.frames()
    session.ask("evaluate", expression="x", frameId=before[1]["id"], context="repl")
    session.request("evaluate", expression="x", frameId=1, context="repl")
    assert session.frames() == before


def test_jupyterlabs_completer_does_not_reach_the_board(session):
    frame = session.frames()[0]["id"]
    told = list(session.board.told)
    code = "import IPython\ndef getCompletionsForDebugger(): pass"
    assert not session.request("evaluate", expression=code, frameId=frame)["success"]
    assert session.board.told == told


def test_statements_are_executed(session):
    frame = session.frames()[0]["id"]
    assert session.ask("evaluate", expression="z = 1; y = z", frameId=frame)["result"] == ""
    assert session.board.told[-1] == ("execute", 1, "z = 1; y = z")
    session.board.kept = ("y",)
    reply = session.request("evaluate", expression="y = 2", frameId=frame)
    assert reply["success"] is False
    assert reply["message"].startswith("NameError: cannot be set here: y; ")


def test_what_raises_is_told(session):
    reply = session.request("evaluate", expression="nothing", frameId=session.frames()[0]["id"])
    assert (reply["success"], reply["message"]) == (False, "NameError: name 'nothing' isn't defined")


def test_jupyterlabs_console_shows_errors_as_it_shows_values(session):
    asked = {"expression": "nothing", "frameId": session.frames()[0]["id"]}
    session.request("initialize", clientID="jupyterlab")
    assert (
        session.ask("evaluate", context="repl", **asked)["result"]
        == "NameError: name 'nothing' isn't defined"
    )
    assert not session.request("evaluate", context="hover", **asked)["success"]
    session.request("initialize", clientID="vscode")
    assert not session.request("evaluate", context="repl", **asked)["success"]


def test_a_variable_is_set_by_its_list(session):
    session.board.pages[("local", 1, ("x", "y"), 0)] = page(
        Variable("x", "dict", 1, "{}", 5), Variable("y", "Lamp", None, "", 6), Variable("z", "set", 1, "", 7)
    )
    session.board.values.update(
        {path: Variable("", "int", None, "9", 0) for path in ("x", "x['a']", "y.color")}
    )
    scope = session.scopes()["Locals"]
    x, y, z = (row["variablesReference"] for row in session.rows(scope).values())
    for reference, name, path in ((scope, "x", "x"), (x, "'a'", "x['a']"), (y, "color", "y.color")):
        body = session.ask("setVariable", variablesReference=reference, name=name, value="8 + 1")
        assert (body["value"], body["type"]) == ("9", "int")
        assert ("execute", 1, f"{path} = (8 + 1)") in session.board.told
    for reference, name in ((x, "<object>"), (y, "'a'"), (z, "0")):
        assert not session.request("setVariable", variablesReference=reference, name=name, value="1")[
            "success"
        ]
    reply = session.request("setVariable", variablesReference=y, name="color", value="1; 2")
    assert "no expression" in reply["message"]


def test_an_expression_is_set(session):
    session.board.values["x[0]"] = Variable("", "int", None, "3", 0)
    body = session.ask("setExpression", expression="x[0]", value="3", frameId=session.frames()[0]["id"])
    assert body["value"] == "3"


def test_a_local_variable_is_copied_to_the_globals(session):
    code = "setattr(__import__('__main__'),'y',y)"
    session.board.values[code] = Variable("", "NoneType", None, "None", 0)
    frame = session.frames()[0]["id"]
    session.ask("copyToGlobals", srcVariableName="y", dstVariableName="y", srcFrameId=frame)
    assert session.board.told[-1] == ("evaluate", 1, code)
    reply = session.request("copyToGlobals", srcVariableName="y;", dstVariableName="y", srcFrameId=frame)
    assert not reply["success"]


def test_a_variable_is_shown_alone(session):
    x, y = Variable("", "dict", 2, "{}", 5), Variable("", "int", None, "8", 0)
    session.board.values |= {"x": x, "y": y}
    inside = session.board.pages[("children", 5, 0)] = page(("'a'", 1), ("'long'", 2))
    frame = session.frames()[0]["id"]
    assert session.ask("richInspectVariables", variableName="x", frameId=frame)["data"] == ("x", x, inside)
    assert session.ask("richInspectVariables", variableName="y", frameId=frame)["data"] == ("y", y, None)
    assert not session.request("richInspectVariables", variableName="y = 1", frameId=frame)["success"]


def test_what_was_unfolded_is_found_by_its_last_name(session):
    lamp = Variable("x", "Lamp", None, "", 5)
    session.board.pages[("local", 1, ("x", "y"), 0)] = page(lamp, ("y", 8))
    session.board.pages[("children", 5, 0)] = page(("on", 1), ("y", 2))
    session.board.values |= {path: Variable("", "int", None, path, 0) for path in ("x.on", "x.y", "y")}
    session.rows(session.rows(session.scopes()["Locals"])["x"]["variablesReference"])
    frame = session.frames()[0]["id"]
    for name, path in (("on", "x.on"), ("y", "y")):
        data = session.ask("richInspectVariables", variableName=name, frameId=frame)["data"]
        assert data[1].text == path


def test_what_has_no_value_is_told_by_its_type(session):
    session.board.values["double"] = Variable("", "function", None, "", 0)
    frame = session.frames()[0]["id"]
    assert session.ask("evaluate", expression="double", frameId=frame)["result"] == "<function>"


def test_numbers_begin_again_when_all_were_given_out():
    numbers = Numbers()
    numbers._at = len(NUMBERS) - 1
    assert numbers.next() in NUMBERS
