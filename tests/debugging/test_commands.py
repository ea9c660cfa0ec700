"""Lines to a board: ASCII, bounded, and expressions whatever a user has typed."""

import ast
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.debugging import commands
from iot_kernel.debugging.commands import LONGEST_COMMAND, Pause, Step
from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint, Scope, ScopeKind
from iot_kernel.debugging.instrumentation.table import Place, StackFrame
from iot_kernel.debugging.instrumentation.traced import TracedFunction
from tests.each import each

#: In a function, where c may be unbound and a can be set.
POINT = Checkpoint(9, 2, 0, Scope("f", ScopeKind.FUNCTION, 1), ("a", "ö"), 1, ("c",))


FRAME = StackFrame(1, Place("key", "m", POINT))


def frame_with(names):
    return replace(FRAME, place=replace(FRAME.place, checkpoint=replace(POINT, names=tuple(names))))


def called(command):
    """The function of a command, and its arguments as values."""
    call = ast.parse(command, mode="eval").body
    return call.func.id, *[ast.literal_eval(given) for given in call.args]


@each(
    "command, call",
    [
        (commands.go(Step.NEXT), ("go", 2)),
        (commands.begin(follows=True, watches=False, highest=9), ("begin", True, False, 9)),
        (commands.local(FRAME, 3), ("local", 1, ("a", "ö"), ("c",), 3)),
        (commands.wide("", 0), ("wide", "", 0)),
        (commands.wide(None, 0), ("wide", None, 0)),
        (commands.children(4, 50), ("children", 4, 50)),
        (commands.text("lib/ö.py", 1500), ("text", "lib/ö.py", 1500)),
        (commands.PAUSE, ("pause",)),
        (
            commands.run(FRAME, "a\n'ü'", executes=True),
            ("run", 1, "a\n'ü'", ("a", "ö"), ("c",), 1, "m", True),
        ),
        (
            commands.run(None, "a"),
            ("run", 0, "a", (), (), 0, "", False),
        ),
    ],
)
def test_commands(command, call):
    assert called(command) == call
    assert commands.numbered(7, command) == f"7 {command}"


@given(st.text(), st.lists(st.text()))
def test_any_code_is_one_line_of_ascii(code, names):
    command = commands.run(frame_with(names), code)
    assert command.isascii()
    assert command.isprintable()
    assert called(command)[2:4] == (code, tuple(names))


def test_a_command_that_is_too_long_is_refused():
    with pytest.raises(CommandFailedError, match=str(LONGEST_COMMAND)):
        commands.numbered(1, commands.run(None, "x" * LONGEST_COMMAND))


def test_pauses_go_in_pieces_that_a_board_can_hold():
    pauses = {number: Pause("a" * 50, names=("a",)) if number % 2 else None for number in range(1, 500)}
    pieces = commands.place(pauses)
    assert max(map(len, pieces)) < LONGEST_COMMAND
    calls = [called(piece) for piece in pieces]
    assert [is_first for _, _, is_first in calls] == [True] + [False] * (len(pieces) - 1)
    assert {number: given for _, given, _ in calls for number, given in given.items()} == {
        number: pause and (pause.condition, "", ("a",), (), "") for number, pause in pauses.items()
    }


def test_numbers_that_are_kept_go_in_pieces_too():
    numbers = set(range(1, 3000, 2))
    pieces = [called(piece) for piece in commands.keep(numbers)]
    assert [is_first for _, _, is_first in pieces] == [True] + [False] * (len(pieces) - 1)
    assert [number for _, some, _ in pieces for number in some] == sorted(numbers)
    assert max(map(len, commands.keep(numbers))) < LONGEST_COMMAND
    assert [called(piece) for piece in commands.keep([])] == [("keep", (), True)]


def test_no_pause_is_a_command_too():
    assert commands.place({}) == ["place({},True)"]


def test_lines_without_checkpoints_are_places_too():
    assert called(*commands.place({("<stdin>", "f", 1, 2): None})) == (
        "place",
        {("<stdin>", "f", 1, 2): None},
        True,
    )


def test_functions_to_be_traced_go_in_pieces():
    functions = [TracedFunction("ö" * 100, number, number + 1) for number in range(99)]
    pieces = commands.trace(functions, {"m", "n"})
    assert max(map(len, pieces)) < LONGEST_COMMAND
    told = [called(piece) for piece in pieces]
    assert [each for _, some, *_ in told for each in some] == [("ö" * 100, n, n + 1) for n in range(99)]
    assert [rest for *_, rest in told] == [True] + [False] * (len(pieces) - 1)
    assert [modules for _, _, modules, _ in told] == [("m", "n")] + [()] * (len(pieces) - 1)
    assert called(*commands.trace([], ())) == ("trace", (), (), True)
