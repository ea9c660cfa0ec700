"""The option ``--on`` of line magics: the same on several boards at the same time.

A magic needs nothing for it but the decorator: its function runs once for each board, on a thread of its own
and with a context of its own, whose session has that board.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable

from iot_kernel.magics.kinds import Argument, Takes
from iot_kernel.magics.magic import LineFunction, MagicContext
from iot_kernel.magics.on_boards import ALL, on_boards

#: What a magic does on one board; returns what the table of results says of it, None for no more than that
#: all went well.
OneBoard = Callable[[MagicContext, argparse.Namespace], str | None]

_ON = Argument(
    ("--on",),
    {
        "nargs": "+",
        "metavar": "BOARD",
        "help": "do it on these boards at the same time: names, uids or urls, or 'all'; write it last",
    },
    (Takes.BOARD, ALL),
)


def on_option(function: OneBoard) -> LineFunction:
    """Gives a line magic the option ``--on``; without it, the magic is for the current board.

    The decorator of the magic's name comes above it, those of its arguments below. The function is called
    like the magic.

    Args:
        function: what the magic does on one board. All boards get the same arguments.
    """

    @functools.wraps(function)
    def run(ctx: MagicContext, args: argparse.Namespace) -> None:
        if args.on is None:
            function(ctx, args)
        else:
            on_boards(ctx, args.on, lambda own: function(own, args) or "done", what=f"%{function.__name__}")

    run.magic_arguments = (*getattr(function, "magic_arguments", ()), _ON)  # type: ignore[attr-defined]
    return run
