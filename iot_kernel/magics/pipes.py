"""Magics about pipes: which are open, and how they do."""

from __future__ import annotations

import argparse

from iot_kernel.magics.colours import banner
from iot_kernel.magics.magic import Magic, MagicContext, line_magic
from iot_kernel.pipes.hub import Hub, PipeInfo
from iot_kernel.text import byte_count


@line_magic("pipes")
def pipes(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List the pipes that the board has open

    With each: its rate over the last seconds, what has arrived since it was opened, how
    many subscribers it has, and how many messages were lost on the way.

    from ukernel.pipes import collect          in a host cell, or any Python process
    collect("adc", n=100)
    """
    hub = ctx.session.hub
    rows = [_row(info) for info in hub.pipes()]
    if not rows:
        ctx.out("no pipe is open\n")
    else:
        width = max(len("name"), *(len(row[0]) for row in rows))
        heading = ("name", "messages/s", "bytes/s", "messages", "bytes", "subscribers", "lost")
        ctx.out(banner(_line(heading, width)) + "\n" + "".join(f"{_line(row, width)}\n" for row in rows))
    if hub.damaged:
        ctx.out(f"{hub.damaged} frames arrived damaged\n")


def summary(hub: Hub) -> str:
    """The pipes in one line; empty where there is nothing to say."""
    infos, damaged = hub.pipes(), hub.damaged
    if not infos and not damaged:
        return ""
    lost = sum(info.lost for info in infos)
    return f"{len(infos)} open, {lost} messages lost, {damaged} frames damaged"


def _row(info: PipeInfo) -> tuple[str, ...]:
    counts = (f"{info.messages}", byte_count(info.bytes), f"{info.subscribers}", f"{info.lost}")
    return (info.name, f"{info.rate:.1f}", byte_count(info.byte_rate), *counts)


def _line(cells: tuple[str, ...], width: int) -> str:
    name, *numbers = cells
    return f"{name:{width}}" + "".join(f"  {number:>11}" for number in numbers)


MAGICS: tuple[Magic, ...] = (pipes,)
