"""%pdb, %debug and %%debug: the debugger's prompt for cells that run on the board."""

from __future__ import annotations

import argparse
from contextlib import suppress

from iot_kernel.debugging.errors import DebuggerQuitError
from iot_kernel.magics.arguments import Split
from iot_kernel.magics.magic import MagicContext, argument, cell_magic, line_magic
from iot_kernel.syntax.cell import CellMagic

_ON = ("on", "1")


@line_magic("pdb", everywhere=False)
@argument(
    "state", nargs="?", choices=("on", "off", "1", "0"), metavar="on|off", help="the other one if left out"
)
def pdb(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Open the debugger when a board cell fails

    While it is on, board cells run with checkpoints, so that the names of their
    functions are kept when they fail. The prompt that opens knows the commands of
    Python's pdb; h lists them, q leaves. Code that only computes becomes many times
    slower. In host cells, %pdb is IPython's, and about those.
    """
    is_on = args.state in _ON if args.state is not None else not ctx.debugger.keeps_names
    ctx.debugger.keep_names(on=is_on)
    ctx.out(f"The debugger opens when a board cell fails: {'ON' if is_on else 'OFF'}\n")


@line_magic("debug", split=Split.NONE, everywhere=False)
@argument("code", nargs="?", help="a statement, which is run step by step")
def debug_line(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Look at the board cell that has failed last

    %debug              opens the debugger's prompt where the error came from
    %debug start(3)     runs a statement on the board, and stops at its first line

    The prompt knows the commands of Python's pdb; h lists them, q leaves. The names of
    functions are there if the cell ran with %pdb on or with %%debug; else only where the
    error came from, and the variables of all cells.
    In host cells, %debug is IPython's, and about those.
    """
    if args.code:
        _step(ctx, args.code, ctx.line)
    else:
        ctx.debugger.look_back()


@cell_magic("debug", everywhere=False)
def debug_cell(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Run a cell on the board step by step

    The board stops at the first line of the cell, and the debugger's prompt asks what
    to do: n goes to the next line, s into a function, c on to a breakpoint, q ends the
    cell; h lists all commands, those of Python's pdb.
    In a notebook whose plain cells run on the host, %%debug is IPython's.
    """
    _step(ctx, cell.body, cell.line)


def _step(ctx: MagicContext, source: str, line: int) -> None:
    with suppress(DebuggerQuitError), ctx.debugger.stepping():
        ctx.run_board(source, line)
