"""%%capture: what a cell shows, kept for later."""

from __future__ import annotations

import argparse

from iot_kernel.magics.magic import MagicContext, argument, cell_magic
from iot_kernel.syntax.cell import CellMagic
from iot_kernel.values.host_side import HostVariables
from iot_kernel.values.paths import checked_name


@cell_magic("capture", everywhere=False)
@argument("--no-stdout", action="store_true", help="show standard output instead of capturing it")
@argument("--no-stderr", action="store_true", help="show standard error instead of capturing it")
@argument("--no-display", action="store_true", help="show displays and the value instead of capturing them")
@argument("output", nargs="?", help="variable of host cells that gets what was captured; by default, nothing")
def capture(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Run a cell on the board, and capture what it shows

    %%capture out
    print("hello")

    The variable is one of this computer, and what IPython's own %%capture makes. In a
    %%host cell, out.show() shows everything, out.stdout and out.stderr are the text, and
    out.outputs holds displays and the value. An error is shown, and what came before it
    is captured. In a notebook whose plain cells run on the host, %%capture is IPython's.
    """
    name = args.output and checked_name(args.output)
    kinds = [kind for kind in ("stdout", "stderr", "display") if not getattr(args, f"no_{kind}")]
    try:
        with ctx.capture(kinds) as captured:
            ctx.run_board(cell.body, cell.line)
    finally:
        if name:
            HostVariables(ctx.ask_host).set_captured(name, captured.text, captured.outputs)
