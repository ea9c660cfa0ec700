"""Resets: %softreset and %hardreset."""

from __future__ import annotations

import argparse

from iot_kernel.magics.colours import alarm
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.on_option import on_option
from iot_kernel.repl.connection import BOOT_LIMIT

_ROW = "!" * 31


def _reset_banner(what: str) -> str:
    rows = (_ROW, f"!!!!!   {what} ...     !!!!!", _ROW)
    return "\n" + "".join(f"{alarm(row)}\n" for row in rows) + "\n"


@line_magic("softreset")
@on_option
@argument("-q", "--quiet", action="store_true", help="show no banner")
def softreset(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Reset microcontroller.

    Restarts the interpreter: variables are gone, and most peripherals are released.
    Files and the connection stay. Runs boot.py, but not main.py.
    """
    device = ctx.session.device()
    if not args.quiet and args.on is None:
        ctx.out(_reset_banner("softreset"))
    device.soft_reset(ctx.out)


def seconds(text: str) -> float:
    """Reads a time; its name is part of what argparse says of a wrong one."""
    value = float(text)
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"invalid time: {text} (more than 0, at most 3600 seconds)")
    return value


@line_magic("hardreset", summary="Reset microcontroller by calling 'machine.reset()'. ")
@on_option
@argument("-t", "--time", metavar="SECS", type=seconds, help="how long to wait at most")
def hardreset(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Reset microcontroller by calling 'machine.reset()'.

    Shows what the board prints while it boots, until it is silent for 2.5 seconds, for
    10 seconds or the time given at most. Then its program is interrupted, and the board
    is connected again.
    """
    device = ctx.session.device()
    end = "\n"

    def show(text: str) -> None:
        nonlocal end
        text = text.replace("\0", "")  # what a UART reads while the chip is off
        end = text[-1:] or end
        ctx.out(text)

    if args.on is None:
        ctx.out(_reset_banner("hardreset"))
    device.hard_reset(show, limit=args.time or BOOT_LIMIT)
    ctx.out("\n" if end == "\n" else "\n\n")
