"""Functions of earlier cells that can get checkpoints without their cell, and those that must not."""

from types import SimpleNamespace

import pytest

from iot_kernel.debugging.frontend.breakpoints import Breakpoints
from iot_kernel.debugging.frontend.cell_paths import CellPaths
from iot_kernel.debugging.frontend.earlier import EarlierCells, exchangeable
from iot_kernel.syntax.cell import BoardCode
from tests.debugging.frontend.scripted_debugger import cut
from tests.each import each

CELL = "x = 1\ndef f(a, b=2):\n    return a\n"


def ran(text, line=1, reached=None):
    return SimpleNamespace(text=text, line=line, reached=text if reached is None else reached)


def names(text, *later):
    """What can be exchanged of a piece after others ran."""
    return [each.name for each in exchangeable(BoardCode(text, 1), [ran(text), *map(ran, later)])]


@each(
    "text, found",
    [
        (CELL, ["f"]),
        ("def g():\n  yield 1\nasync def h(): pass", ["g", "h"]),
        ("@wrap\ndef f(): pass", []),
        ("def f(a=[]): pass\ndef g(*, b=x): pass\ndef h(*, c=None): pass", ["h"]),
        ("def f(): pass\nf = wrap(f)", []),
        ("if x:\n  def f(): pass", []),
        ("class A:\n  def f(self): pass", []),
        ("_N = const(5)\ndef f(): return _N\ndef g(): return 1", ["g"]),
        ("def f(:", []),
    ],
)
def test_plain_functions_of_the_outermost_level(text, found):
    assert names(text) == found


@each(
    "later, found",
    [
        ("y = f(1)\nprint(f)", ["f"]),
        ("f = 1", []),
        ("def f(): pass", []),
        ("def g():\n  global f\n  f = 2", []),
        ("from m import *", []),
        ("import f", []),
        ("exec(text)", []),
        ("globals()['f'] = 1", []),
        ("del f", []),
        ("this is no Python", ["f"]),
        ("f is no Python", []),
    ],
)
def test_what_ran_later_may_have_made_another_one(later, found):
    assert names(CELL, later) == found


def test_only_what_has_run_counts_and_the_last_time():
    piece = BoardCode(CELL, 3)
    assert exchangeable(piece, []) == ()
    assert exchangeable(piece, [ran(CELL)]) == ()  # of another place
    assert exchangeable(piece, [ran(CELL, 3, reached="x = 1")]) == ()
    (function,) = exchangeable(piece, [ran(CELL, 3), ran("f = 1"), ran(CELL, 3)])
    assert (function.first, function.last, function.yields) == (2, 3, False)


@pytest.fixture
def earlier():
    """The cells ``/a`` and ``/b``, which ran; `past` may be added to."""
    breakpoints, paths = Breakpoints(cut), CellPaths()
    past = [ran(CELL), ran("def g():\n    return f(1)\ndef h(): pass\n")]
    for path, piece in zip(("/a", "/b"), past, strict=True):
        paths.note(path, piece.text)
    made = EarlierCells(breakpoints, paths, cut, lambda: past)
    made.breakpoints = breakpoints
    return made


def exchanged(earlier, code):
    return [(piece.path, [each.name for each in piece.functions]) for piece in earlier.to_exchange(code)]


def test_functions_on_the_way_to_a_breakpoint_are_exchanged(earlier):
    assert exchanged(earlier, "g()") == []
    earlier.breakpoints.exchange("/a", CELL, [{"line": 3}])
    assert exchanged(earlier, "g()") == [("/a", ["f"]), ("/b", ["g", "h"])]
    assert exchanged(earlier, "f(1)") == [("/a", ["f"])]
    assert exchanged(earlier, "h()") == []
    assert exchanged(earlier, CELL) == []  # which runs now
    (piece,) = earlier.to_exchange("f(1)")
    source = earlier.exchange(piece, frozenset({"f"}))
    assert source.startswith("\ndef f(a, b=2):\n")
    assert "__iot_s__" in source
    assert exchanged(earlier, "f(1)") == []


def test_a_breakpoint_outside_of_functions_exchanges_nothing(earlier):
    earlier.breakpoints.exchange("/a", CELL, [{"line": 1}])
    assert exchanged(earlier, "f(1)") == []


def test_breakpoints_that_wait_for_their_cell(earlier):
    text = "@wrap\ndef d():\n    return 1\nd()\n"
    (never,) = earlier.set_breakpoints("/c", text, [{"line": 3}])
    earlier._past().append(ran(text))
    first, second = earlier.set_breakpoints("/c", text, [{"line": 3}, {"line": 4}])
    assert [bool(each.message) for each in (never, first, second)] == [False, True, False]
    assert earlier.set_breakpoints("/a", CELL, [{"line": 3}])[0].message == ""


def test_functions_that_wait_for_their_cell_are_named_to_cells_that_may_call_them(earlier):
    text = "class Motor:\n    def turn(self):\n        return 1\n    def stop(self):\n        return 2\n"
    earlier._past().append(ran(text))
    earlier._paths.note("/c", text)
    earlier.set_breakpoints("/c", text, [{"line": 3}])
    assert earlier.waiting("m.stop()") == []
    assert earlier.waiting(text) == []  # which runs now
    assert earlier.waiting("m.turn()") == ["Motor.turn"]
    assert earlier.waiting("m.turn()") == []  # it has been said
    earlier.set_breakpoints("/c", text, [])
    assert earlier.waiting("m.turn()") == []
    earlier.set_breakpoints("/c", text, [{"line": 3}])
    assert earlier.waiting("Motor().turn()") == ["Motor.turn"]
    (piece,) = cut(text)
    earlier.breakpoints.send("/c", text, piece)
    earlier.set_breakpoints("/c", text, [])
    assert earlier.waiting("") == []
    earlier.breakpoints.exchange("/c", text, [{"line": 3}], lambda _: True)
    assert earlier.waiting("m.turn()") == []  # its cell has run with checkpoints since
