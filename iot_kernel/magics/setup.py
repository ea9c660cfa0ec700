"""%%setup and %setup: cells that run again by themselves once the board has restarted."""

from __future__ import annotations

import argparse

from iot_kernel.boards.setup_cells import SetupCell, running
from iot_kernel.errors import NotConnectedError, UsageError
from iot_kernel.magics.magic import MagicContext, argument, cell_magic, line_magic
from iot_kernel.syntax.cell import CellMagic


@cell_magic("setup")
def setup_cell(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Run cell on the connected microcontroller, and again by itself after each reset

    When the board's variables are gone, whatever the reason, the next cell for this
    board runs its set-up cells first, in the order in which they were first run, and
    says so. A connection that was lost and found again with the variables still there
    needs no set-up. Where a set-up cell fails, the cell behind it is not run.

    A changed %%setup cell replaces the one before when it is run. '%setup' lists the
    set-up cells of the board, '%setup --clear' forgets them.
    """
    if not cell.body.strip():
        raise UsageError("%%setup: error: the cell is empty; '%setup' lists the set-up cells of the board")
    device = ctx.session.device()
    marked = SetupCell(ctx.cell_id, cell.body, cell.line, ctx.number, device.run_id())
    ctx.setup_cells.mark(device, marked)
    with running(marked, lambda: device.run_id() if device.is_open else marked.ran_in):
        ctx.run_board(cell.body, cell.line)


@line_magic("setup")
@argument("--clear", action="store_true", help="forget them: those with these numbers, or all")
@argument("numbers", nargs="*", type=int, metavar="N", help="number of a set-up cell, as in [3]")
def setup(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List the set-up cells of the connected board, or forget them

    %setup                list them
    %setup --clear 3      forget set-up cell [3]
    %setup --clear        forget all of this board

    %%setup makes a cell a set-up cell.
    """
    device = ctx.session.current
    if device is None:
        raise NotConnectedError
    known = ctx.setup_cells.of(device)
    if missing := sorted(set(args.numbers) - {cell.number for cell in known}):
        raise UsageError(f"%setup: error: {ctx.session.name} has no set-up cell [{missing[0]}]")
    if args.clear:
        for cell in ctx.setup_cells.forget(device, args.numbers):
            ctx.out(f"forgot [{cell.number}] {cell.title}\n")
        return
    shown = [cell for cell in known if not args.numbers or cell.number in args.numbers]
    ctx.out("".join(f"[{cell.number}] {cell.title}\n" for cell in shown))
    if not known:
        ctx.out(f"{ctx.session.name} has no set-up cells; %%setup makes a cell one\n")
