"""What a debugger shows of things on a board: bounded, and without running code of the user's."""

import ast

import pytest

from iot_kernel.snippets import OWN, alone, snippet
from tests.each import each
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

ASK = "things,described,page,children=__iot_values__()\n"

CLASSES = """\
class Own:
    shared = 1
    def __init__(self): self.a = 1; self.b = [2]
    def __repr__(self): print('ran'); return 'own'
    def __getattr__(self, name): print('ran'); raise AttributeError
    def __len__(self): print('ran'); return 5
own = Own()
from array import array
from collections import OrderedDict, deque, namedtuple
import sys
Point = namedtuple('Point', ('x', 'y'))
class Lamp: pass
lamp = Lamp()
lamp.on = 1
class Words(list):
    def __len__(self): print('ran'); return 5
    def __iter__(self): print('ran'); return iter(())
words = Words()
def count(self): print('ran'); return 5
made = type('list', (), {'__len__': count, '__getitem__': count})()
error = ValueError("so", 5, own)
"""


@pytest.fixture(scope="module")
def unix_device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("values") / "board") as board, opened(board) as device:
        device.exec(CLASSES)
        yield device


def asked(device, expression, names):
    code = f"{snippet('short_value')}{snippet('parts')}{snippet('debug_values')}{ASK}print({expression})\n"
    return ast.literal_eval(device.exec(alone(code, f"**{OWN}.globals()" if names is None else names)))


def of(device, value):
    return asked(device, "described(VALUE)", f"'VALUE':{value}")


def inside(device, value, start=0):
    start, items, total = asked(device, f"(described(VALUE),children(1,{start}))[1]", f"'VALUE':{value}")
    return start, total, [(name, kind, text) for name, kind, _, text, _, _ in items]


@each(
    "value, told",
    [
        ("5", ("int", None, "5", [], 0)),
        ("None", ("NoneType", None, "None", [], 0)),
        ("1.5", ("float", None, "1.5", [], 0)),
        ("'a' * 200", ("str", 200, f"'{'a' * 80}'", [], 0)),
        ("b'ab'", ("bytes", 2, "b'ab'", [], 1)),
        ("bytearray(90)", ("bytearray", 90, repr(bytearray(80)), [], 1)),
        ("[0] * 9000", ("list", 9000, None, ["0", "0", "0", "0", None], 1)),
        ("[own, 'a' * 50]", ("list", 2, None, ["<Own>", f"'{'a' * 40}'..."], 1)),
        ("()", ("tuple", 0, None, [], 0)),
        ("{'k': 2}", ("dict", 1, None, ["'k': 2"], 1)),
        ("{2}", ("set", 1, None, ["2"], 1)),
        ("range(7)", ("range", 7, "range(0, 7)", ["0", "1", "2", "3", None], 1)),
        ("array('h', [1, 2])", ("array", 2, "h", ["1", "2"], 1)),
        ("OrderedDict([(1, 2)])", ("OrderedDict", 1, None, ["1: 2"], 1)),
        ("deque((1, 2), 5)", ("deque", 2, None, ["1", "2"], 1)),
        ("Point(1, 2)", ("Point", 2, None, ["1", "2"], 1)),
        ("lamp", ("Lamp", None, None, ["on=1"], 1)),
        ("words", ("Words", None, None, [], 0)),
        ("made", ("list", None, None, [], 0)),
        ("Own", ("type", None, "Own", [], 1)),
        ("sys", ("module", None, "sys", [], 1)),
        ("error", ("ValueError", 3, None, ["'so'", "5", "<Own>"], 1)),
    ],
)
def test_a_thing(unix_device, value, told):
    assert of(unix_device, value) == told


@each(
    "value, told",
    [
        ("[5, 'x']", (0, 2, [("0", "int", "5"), ("1", "str", "'x'")])),
        ("b'ab'", (0, 2, [("0", "int", "97"), ("1", "int", "98")])),
        ("range(3, 9, 3)", (0, 2, [("0", "int", "3"), ("1", "int", "6")])),
        ("{'k': 1}", (0, 1, [("'k'", "int", "1")])),
        ("{(1,): 1}", (0, 1, [("<tuple>", "int", "1")])),
        ("{7}", (0, 1, [("0", "int", "7")])),
        ("own", (0, 2, [("a", "int", "1"), ("b", "list", None)])),
        ("OrderedDict([(1, 2)])", (0, 1, [("1", "int", "2")])),
        ("deque((1, 2), 5)", (0, 2, [("0", "int", "1"), ("1", "int", "2")])),
        ("error", (0, 3, [("0", "str", "'so'"), ("1", "int", "5"), ("2", "Own", None)])),
    ],
)
def test_what_is_inside(unix_device, value, told):
    start, total, items = inside(unix_device, value)
    assert (start, total, sorted(items)) == (told[0], told[1], sorted(told[2]))


def test_pages(unix_device):
    assert len(inside(unix_device, "list(range(1000))")[2]) == 50
    assert inside(unix_device, "list(range(1000))", 990)[2][0] == ("990", "int", "990")
    assert inside(unix_device, "{n: n for n in range(1000)}", 999)[:2] == (999, 1000)
    assert inside(unix_device, "[1]", 5) == (5, 1, [])


def test_an_answer_has_few_characters(unix_device):
    answer = asked(unix_device, "(described(VALUE),children(1,0))[1]", "'VALUE':['\\1' * 100] * 50")
    assert 0 < len(answer[1]) < 50
    assert len(repr(answer)) < 4000


def test_on_webassembly(wasm):
    with opened(wasm) as device:
        device.exec(CLASSES)
        assert of(device, "lamp") == ("Lamp", None, None, ["on=1"], 1)
        assert inside(device, "{'k': 1}") == (0, 1, [("'k'", "int", "1")])
