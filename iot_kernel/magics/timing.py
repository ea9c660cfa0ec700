"""%time, %%time, %timeit and %%timeit: how long code takes on the board, by the board's own clock."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from iot_kernel.device.stopwatch import Measured, NoClockError, Stopwatch, timed
from iot_kernel.device.timed_loop import TimedLoop
from iot_kernel.errors import UsageError
from iot_kernel.magics.arguments import Split
from iot_kernel.magics.magic import MagicContext, argument, cell_magic, line_magic
from iot_kernel.syntax.cell import CellMagic
from iot_kernel.syntax.logical_lines import magic_lines
from iot_kernel.text import duration

_Function = TypeVar("_Function", bound=Callable[..., None])

#: s that a run takes at least where the number of loops is chosen: as in IPython
LONG_ENOUGH = 0.2

#: The most loops of a run are 10 to this power: as in IPython.
MOST_LOOPS_POWER = 9

#: How often the loop alone is measured; the shortest time counts.
EMPTY_RUNS = 3

#: Slowest run to fastest run: beyond, something has come in between.
UNEVEN = 4


@line_magic("time", split=Split.OPTIONS, everywhere=False)
@argument("code", help="a statement or an expression, whose value is shown")
def time_line(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Time a statement on the board

    %time sensor.read()

    Shows how long it takes by the board's own clock, and the value. What the link and
    the compiler take is not in it. In host cells, %time is IPython's.
    """
    _time(ctx, args.code, ctx.line)


@cell_magic("time", everywhere=False)
def time_cell(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Time a cell on the board

    The cell runs as it would without %%time. How long it takes by the board's own clock
    is shown before its value. What magics in the cell take is not in it.
    In a notebook whose plain cells run on the host, %%time is IPython's.
    """
    _time(ctx, cell.body, cell.line)


def _time(ctx: MagicContext, source: str, line: int) -> None:
    pieces: list[Measured] = []

    def run(code: str, line: int) -> str | None:
        code = "\n" * (line - 1) + code  # so that line numbers are the cell's
        with Stopwatch(ctx.session.device()) as watch:
            value = ctx.run_code(code, sent=timed(code))
            try:
                pieces.append(watch.read())
            except NoClockError as error:
                ctx.err(f"{error}\n")
        return value

    def show() -> None:
        if pieces:
            whole = Measured(
                math.fsum(piece.seconds for piece in pieces), max(piece.step for piece in pieces)
            )
            ctx.out(f"Wall time: {duration(whole.seconds)}{_rough(whole)}\n")

    ctx.run_board(source, line, run, show)


def _rough(measured: Measured) -> str:
    """What to add to a time that the clock could only tell roughly."""
    step = duration(measured.step)
    return f" (measured in steps of {step})" if measured.is_rough else ""


def _count(text: str) -> int:
    """Reads a number of things; its name is part of what argparse says of a wrong one."""
    value = int(text)
    if not 1 <= value <= 10**MOST_LOOPS_POWER:
        raise argparse.ArgumentTypeError(f"invalid number: {text} (1 to 1,000,000,000)")
    return value


def _timeit_arguments(function: _Function) -> _Function:
    """Gives a magic the options of timeit."""
    for attach in (
        argument("-q", action="store_true", help="show nothing"),
        argument("-p", type=_count, default=3, metavar="P", help="digits to show; 3 by default"),
        argument("-r", type=_count, default=7, metavar="R", help="how many loops are measured; 7 by default"),
        argument(
            "-n", type=_count, metavar="N", help="how often it runs in a loop; by default, for 0.2 s at least"
        ),
    ):
        function = attach(function)
    return function


@line_magic("timeit", split=Split.OPTIONS, everywhere=False)
@_timeit_arguments
@argument("code", help="a statement")
def timeit_line(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Time a statement on the board, many times

    %timeit sensor.read()
    %timeit -n 10 -r 3 display.show()

    The statement runs in a loop, in a function. It shows how long the statement takes
    once, by the board's own clock; the time of the loop itself is taken off.
    The board collects garbage before each run, and whenever its memory is full.
    In host cells, %timeit is IPython's.
    """
    _timeit(ctx, args, TimedLoop(args.code, "", ctx.line))


@cell_magic("timeit", split=Split.OPTIONS, everywhere=False)
@_timeit_arguments
@argument("setup", nargs="?", default="", help="runs once before the loops of each run, and is not timed")
def timeit_cell(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Time a cell on the board, many times

    %%timeit data = bytes(1000)
    sum(data)

    As %timeit does it. The cell runs in a function: variables that it sets are gone
    afterwards. In a notebook whose plain cells run on the host, %%timeit is IPython's.
    """
    if not cell.body.strip() or any(magic_lines(cell.body)):
        raise UsageError("%%timeit: error: the cell has to be code for the board, without magics")
    _timeit(ctx, args, TimedLoop(cell.body, args.setup, cell.line))


def _timeit(ctx: MagicContext, args: argparse.Namespace, loop: TimedLoop) -> None:
    if loop.pauses:
        raise UsageError(
            "%timeit: error: code that awaits or yields cannot run in its loop; %time can time it"
        )
    with Stopwatch(ctx.session.device()) as watch:

        def run(loops: int, loop: TimedLoop = loop) -> Measured:
            ctx.run_code(loop.in_cell, sent=loop.program(loops), readable=loop.readable)
            return watch.read()

        loops = args.n or _enough(run)
        empty = loop.empty()
        overhead = min(run(loops, empty).seconds for _ in range(EMPTY_RUNS))
        runs = [run(loops) for _ in range(args.r)]
    own = [max(0.0, measured.seconds - overhead) for measured in runs]
    result = TimeitResult(own, loops, overhead / loops, max(measured.step for measured in runs))
    if not args.q:
        ctx.out("".join(f"{line}\n" for line in [*result.notes(), result.text(args.p)]))


def _enough(run: Callable[[int], Measured]) -> int:
    """Finds how many loops a run needs."""
    numbers = [int(10**power) for power in range(MOST_LOOPS_POWER + 1)]
    return next((loops for loops in numbers if run(loops).seconds >= LONG_ENOUGH), numbers[-1])


@dataclass(frozen=True, slots=True)
class TimeitResult:
    """What ``%timeit`` found.

    Attributes:
        runs: s that each run took, without what the loop itself takes.
        loops: of each run.
        overhead: s that one empty loop takes.
        step: s that the board's clock tells apart.
    """

    runs: Sequence[float]
    loops: int
    overhead: float
    step: float

    def text(self, digits: int) -> str:
        """Writes it as IPython does."""
        each = [run / self.loops for run in self.runs]
        mean = math.fsum(each) / len(each)
        deviation = math.sqrt(math.fsum((one - mean) ** 2 for one in each) / len(each))
        runs = f"{len(each)} run{'' if len(each) == 1 else 's'}"
        loops = f"{self.loops:,} loop{'' if self.loops == 1 else 's'} each"
        overhead = f"; {duration(self.overhead)} of the loop itself taken off" if self.overhead else ""
        return (
            f"{duration(mean, digits)} ± {duration(deviation, digits)} per loop "
            f"(mean ± std. dev. of {runs}, {loops}{overhead})"
        )

    def notes(self) -> list[str]:
        """What makes it less than certain."""
        notes = []
        raw = sorted(run + self.overhead * self.loops for run in self.runs)
        if Measured(raw[0], self.step).is_rough:
            step = duration(self.step)
            notes.append(f"The board measures in steps of {step}: more loops would tell more.")
        elif raw[-1] > UNEVEN * raw[0]:
            notes.append(
                f"The slowest run took {raw[-1] / raw[0]:.1f} times longer than the fastest: the board "
                "collected garbage, or was busy with something else."
            )
        return notes
