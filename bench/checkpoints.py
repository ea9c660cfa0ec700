"""What checkpoints of the debugger cost that do not stop, in time and in memory.

Run ``python -m bench.checkpoints``. On the unix port cells run by the debugger as in a notebook, beside a
hundred other variables, with a breakpoint elsewhere; once more as with firmware that makes no machine code,
and as on a board without threads, which looks at such checkpoints itself whether the host says something.
MicroPython for WebAssembly cannot be debugged; there the same text runs with the same program of the board's
side. There is no peer; the limit is a call of a function that does nothing.
"""

from __future__ import annotations

import ast
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol
from unittest import mock

from bench.checkpoint_programs import BY_HAND, CALLS, OTHERS, SIZES, TEXT, TIMED
from bench.rows import Pair, Row, also, at_most, tell
from iot_kernel.debugging.instrumentation.checkpoints import Instrumented
from iot_kernel.debugging.instrumentation.instrument import STOP, STOPS, instrument
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.device import debugger_programs
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.device import Device
from iot_kernel.snippets import snippet
from tests.real_boards.kinds import wasm

TURNS = 7
SECONDS = 0.04  # for which each loop runs, three times in a turn
MOST_BYTES = 24  # with three names
MOST_US = 0.2  # on the unix port

#: Most that a checkpoint costs, in calls: one that looks; that notes where it is; while all of them do that;
#: without threads.
MOST_LOOK, MOST_NOTE, MOST_FOLLOWED, MOST_ALONE = 1.5, 12, 25, 50

#: The loops of the functions, with the checkpoints in one turn of each.
LOOPS = {"plain": 10, "one": 1, "three": 1, "both": 2}

Run = Callable[[str], str]


class DebuggedRun(Protocol):
    """Runs a cell by the debugger; what it prints."""

    def __call__(self, code: str, *, follows: bool = False) -> str:
        """Runs it; all checkpoints note where they are if it follows."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was measured in turn, in us.

    Attributes:
        bare: a turn of each loop without checkpoints.
        checked: the same with.
        empty: a turn of a loop in which nothing is done.
        call: a call of a function that does nothing.
    """

    bare: dict[str, float]
    checked: dict[str, float]
    empty: float
    call: float

    def cost(self, loop: str) -> float:
        """What one checkpoint costs."""
        return (self.checked[loop] - self.bare[loop]) / LOOPS[loop]


def take_turn(device: Device, run: Run) -> Turn:
    """Times all loops on a board; ``run`` runs code with checkpoints."""
    bare = _timed(device.exec, "bare", LOOPS)
    checked = _timed(run, "checked", LOOPS)
    call = _timed(device.exec, "", ("calling", "empty"))
    return Turn(bare, checked, call["empty"], (call["calling"] - call["empty"]) / 10)


def _timed(run: Run, prefix: str, loops: Sequence[str] | dict[str, int]) -> dict[str, float]:
    names = [f"{prefix}_{loop}" if prefix else loop for loop in loops]
    said = run(f"print([timed(f) for f in ({','.join(names)},)])")
    return dict(zip(loops, ast.literal_eval(said), strict=True))


def _prepare(device: Device) -> None:
    calls = CALLS.replace("P_", "bare_")
    device.exec(OTHERS + TIMED.replace("SECONDS", str(SECONDS)) + TEXT.replace("P_", "bare_") + calls)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Device]:
    device = Device(url)
    device.open()
    try:
        yield device
    finally:
        device.close()


def measure() -> Iterator[Row]:
    """Measures the unix port and WebAssembly."""
    for measured in (_sizes, _memory, _on_unix, _interpreted, _without_threads):
        with tempfile.TemporaryDirectory() as directory, _opened(f"sim://bench?dir={directory}") as device:
            yield from measured(device)
    with wasm() as board, _opened(board.url) as device:
        yield from _on_wasm(device)


def _sizes(device: Device) -> Iterator[Row]:
    source = "def f(a, b, x):\n x=a\n"
    with_three, settable = (
        instrument(source, first=100, watched=watched).source.splitlines()[1].removesuffix("x=a").strip()
        for watched in ((), (2,))
    )
    texts = ["", f"100 in {STOPS} and {STOP}(100);", with_three, settable]
    bare, *sizes = ast.literal_eval(device.exec(SIZES.replace("TEXTS", repr(texts))))
    whats = ("no name", "3 names", "3 names, which can be set")
    for what, size in zip(whats, sizes, strict=True):
        each = (size - bare) / 200
        is_judged = what == "3 names"
        bar = f"at most {MOST_BYTES} bytes" if is_judged else ""
        good = each <= MOST_BYTES if is_judged else None
        yield Row(f"checkpoint, {what}, unix", f"{each:9.1f} bytes", good=good, bar=bar)


def _memory(device: Device) -> Iterator[Row]:
    used = "import gc; gc.collect(); print(gc.mem_alloc())"
    before = int(device.exec(used))
    BoardDebugger(device, lambda _: None, CheckpointTable()).attach()
    yield Row("the board's side, unix", f"{(int(device.exec(used)) - before) / 1024:9.1f} KB")


def _on_unix(device: Device) -> Iterator[Row]:
    run = _debugged(device)
    turns = [take_turn(device, run) for _ in range(TURNS)]
    yield _statement(turns)
    yield from (_in_time(row, figure) for row, figure in _rows(turns, "unix"))
    turns = [take_turn(device, lambda code: run(code, follows=True)) for _ in range(TURNS)]
    yield _in_calls("all followed, unix", turns, "plain", MOST_FOLLOWED)


def _interpreted(device: Device) -> Iterator[Row]:
    with mock.patch.object(debugger_programs, "snippet", partial(snippet, is_interpreted=True)):
        run = _debugged(device)
    turns = [take_turn(device, run) for _ in range(TURNS)]
    yield _in_calls("before a call and in what is called, no machine code", turns, "both", MOST_NOTE)


def _without_threads(device: Device) -> Iterator[Row]:
    device.exec("import sys; sys.modules['_thread'] = None")
    run = _debugged(device)
    turns = [take_turn(device, run) for _ in range(TURNS)]
    yield _in_calls("before a call, 3 names, no threads", turns, "three", MOST_ALONE)
    turns = [take_turn(device, lambda code: run(code, follows=True)) for _ in range(TURNS)]
    yield _in_calls("all followed, no threads", turns, "plain", MOST_ALONE)


def _in_calls(what: str, turns: list[Turn], loop: str, most: float) -> Row:
    return at_most(what, _pair(turns, loop), "us", most, of="a call", digits=3)


def _debugged(device: Device) -> DebuggedRun:
    """Prepares a board, and returns what runs cells there."""
    _prepare(device)
    debugger = BoardDebugger(device, lambda _: None, CheckpointTable())
    debugger.attach()
    debugger.define(debugger.table.add("functions", TEXT.replace("P_", "checked_")).source)
    elsewhere = debugger.table.add("elsewhere", "def elsewhere():\n    pass\n")
    debugger.set_pauses({elsewhere.checkpoints[0].number: None})

    def run(code: str, *, follows: bool = False) -> str:
        printed: list[str] = []
        debugger.run_cell(debugger.table.add("cell", code).source, printed.append, follows=follows)
        return "".join(printed)

    return run


def _statement(turns: list[Turn]) -> Row:
    """A plain statement with its checkpoint, beside the bare one."""
    ours = tuple((turn.checked["plain"] - turn.empty) / LOOPS["plain"] for turn in turns)
    bare = tuple((turn.bare["plain"] - turn.empty) / LOOPS["plain"] for turn in turns)
    row = at_most("a = b with a checkpoint, 3 names, unix", Pair(ours, bare), "us", 0, of="a = b", digits=3)
    return replace(row, good=None, bar="")


def _in_time(row: Row, figure: float) -> Row:
    return also(row, figure <= MOST_US, f"at most {MOST_US} us")


def _on_wasm(device: Device) -> Iterator[Row]:
    _prepare(device)
    made = instrument(TEXT.replace("P_", "checked_"))
    by_hand = BY_HAND.replace("PROGRAM", repr(snippet("debug_notes", is_interpreted=True)))
    device.exec(by_hand.replace("NUMBERS", repr(_noting(made))) + made.source)
    turns = [take_turn(device, device.exec) for _ in range(TURNS)]
    yield from (row for row, _ in _rows(turns, "WebAssembly", factor=2))


def _noting(made: Instrumented) -> list[int]:
    """The checkpoints in front of a call of another function that has some."""
    return [point.number for point in made.checkpoints if point.calls & made.callables.names]


def _rows(turns: list[Turn], where: str, *, factor: float = 1) -> Iterator[tuple[Row, float]]:
    """Rows and their figures; bars are so many times those of the unix port."""
    for what, loop, most in (
        ("before a plain statement, 3 names", "plain", MOST_LOOK),
        ("before a call, 1 name", "one", MOST_NOTE),
        ("before a call, 3 names", "three", MOST_NOTE),
        ("before a call and in what is called", "both", MOST_NOTE),
    ):
        yield _in_calls(f"{what}, {where}", turns, loop, factor * most), _pair(turns, loop).figure


def _pair(turns: list[Turn], loop: str) -> Pair:
    return Pair(tuple(turn.cost(loop) for turn in turns), tuple(turn.call for turn in turns))


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
