"""Magics about a board's clock."""

from __future__ import annotations

import argparse
from datetime import datetime

from iot_kernel.device.clock import Clock, ClockReading, zone
from iot_kernel.magics.magic import MagicContext, line_magic
from iot_kernel.magics.on_option import on_option

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH_HERE = 1970


@line_magic("gettime")
@on_option
def gettime(ctx: MagicContext, args: argparse.Namespace) -> str:
    """Query microcontroller time

    Shows what the board's time.localtime() says; boards know no time zone.
    """
    now = _written(Clock(ctx.session.device()).read().shown)
    ctx.out(f"{now}\n")
    return now


@line_magic("synctime")
@on_option
def synctime(ctx: MagicContext, args: argparse.Namespace) -> str:
    """Synchronize microcontroller time to host

    Sets the board's clock to the local time of this computer, at the beginning of a
    second, and checks how well that went. A clock that is right stays as it is.

    Shows the board's time, the time zone, and how far the clock was and is off.
    """
    before, after = Clock(ctx.session.device()).synchronise()
    ctx.out(f"{_written(after.shown)}\n{_story(before, after)}\n")
    return "was right" if after is before else f"set; it was {_how_wrong(before)}"


def _story(before: ClockReading, after: ClockReading) -> str:
    within = f"within {_duration(abs(after.ahead) + after.error)} of this computer's clock"
    was = f"it was right, {within}"
    if after is not before:
        was = f"it was {_how_wrong(before)}, and is now {within}"
    epoch = "" if after.epoch == _EPOCH_HERE else f"; its time.time() counts from {after.epoch}"
    return f"local time ({zone(after.shown)}); {was}{epoch}"


def _how_wrong(reading: ClockReading) -> str:
    return f"{_duration(abs(reading.ahead))} {'fast' if reading.ahead > 0 else 'slow'}"


def _written(when: datetime) -> str:
    """Writes a time; its month is English in every country."""
    return f"{when.year:04}-{_MONTHS[when.month - 1]}-{when:%d %H:%M:%S}"


def _duration(seconds: float) -> str:
    """Writes a time the way one says it."""
    for limit, unit, name in ((1, 0.001, "ms"), (120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(1, round(seconds / unit))} {name}" if unit < 1 else f"{seconds / unit:.1f} {name}"
    return f"{seconds / 86_400:,.0f} days"
