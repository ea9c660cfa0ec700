"""When the board is asked, and what is told where it cannot be."""

import re

import pytest

from iot_kernel.boards import live_names
from iot_kernel.boards.live_names import LiveNames
from iot_kernel.errors import ConnectionLostError, DeviceError
from iot_kernel.syntax.bindings import Imported


class Scripted:
    """Answers questions for names; counts them."""

    platform = "rp2"

    def __init__(self, *names, more=False):
        self.names, self.more = names, more
        self.asked = []
        self.busy = False
        self.lost = False
        self.runs = 0

    def answer_when_idle(self, code):
        if self.lost:
            raise ConnectionLostError("rp2", "unplugged")
        if self.busy:
            return None
        mark = re.search(r"\\x1e(\w{12})", code)[1]
        *_, call = re.finditer(r"""^__iot_\w+\((\(.*?\)|".*?"),['"](\w*)""", code, re.MULTILINE)
        chain, prefix = call.groups()
        self.asked.append((chain, prefix))
        told = [name for name in self.names if name.startswith(prefix)] + [None] * self.more
        return f"\x1e{mark}{told!r}\x1f"


@pytest.fixture
def live():
    return LiveNames()


def test_each_letter_costs_no_question(live):
    board = Scripted("Pin", "PWM", "reset")
    assert live.names(board, ("machine",), "").names == ("Pin", "PWM", "reset")
    assert live.names(board, ("machine",), "P").names == ("Pin", "PWM")
    assert live.names(board, ("machine",), "PW").names == ("PWM",)
    assert len(board.asked) == 1


def test_where_there_were_more_it_is_asked_again(live):
    board = Scripted("Pin", "PWM", more=True)
    live.names(board, ("machine",), "")
    live.names(board, ("machine",), "P")
    assert len(board.asked) == 2


def test_after_code_ran_it_is_asked_again(live):
    board = Scripted("a1")
    live.names(board, (), "a")
    board.names = ("a1", "a2")
    board.runs += 1
    assert live.names(board, (), "a").names == ("a1", "a2")
    assert live.names(board, (), "a2").names == ("a2",)
    assert len(board.asked) == 2


def test_a_busy_board_is_answered_for_from_memory(live):
    board = Scripted("a1", "b1")
    live.names(board, (), "")
    board.runs += 1
    board.busy = True
    assert live.names(board, (), "a").names == ("a1",)
    assert live.names(board, ("other",), "") is None
    assert live.describe(board, ("a1",)) is None
    assert live.modules(board) == ()


def test_a_lost_board_is_answered_for_from_memory(live):
    board = Scripted("a1")
    live.names(board, (), "")
    board.runs += 1
    board.lost = True
    assert live.names(board, (), "a").names == ("a1",)
    assert live.names(board, ("other",), "") is None
    assert live.describe(board, ("a",)) is None


def test_another_board_is_not_taken_for_it(live):
    live.names(Scripted("a1"), (), "")
    other = Scripted("b1")
    other.busy = True
    assert live.names(other, (), "") is None


def test_memory_is_bounded(live, monkeypatch):
    monkeypatch.setattr(live_names, "MOST_THINGS", 3)
    board = Scripted("x")
    for number in range(10):
        live.names(board, (f"n{number}",), "")
    assert len(live._known) == 3


def test_variables_and_keys_are_two_things(live):
    board = Scripted("one")
    live.names(board, ("d",), "")
    live.names(board, ("d",), "", keys=True)
    assert len(board.asked) == 2


def test_files_are_remembered_for_a_busy_board(live):
    board = Scripted("lib/", "main.py")
    assert live.files(board, "/", "").names == ("lib/", "main.py")
    assert live.files(board, "/", "m").names == ("main.py",)
    assert board.asked == [('"/"', "")]
    board.runs += 1
    board.busy = True
    assert live.files(board, "/", "l").names == ("lib/",)
    assert live.files(board, "/lib", "") is None


class Listed(Scripted):
    """Answers questions for variables: the number of the question."""

    little = False
    is_open = True

    def answer_when_idle(self, code):
        if self.lost:
            self.is_open = False
            raise ConnectionLostError("rp2", "unplugged")
        if self.little:
            raise DeviceError("MemoryError", "", "MemoryError: ")
        if self.busy:
            return None
        self.asked.append(code)
        mark = re.search(r"\\x1e(\w{12})", code)[1]
        return f"\x1e{mark}(0,[('n{len(self.asked)}','int',None,'1',[],0)],1)\x1f"


def test_variables_are_asked_each_time(live):
    board = Listed()
    told = [live.children(board) for _ in range(2)]
    assert [each.page.variables[0].name for each in told] == ["n1", "n2"]
    assert told[0].why == ""


@pytest.mark.parametrize(
    "trouble, why", [("busy", "busy"), ("lost", "not connected"), ("little", "too little free memory")]
)
def test_variables_of_a_board_that_cannot_be_asked_are_the_last_ones(live, trouble, why):
    board = Listed()
    live.children(board)
    setattr(board, trouble, True)
    told = live.children(board)
    assert told.page.variables[0].name == "n1"
    assert why in told.why
    assert live.children(board, ("n1",)).page is None
    other = Listed()
    other.busy = True
    assert live.children(other).page is None


def test_what_a_cell_imports_is_remembered_by_itself(live):
    board = Scripted("value", "OUT")
    pin = Imported("pins", ("Pin",))
    for place, asked in ((pin, 1), (pin, 1), (("pins", "Pin"), 2), (Imported("plugs", ("Pin",)), 3)):
        assert live.names(board, place, "").names == ("value", "OUT")
        assert len(board.asked) == asked
    board.busy = True
    assert live.names(board, pin, "O", may_ask=False).names == ("OUT",)


@pytest.mark.parametrize(
    ("listed", "module", "names"),
    [
        ("time", "time", ("utime", "time")),
        ("utime", "time", ("utime", "time")),  # firmware before 1.21
        ("time", "utime", ("utime",)),
        ("math", "math", ("math",)),
        ("math", "umath", ()),  # no firmware has that: a file would be looked for
        ("math", "cmath", ()),
        ("neopixel", "neopixel", ()),
    ],
)
def test_what_may_be_imported_for_a_question(live, listed, module, names):
    asked = []

    class Firmware(Scripted):
        def answer_when_idle(self, code):
            mark = re.search(r"\\x1e(\w{12})", code)[1]
            if "__iot_modules__" in code:
                return f"\x1e{mark}{listed}\n\x1d[]\x1f"
            asked.append(re.search(r"=__iot_imported__\('\w+',(.*?)\)\n", code)[1])
            return f"\x1e{mark}['a']\x1f"

    assert live.names(Firmware(), Imported(module), "").names == ("a",)
    assert asked == [repr(names)]


def test_what_was_told_of_another_place_will_do_meanwhile(live):
    board = Scripted("Pin", "PWM")
    live.names(board, ("machine",), "")
    board.busy = True
    imported = Imported("pins")
    assert live.names(board, imported, "P") is None
    assert live.names(board, imported, "P", meanwhile=("machine",)).names == ("Pin", "PWM")
    assert live.names(board, imported, "PW", meanwhile=("machine",), may_ask=False).names == ("PWM",)
