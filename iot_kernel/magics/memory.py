"""%mem and %%mem: the memory of the board."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from iot_kernel.device.memory import MemoryChange, MemoryReading
from iot_kernel.magics.magic import MagicContext, cell_magic, line_magic
from iot_kernel.syntax.cell import CellMagic
from iot_kernel.text import byte_count


@line_magic("mem")
def mem_line(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Show how much memory of the board is free

    Also the largest block, which is the largest thing that can still be made, and what
    the cells since the last %mem have taken. The board collects garbage first. Nothing
    is counted before you ask: to learn what one cell takes, begin it with %%mem.
    """
    reading, change = ctx.session.device().memory.read()
    _show(ctx, reading, change, _since)


@cell_magic("mem")
def mem_cell(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Show how much memory of the board a cell takes

    Runs the cell, and shows how much more memory is in use afterwards, garbage not
    counted: variables, functions, modules, what they have allocated and not freed.
    """
    ctx.session.device().memory.read()

    def show() -> None:
        reading, change = ctx.session.device().memory.read()
        _show(ctx, reading, change, lambda _: "this cell")

    ctx.run_board(cell.body, cell.line, before_value=show)


def _since(change: MemoryChange) -> str:
    """What has taken the memory."""
    if change.others or not change.cells:
        return "since last %mem"
    return "last cell" if change.cells == 1 else f"last {change.cells} cells"


def _show(
    ctx: MagicContext,
    reading: MemoryReading,
    change: MemoryChange | None,
    since: Callable[[MemoryChange], str],
) -> None:
    more = f", and {byte_count(reading.more)} more on demand" if reading.more else ""
    rows = {
        "in use": f"{byte_count(reading.used)} of {byte_count(reading.used + reading.free)}",
        "free": f"{byte_count(reading.free)}{more}",
        "largest block": byte_count(reading.largest),
    }
    if change is not None:
        rows[since(change)] = f"{byte_count(abs(change.used))} {'less' if change.used < 0 else 'more'} in use"
    ctx.out("".join(f"{key:15} {value}\n" for key, value in rows.items()))
