"""Magics about pipes: which are open, and how they do."""

from __future__ import annotations

import argparse

from iot_kernel.errors import UsageError
from iot_kernel.magics.colours import banner, plain, warning
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.tables import Cell, Column, Note, Shown, Table, TableRow, row, show
from iot_kernel.pipes.hub import Hub, PipeInfo
from iot_kernel.text import byte_count, printable

_COLUMNS = (
    Column("name", gap=3, is_short=True),
    *(
        Column(heading, gap=3, is_number=True)
        for heading in ("messages/s", "bytes/s", "messages", "bytes", "subscribers", "lost")
    ),
)


@line_magic("pipes")
@argument("names", takes=Takes.PIPE, nargs="*", metavar="name", help="list only these; all by default")
def pipes(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List the pipes that the board has open

    With each: its rate over the last seconds, what has arrived since it was opened, how
    many subscribers it has, and how many messages were lost on the way.

    import ucore                               in a board cell
    adc = ucore.open_pipe("adc")

    from ukernel.pipes import collect          in a host cell, or any Python process
    collect("adc", n=100)
    """
    hub, device = ctx.session.hub, ctx.session.current
    found = hub.pipes()
    missing = [name for name in args.names if name not in {info.name for info in found}]
    rows = [_row(info) for info in found if not args.names or info.name in args.names]
    if device is None and not rows:
        ctx.out("no pipe is open: no board is connected\n")
        return
    board = f"{ctx.session.name} @ {device.url}" if device is not None else "no board"
    if missing and found:
        opened = ", ".join(printable(info.name) for info in found)
        what = f"no pipe '{printable(missing[0])}' is open; open are {opened}"
        raise UsageError(f"%pipes: error: {what}")
    blocks: list[Shown] = [Note(f"no pipe is open on {board}")]
    if rows:
        blocks = [Note(f"Pipes of {board}", banner), Table(_COLUMNS, rows, plain)]
    if hub.damaged:
        why = "something was printed in the middle of one, or the wire lost bytes"
        blocks.append(Note(f"{_frames(hub.damaged)} arrived damaged: {why}", warning))
    show(ctx, *blocks)


def summary(hub: Hub) -> str:
    """The pipes in one line; empty where there is nothing to say."""
    infos, damaged = hub.pipes(), hub.damaged
    if not infos and not damaged:
        return ""
    lost = sum(info.lost for info in infos)
    return (
        f"{len(infos)} open, {lost} {'message' if lost == 1 else 'messages'} lost, {_frames(damaged)} damaged"
    )


def _frames(count: int) -> str:
    return f"{count} {'frame' if count == 1 else 'frames'}"


def _row(info: PipeInfo) -> TableRow:
    counts = (f"{info.messages}", byte_count(info.bytes), f"{info.subscribers}")
    lost = Cell(f"{info.lost}", warning if info.lost else plain)
    return row(printable(info.name), f"{info.rate:.1f}", byte_count(info.byte_rate), *counts, lost)
