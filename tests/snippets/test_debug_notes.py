"""Notes of frames agree with a plain stack, from which everything is taken that is not deeper."""

import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.snippets import snippet
from tests.each import each
from tests.opened import opened

#: The program for firmware that makes machine code, and for other firmware.
FORMS = [snippet("debug_notes"), snippet("debug_notes", is_interpreted=True)]

#: What a checkpoint says: how deep it is, its number, and what it hands over.
SAID = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3), st.tuples(*[st.integers()] * 3)))

#: Notes by a thread that may just note, and by one that may not.
WAYS = st.lists(st.booleans(), min_size=1)


class Board:
    """Runs the program where the stack is as deep as the test says."""

    def __init__(self, monkeypatch, program=FORMS[0]):
        micropython = types.ModuleType("micropython")
        micropython.stack_use = lambda: self.depth
        micropython.native = lambda function: function
        monkeypatch.setitem(sys.modules, "micropython", micropython)
        names = {}
        exec(program, names)
        self.told = []
        self.main = names["main"]
        given = names["__iot_notes__"](self._stop)
        self.places, self.quick, self.thorough, self.note, self.notes, self.forget = given

    def _stop(self, depth, checkpoint):
        number, values = checkpoint
        self.told.append(number)
        self.note(self.main, depth, number, values)
        return "stopped"

    def slots(self):
        """All values that are kept."""
        slot = self.note(self.main, 0, 0, (None,) * 3)  # the outermost frame: all others have ended
        kept = []
        while slot is not None:
            kept += slot[2:5]
            slot = slot[6]
        return kept


@pytest.fixture
def board(monkeypatch):
    return Board(monkeypatch)


@given(SAID, WAYS, st.sampled_from(FORMS))
def test_notes_are_a_stack(said, ways, program):
    with pytest.MonkeyPatch.context() as monkeypatch:
        board = Board(monkeypatch, program)
    stack = []
    for index, (depth, number, values) in enumerate(said):
        board.depth = depth
        (board.quick if ways[index % len(ways)] else board.thorough)(number, *values)
        while stack and stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, number, values))
        assert board.notes() == stack
    assert set(board.slots()) == {None}  # what has ended keeps nothing alive


def test_it_just_notes_in_its_thread_where_code_does_not_stop(board):
    board.depth = 1
    board.places[2] = None
    assert [board.quick(1), board.quick(2), board.thorough(1), board.quick(1, 5)] == [
        None,
        "stopped",
        "stopped",
        None,
    ]
    assert board.told == [2, 1]


def test_the_innermost_of_many_are_told(board):
    for board.depth in range(1, 100):
        board.quick(board.depth)
    assert [depth for depth, _, _ in board.notes()] == list(range(60, 100))


def test_other_threads_have_notes_of_their_own(board):
    board.depth = 5
    board.quick(1, "mine")
    slot = board.note("other", 3, 2, ("its", None, None))
    assert board.notes(slot) == [(3, 2, ("its", None, None))]
    assert board.notes() == [(5, 1, ("mine", None, None))]
    board.forget()
    assert board.notes() == []


#: Notes in two frames in turn; each frame has a slot by then. Memory that is let go at once counts, too.
ALLOCATING = """\
names = {}
exec(PROGRAM, names)
_, quick, *_ = names["__iot_notes__"](None)
from micropython import mem_total
def inner(n):
    quick(1, n)
def outer():
    before = mem_total()
    for n in range(100):
        quick(2, n, n, n)
        inner(n)
    return mem_total() - before
outer()
print(outer())
"""


#: With a locked heap no frame gets a slot: the one outside goes without a note. Later all have one again.
LOCKED = """\
names = {}
exec(PROGRAM, names)
_, quick, _, _, notes, _ = names["__iot_notes__"](None)
import micropython
def third():
    quick(3)
def second():
    quick(2)
    third()
def first():
    quick(1)
    micropython.heap_lock()
    second()
    quick(4)
    micropython.heap_unlock()
    second()
    return [number for _, number, _ in notes()]
print(first())
"""


@pytest.mark.board
@each("program", FORMS)
def test_with_a_locked_heap_code_goes_on(unix, program):
    with opened(unix) as device:
        assert device.exec(LOCKED.replace("PROGRAM", repr(program))) == "[4, 2, 3]\n"


@pytest.mark.board
@each("program", FORMS)
def test_a_note_takes_no_memory(unix, program):
    with opened(unix) as device:
        assert device.exec(ALLOCATING.replace("PROGRAM", repr(program))) == "0\n"
