"""Gives a board functions of earlier cells anew, with checkpoints. Runs on the worker thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from iot_kernel.debugging.frontend.earlier import EarlierCells, EarlierPiece
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.kernel.on_loop import OnLoop


def give_checkpoints(
    debugger: BoardDebugger,
    pieces: Sequence[EarlierPiece],
    earlier: EarlierCells,
    on_loop: OnLoop,
    say: Callable[[str], None],
) -> None:
    """Exchanges functions that the board has by the same with checkpoints.

    Args:
        debugger: of the board, which has its side of it.
        pieces: what to exchange.
        earlier: makes their texts; called on the event loop.
        on_loop: calls on the event loop.
        say: takes what the user should know: functions that are others by now stay as they are.
    """
    for piece in pieces:
        names = {each.name: each.yields for each in piece.functions}
        there = frozenset(
            name for name, yields in names.items() if debugger.has_function(name, yields=yields)
        )
        for name in sorted(names.keys() - there):
            say(f"no breakpoint stops {name}: it is another one by now. Run its cell again\n")
        debugger.define(on_loop(partial(earlier.exchange, piece, there)))
