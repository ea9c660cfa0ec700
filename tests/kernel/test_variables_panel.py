"""What a variables panel is told, with a board and a sub-kernel that say what the test wants."""

import asyncio

import pytest

from iot_kernel.device.children import Child, Page
from iot_kernel.kernel.variables_panel import REFERENCES, VariablesPanel
from iot_kernel.syntax.cell import Target

PAGES = {
    ((), 0): Page(
        (
            Child("many", "many", "list", 300, "[0, …] 300 items", has_children=True),
            Child("Zed", "Zed", "int", None, "1", has_children=False),
            Child("abc", "abc", "function", None, "", has_children=False),
        ),
        rest=100,
    ),
    ((), 100): Page((Child("last", "last", "int", None, "2", has_children=False),)),
    (("many",), 0): Page((Child("0", 0, "dict", 1, "{}", has_children=True),), rest=100),
    (("many",), 100): Page((Child("100", 100, "int", None, "5", has_children=False),)),
    (("many", 0), 0): Page((Child("'a'", 0, "int", None, "6", has_children=False),)),
}
OWN = [{"name": name, "variablesReference": 140_000_000_000_000} for name in ("In", "special variables")]
MINE = {"name": "mine", "value": "1", "type": "int", "variablesReference": 0}


class Panel:
    """A panel whose host's variables may be set."""

    def __init__(self, pages=PAGES):
        self.hosts = list(OWN)
        self.asked = []
        self.pages = pages
        self._panel = VariablesPanel(self._ask_board)

    async def _ask_board(self, path, start):
        self.asked.append((path, start))
        return self.pages.get((path, start))

    async def _ask_host(self, request):
        assert request["command"] == "inspectVariables"
        return None if self.hosts is None else {"body": {"variables": self.hosts}}

    def ask(self, command, target=Target.BOARD, board="pico", **arguments):
        request = {"type": "request", "seq": 7, "command": command, "arguments": arguments}
        reply = asyncio.run(self._panel.answer(request, target, board, self._ask_host))
        if reply is None:
            return None
        assert (reply["request_seq"], reply["command"], reply["success"]) == (7, command, True)
        return reply["body"]

    def rows(self, command="inspectVariables", **arguments):
        return {row["name"]: row for row in self.ask(command, **arguments)["variables"]}

    def below(self, row):
        return self.rows("variables", variablesReference=row["variablesReference"])


@pytest.fixture
def panel():
    return Panel()


def test_variables_come_before_what_a_program_is_made_of(panel):
    assert list(panel.rows()) == ["many", "Zed", "abc", "…"]


def test_a_row_says_name_type_and_value(panel):
    assert panel.rows()["Zed"] == {"name": "Zed", "value": "1", "type": "int", "variablesReference": 0}


def test_what_consists_of_something_unfolds(panel):
    many = panel.below(panel.rows()["many"])
    assert panel.below(many["0"]) == {
        "'a'": {"name": "'a'", "value": "6", "type": "int", "variablesReference": 0}
    }
    assert list(panel.below(many["…"])) == ["100"]
    assert panel.asked == [((), 0), (("many",), 0), (("many", 0), 0), (("many",), 100)]


def test_more_variables_than_one_page(panel):
    rows = panel.rows()
    assert rows["…"]["value"] == "more, from 100 on"
    assert list(panel.below(rows["…"])) == ["last"]


def test_the_host_s_variables_are_one_row_if_there_are_any(panel):
    assert "(%%host)" not in panel.rows()
    panel.hosts.append(MINE)
    assert panel.below(panel.rows()["(%%host)"])["mine"] == MINE


def test_in_a_notebook_of_the_host_the_board_s_are_one_row(panel):
    panel.hosts.append(MINE)
    rows = panel.rows(target=Target.HOST)
    assert rows["mine"] == MINE
    assert list(panel.below(rows["(pico)"])) == ["many", "Zed", "abc", "…"]
    assert "(pico)" not in panel.rows(target=Target.HOST, board="")


@pytest.mark.parametrize("hosts", [None, [], [1, "x"]])
def test_whatever_the_sub_kernel_answers(hosts):
    panel = Panel()
    panel.hosts = hosts
    assert "Zed" in panel.rows()


def test_a_board_that_cannot_be_asked():
    assert Panel({}).rows() == {}


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


def test_a_double_click_shows_what_there_is_below(panel):
    data = panel.ask("richInspectVariables", variableName="many")["data"]
    assert data["text/plain"].splitlines() == ["name  type  value", "0     dict  {}", "… more, from 100 on"]
    assert "<td" in data["text/html"]
    assert panel.ask("richInspectVariables", variableName="(%%host)")["data"] == {}
    assert panel.ask("richInspectVariables", variableName="many", frameId=1) is None
    assert panel.ask("richInspectVariables", target=Target.HOST, variableName="mine") is None
