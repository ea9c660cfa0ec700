"""What a variables panel is told, with a board and a sub-kernel that say what the test wants."""

import asyncio
import re

import pytest

from iot_kernel.boards.live_names import BUSY, ToldVariables
from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.messages import Variable, VariablePage
from iot_kernel.kernel.variables_panel import REFERENCES, ListedBoard, VariablesPanel
from iot_kernel.syntax.cell import Target

MANY = Variable("many", "list", 300, "[0, …] 300 items", 300)


def page(*variables, start=0, total=None, about=None):
    return VariablePage(start, start + len(variables) if total is None else total, variables, about)


def number(name, value):
    return Variable(name, "int", None, value, 0)


LAMP = Variable("lamp", "Lamp", None, "Lamp(on=1)", 1)
PAGES = {
    ((), 0): page(MANY, number("Zed", "1"), Variable("abc", "function", None, "", 0), LAMP, total=101),
    ((), 4): page(number("last", "2"), start=4),
    (("many",), 0): page(Variable("0", "dict", 1, "{}", 1), total=300, about=MANY),
    (("many",), 1): page(number("1", "5"), start=1, total=2),
    (("many", 0), 0): page(number("'a'", "6")),
    (("lamp",), 0): page(number("on", "1"), number("Zed", "9"), about=LAMP),
    (("lamp", "on"), 0): page(about=number("", "1")),
    (("lamp", "Zed"), 0): page(about=number("", "9")),
    (("Zed",), 0): page(about=number("", "1")),
}
OWN = [{"name": name, "variablesReference": 140_000_000_000_000} for name in ("In", "special variables")]
MINE = {"name": "mine", "value": "1", "type": "int", "variablesReference": 0}


class Panel:
    """A panel whose host's variables may be set."""

    def __init__(self, pages=PAGES):
        self.hosts = list(OWN)
        self.asked = []
        self.pages = pages
        self.why, self.last = "", None
        self.why_not = None
        self._panel = VariablesPanel(self._ask_board)

    async def _ask_board(self, path, start, longest):
        self.asked.append((path, start))
        if self.why:
            return ToldVariables(self.last if not path else None, self.why)
        return ToldVariables(self.pages.get((path, start)))

    async def _ask_host(self, request):
        assert request["command"] == "inspectVariables"
        return None if self.hosts is None else {"body": {"variables": self.hosts}}

    def ask(self, command, target=Target.BOARD, board="pico", **arguments):
        request = {"type": "request", "seq": 7, "command": command, "arguments": arguments}
        reply = asyncio.run(
            self._panel.answer(request, target, ListedBoard(board, self.why_not), self._ask_host)
        )
        if reply is None:
            return None
        assert (reply["request_seq"], reply["command"], reply["success"]) == (7, command, True)
        return reply["body"]

    def scopes(self):
        request = {"type": "request", "seq": 7, "command": "scopes", "arguments": {"frameId": 5}}
        return asyncio.run(self._panel.scopes(request, self._ask_host))

    def rows(self, command="inspectVariables", **arguments):
        return {row["name"]: row for row in self.ask(command, **arguments)["variables"]}

    def below(self, row):
        return self.rows("variables", variablesReference=row["variablesReference"])


@pytest.fixture
def panel():
    return Panel()


def test_variables_come_before_what_a_program_is_made_of(panel):
    assert list(panel.rows()) == ["lamp", "many", "Zed", "abc", "…"]


def test_a_row_says_name_type_and_value(panel):
    assert panel.rows()["Zed"] == {"name": "Zed", "value": "1", "type": "int", "variablesReference": 0}
    assert panel.rows()["many"]["type"] == "list (300)"


def test_what_consists_of_something_unfolds(panel):
    many = panel.below(panel.rows()["many"])
    assert panel.below(many["0"]) == {
        "'a'": {"name": "'a'", "value": "6", "type": "int", "variablesReference": 0}
    }
    assert list(panel.below(many["…"])) == ["1"]
    assert panel.asked == [((), 0), (("many",), 0), (("many", 0), 0), (("many",), 1)]


def test_more_variables_than_one_page(panel):
    rows = panel.rows()
    assert (rows["…"]["value"], "type" in rows["…"]) == ("97 more", False)
    assert list(panel.below(rows["…"])) == ["last"]


def test_the_host_s_variables_are_one_row_if_there_are_any(panel):
    assert "(%%host)" not in panel.rows()
    panel.hosts.append(MINE)
    assert panel.below(panel.rows()["(%%host)"])["mine"] == MINE


def test_in_a_notebook_of_the_host_the_board_s_are_one_row(panel):
    panel.hosts.append(MINE)
    rows = panel.rows(target=Target.HOST)
    assert rows["mine"] == MINE
    assert list(panel.below(rows["(pico)"])) == ["lamp", "many", "Zed", "abc", "…"]
    assert "(pico)" not in panel.rows(target=Target.HOST, board="")


@pytest.mark.parametrize("hosts", [None, [], [1, "x"]])
def test_whatever_the_sub_kernel_answers(hosts):
    panel = Panel()
    panel.hosts = hosts
    assert "Zed" in panel.rows()


def test_a_busy_board_s_rows_stay(panel):
    panel.why, panel.last = BUSY, PAGES[((), 0)]
    assert list(panel.rows()) == ["lamp", "many", "Zed", "abc", "…"]
    panel.last = None
    assert panel.rows()["(pico)"]["value"] == "busy"


def test_why_a_board_tells_nothing_stands_above_what_it_told_last(panel):
    panel.why, panel.last = "not connected", PAGES[((), 0)]
    assert list(panel.rows())[:2] == ["(pico)", "lamp"]
    panel.last = None
    assert panel.rows() == {"(pico)": {"name": "(pico)", "value": "not connected", "variablesReference": 0}}


def test_a_board_that_has_no_name_yet(panel):
    panel.why = BUSY
    assert panel.rows(board="") == {"(board)": {"name": "(board)", "value": "busy", "variablesReference": 0}}


def test_why_breakpoints_do_not_stop_stands_above_the_variables(panel):
    panel.why_not = CannotDebugError("it has 9 KB; print values", "too little memory", "print values")
    rows = panel.rows()
    assert list(rows)[:2] == ["(breakpoints)", "lamp"]
    assert rows["(breakpoints)"]["value"] == "none here"
    below = panel.below(rows["(breakpoints)"])
    assert {name: row["value"] for name, row in below.items()} == {
        "(why)": "too little memory",
        "(instead)": "print values",
    }
    for name in ("(breakpoints)", "(why)", "(instead)"):
        shown = panel.ask("richInspectVariables", variableName=name)["data"]["text/plain"]
        assert shown.strip() == "this board cannot be debugged: it has 9 KB; print values"
    assert "(breakpoints)" not in panel.below(rows["lamp"])
    board = panel.rows(target=Target.HOST)["(pico)"]
    assert "(breakpoints)" in panel.below(board)


def test_a_reason_that_has_no_short_form(panel):
    panel.why_not = CannotDebugError("its firmware lacks something")
    (row,) = panel.below(panel.rows()["(breakpoints)"]).values()
    assert (row["name"], row["value"]) == ("(why)", "its firmware lacks something")


def test_without_a_board_there_are_no_rows():
    assert Panel({}).rows(board="") == {}


def test_rows_of_an_older_list_have_nothing_below(panel):
    many = panel.rows()["many"]
    panel.below(many)
    panel.rows()
    assert panel.rows("variables", variablesReference=REFERENCES[900]) == {}


@pytest.mark.parametrize("reference", [1, 5000, 140_000_000_000_000, None, "x"])
def test_other_rows_are_the_sub_kernel_s(panel, reference):
    panel.rows()
    assert panel.ask("variables", variablesReference=reference) is None


@pytest.mark.parametrize("command", ["debugInfo", "initialize", "attach", "setBreakpoints", None])
def test_other_requests_are_the_sub_kernel_s(panel, command):
    assert panel.ask(command) is None


def shown(panel, name, **given):
    data = panel.ask("richInspectVariables", variableName=name, **given)["data"]
    return re.sub("\x1b.*?m", "", data["text/plain"]).splitlines()


def test_a_thing_is_shown_alone(panel):
    assert shown(panel, "many") == [
        "many: list, 300 items",
        "name  type  value",
        "0     dict  {}",
        "… 299 more",
    ]
    assert "<td" in panel.ask("richInspectVariables", variableName="many")["data"]["text/html"]
    assert panel.ask("richInspectVariables", variableName="many", frameId=1) is None


def test_what_was_unfolded_is_found_by_its_last_name(panel):
    panel.below(panel.rows()["lamp"])
    assert shown(panel, "on") == ["lamp.on: int", "1"]
    assert shown(panel, "Zed") == ["Zed: int", "1", "lamp.Zed: int", "9"]


def test_what_has_no_name_is_no_question(panel):
    panel.rows()
    asked = len(panel.asked)
    assert shown(panel, "(%%host)") == ["(%%host): unfold it"]
    assert len(panel.asked) == asked


def test_in_a_notebook_of_the_host_names_that_nobody_has_told_are_the_host_s(panel):
    assert panel.ask("richInspectVariables", target=Target.HOST, variableName="many") is None
    assert panel.asked == []


def test_names_of_both_sides_are_those_of_the_notebook(panel):
    panel.hosts += [MINE, {"name": "Zed", "variablesReference": 0}]
    panel.rows()
    assert panel.ask("richInspectVariables", variableName="mine") is None
    assert shown(panel, "Zed") == ["Zed: int", "1"]
    panel.below(panel.rows(target=Target.HOST)["(pico)"])
    assert panel.ask("richInspectVariables", target=Target.HOST, variableName="Zed") is None
    assert shown(panel, "many", target=Target.HOST)[0] == "many: list, 300 items"


def test_a_thing_of_a_board_that_cannot_be_asked_is_told_as_it_was(panel):
    panel.rows()
    panel.why = "not connected"
    assert shown(panel, "many") == ["many: list, 300 items", "[0, …] 300 items", "not connected"]
    assert shown(panel, "other") == ["other: not connected"]


def test_a_frame_of_the_board_has_the_host_s_variables_as_a_scope(panel):
    assert panel.scopes() == []
    panel.hosts.append(MINE)
    (scope,) = panel.scopes()
    assert scope["name"] == "%%host"
    assert panel.below(scope)["mine"] == MINE
