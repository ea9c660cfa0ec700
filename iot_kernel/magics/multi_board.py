"""``%%connect``: one cell on several boards, one after the other or at the same time, and on the host."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from iot_kernel.api.finder import connect_entry
from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.errors import IoTKernelError, UsageError
from iot_kernel.magics.colours import banner
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, cell_magic
from iot_kernel.magics.on_boards import TargetsFailedError, error_text, is_interrupt
from iot_kernel.magics.parallel_cell import run_in_parallel
from iot_kernel.magics.search import finder, search
from iot_kernel.syntax.cell import CellMagic


@dataclass(frozen=True, slots=True)
class _CellTarget:
    """One place to run the cell: what its banner says, and how to run it there."""

    name: str
    run: Callable[[], None]


@cell_magic("connect")
@argument("--all", action="store_true", help="run on all boards that are found")
@argument("--host", action="store_true", help="run on the host as well, before the boards")
@argument("-p", "--parallel", action="store_true", help="run on all of them at the same time")
@argument("--out", metavar="NAME", help="variable of host cells: a dict of the values by board")
@argument("-q", "--quiet", action="store_true", help="show no banners, and with --parallel no table")
@argument("names", takes=Takes.BOARD, nargs="*", help="names, uids or urls; by default the connected board")
def connect(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Generalization of %connect to run code on several devices sequentially

    The cell may hold line magics. Where a board cannot be connected or the code fails,
    the others still run it; the cell fails in the end. They run it one after the other,
    and the last board stays connected.

    %%connect lamp robot --parallel     on both at the same time
    %%connect --all --parallel          on all that are found
    %%connect -p lamp robot --out got   got["lamp"] is the value of the last expression

    With --parallel each board shows what it prints in a block of its own, and a table
    at the end has values, times and errors. The connected board stays the connected
    one; the others stay connected beside it, for the next such cell, until
    '%disconnect'. Host code cannot be part of such a cell.
    """
    if not cell.body.strip():
        return
    if args.out and not args.parallel:
        raise UsageError("%%connect: error: --out goes with --parallel")
    if args.parallel:
        run_in_parallel(ctx, args, cell)
        return
    targets = _targets(ctx, args, cell)
    if not targets:
        ctx.run_board(cell.body, cell.line)
        return
    failed: dict[str, Exception] = {}
    for target in targets:
        if not args.quiet:
            ctx.out(f"\n{banner(f'----- {target.name}')}\n\n")
        try:
            target.run()
        except (IoTKernelError, OSError) as error:
            if len(targets) == 1 or is_interrupt(error):
                raise
            ctx.err(error_text(error))
            failed[target.name] = error
    if failed:
        raise TargetsFailedError(list(failed), len(targets))


def _targets(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> list[_CellTarget]:
    targets = []
    if args.host:
        source = "\n" * (cell.line - 1) + cell.body  # so that tracebacks name the lines of the cell
        targets.append(_CellTarget("HOST", lambda: ctx.run_host(source)))
    if args.all:
        rows = search(ctx).rows
        if not rows and not targets:
            raise DeviceNotFoundError("")
        targets += [
            _board(ctx, row.name, partial(connect_entry, ctx.session, row.entry), cell) for row in rows
        ]
    by_name = finder(ctx)
    targets += [_board(ctx, name, partial(by_name.connect, name), cell) for name in args.names]
    return targets


def _board(ctx: MagicContext, name: str, connect: Callable[[], object], cell: CellMagic) -> _CellTarget:
    def run() -> None:
        connect()
        ctx.run_board(cell.body, cell.line)

    return _CellTarget(name, run)
