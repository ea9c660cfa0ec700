"""What is free on a board: right on every kind, and nothing that makes no sense is believed."""

import re

import pytest

from iot_kernel.device import memory
from iot_kernel.device.device import Device
from iot_kernel.device.memory import BoardMemory, MemoryChange, MemoryLeft, NoMemoryError, ask_memory_left
from iot_kernel.errors import DeviceError, RemoteProtocolError
from tests.each import each
from tests.real_boards import kinds


@pytest.fixture(scope="module", params=["unix", "wasm", "microbit"])
def board(request, tmp_path_factory):
    make = getattr(kinds, request.param)
    with make(tmp_path_factory.mktemp("board")) if request.param == "unix" else make() as board:
        device = Device(board.url)
        device.open()
        device.memory.read()
        yield device
        device.close()


def run(board, code):
    board.run_cell(code, lambda _: None)


def test_reading_takes_nothing(board):
    board.memory.read()
    reading, change = board.memory.read()
    assert change == MemoryChange(0, 0, others=False)
    assert 0 < reading.largest <= reading.free
    assert reading.used > 1000


def test_what_cells_take(board):
    run(board, "a = None")
    before, _ = board.memory.read()
    run(board, "a = bytearray(2000)")
    after, change = board.memory.read()
    assert 2000 <= change.used == after.used - before.used < 3500
    assert (change.cells, change.others) == (1, False)
    run(board, "a = None")
    run(board, "pass")
    _, change = board.memory.read()
    assert change.used < -1500
    assert (change.cells, change.others) == (2, False)
    board.exec("pass")
    assert board.memory.read()[1].others


def test_nothing_is_left_behind(board):
    board.memory.read()
    left = board.eval(
        "[n for n in globals() if n.startswith('__iot') and n not in ('__iot__', '__iot_value__')]"
    )
    assert left == []


def test_boards_that_do_not_tell_the_largest_block(board, monkeypatch):
    if board.platform == "webassembly":
        return  # takes more memory on demand, so that there is no end to what can be tried
    reading, _ = board.memory.read()
    monkeypatch.setattr(memory, "_LARGEST", re.compile("nothing"))
    found, _ = board.memory.read()
    assert 0.8 * reading.largest < found.largest <= reading.largest + 200


def test_a_restart(board):
    board.soft_reset()
    assert board.memory.read()[1] is None


class Liar:
    """A board that answers with texts, with the marks they need."""

    platform = mark = ""
    runs = cells = 0

    def __init__(self, *answers):
        self.answers = list(answers)

    def on_stray(self, text):
        pass

    def exec(self, code, timeout=None):
        self.runs += 1
        if not (found := re.search(r"x1e(\w{12})", code)):
            return ""
        answer = self.answers.pop(0)
        return "" if answer is None else f"\x1e{found[1]}{answer}\x1f"


INFO = "stack: 496 out of 1800\r\nGC: total: 10048, used: 4544, free: 5504\r\n max free sz: 307"


GROWING = "GC: total: 10048, used: 1, free: 1, max new split: 7\nmax free sz: 1"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([f"(5000, 4544, 0)\x1d{INFO}"], (4544, 5504, 4912, 0)),
        ([f"(5000, 4544, {2**63 - 1})\x1d{INFO}"], (4544, 5504, 9824, 0)),
        ([f"(5000, 4544, 0)\x1d{GROWING}"], (4544, 5504, 16, 7)),
        (["(5000, 4544, 0)\x1d", "321"], (4544, 5000, 321, 0)),
    ],
)
def test_what_boards_say(answers, expected):
    reading, change = BoardMemory(Liar(*answers)).read()
    assert (reading.used, reading.free, reading.largest, reading.more) == expected
    assert change is None


@pytest.mark.parametrize(
    "answers", [["5"], ["(1, 2)\x1d"], ["('x', 2, 3)\x1d"], ["(1, 2, 3)\x1d", "'x'"], ["\x1d"]]
)
def test_what_makes_no_sense(answers):
    with pytest.raises(RemoteProtocolError):
        BoardMemory(Liar(*answers)).read()


def test_boards_that_say_nothing():
    with pytest.raises(NoMemoryError):
        BoardMemory(Liar(None)).read()


def test_boards_that_cannot_say():
    class Board(Liar):
        def exec(self, code, timeout=None):
            raise DeviceError("AttributeError", "mem_free", "AttributeError: mem_free")

    with pytest.raises(NoMemoryError, match="its firmware has no"):
        BoardMemory(Board()).read()


def test_memory_of_real_boards(board):
    left = ask_memory_left(board.answer_when_idle, platform=board.platform)
    assert 1000 < left.free < 1 << 32
    assert left.largest > 500
    board.exec("big = bytearray(2000)")
    assert ask_memory_left(board.answer_when_idle, platform=board.platform).free < left.free - 1000
    board.exec("del big")


def test_variables_of_the_user_s_are_no_builtins(board):
    board.exec("print = gc = micropython = Exception = getattr = None")
    assert ask_memory_left(board.answer_when_idle, platform=board.platform).largest > 500
    board.exec("del print, gc, micropython, Exception, getattr")


INFO = "GC: total: 64000, used: 9, free: 8\n No. of 1-blocks: 2, max blk sz: 3, max free sz: 100"
SMALL, LARGE = (1 << 31) - 1, (1 << 63) - 1


@each(
    ("told", "left"),
    [
        (f"(5000,9,{SMALL})\x1d{INFO}\n", MemoryLeft(5000, 1600)),
        (f"(5000,9,{LARGE})\x1dstack: 1 of 2\nfrom a thread\n{INFO}\n", MemoryLeft(5000, 3200)),
        (f"(5000,9,{SMALL})\x1dGC: total: 9, max new split: 70000\n max free sz: 1", MemoryLeft(5000, 70000)),
        (f"(5000,9,{SMALL})\x1d", MemoryLeft(5000)),
    ],
)
def test_answers(told, left):
    assert ask_memory_left(lambda code: f"noise\x1e{mark_of(code)}{told}\x1fnoise") == left


@pytest.mark.parametrize("told", ["", "x", "(1,2)\x1d", "('a',2,3)\x1d", f"(1,{'9' * 100},3)\x1d"])
def test_senseless_answers(told):
    with pytest.raises(RemoteProtocolError):
        ask_memory_left(lambda code: f"\x1e{mark_of(code)}{told}\x1f")


def mark_of(code):
    return re.search("x1e([0-9a-f]{12})", code)[1]


def test_no_answer():
    assert ask_memory_left(lambda code: "") is None
