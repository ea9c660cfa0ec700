"""``%%connect --parallel``: one cell on several boards at the same time, and its values as a dict."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import partial

from iot_kernel.api.parallel import BoardEnd
from iot_kernel.errors import UsageError
from iot_kernel.magics.magic import MagicContext
from iot_kernel.magics.on_boards import ALL, check_ends, choose, run_on, show_ends
from iot_kernel.repl.halves import Halves
from iot_kernel.syntax.cell import CellMagic
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.host_side import HostVariables
from iot_kernel.values.last_value import NONE, LastValue
from iot_kernel.values.paths import checked_name


@dataclass(frozen=True, slots=True)
class _CellValue:
    """The value of the last expression on one board: its repr, and where that is wanted its bytes."""

    text: str | None
    data: bytes = b""

    def __str__(self) -> str:
        return self.text or ""


def run_in_parallel(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Runs a cell on several boards at the same time; see `multi_board`.

    Raises:
        UsageError: the arguments do not go together, or name one board twice.
        TargetsFailedError: it failed on some.
        KeyboardInterrupt: it was interrupted on some.
    """
    _check(args)
    out = args.out and checked_name(args.out)
    boards = choose(ctx, [ALL] if args.all else args.names)
    ends = run_on(ctx, boards, partial(_run_and_keep, cell, out) if out else partial(_run, cell))
    if out:
        ends = _collected(HostVariables(ctx.ask_host), out, ends)
    if not args.quiet:
        show_ends(ctx, ends)
    check_ends(ends)


def _check(args: argparse.Namespace) -> None:
    if args.host:
        raise UsageError("%%connect: error: --host does not go with --parallel: boards only")
    if args.all and args.names:
        raise UsageError("%%connect: error: --all names every board already; leave out the names")
    if not args.all and not args.names:
        raise UsageError("%%connect: error: --parallel needs the names of boards, or --all")


def _run(cell: CellMagic, own: MagicContext) -> Halves[_CellValue]:
    return _CellValue((yield from own.board_execution(cell.body, cell.line)))


def _run_and_keep(cell: CellMagic, out: str, own: MagicContext) -> Halves[_CellValue]:
    with LastValue(own.session.device()) as value:
        text = yield from own.board_execution(cell.body, cell.line, value.kept)
        return _CellValue(text, NONE if text is None else value.pull(out))


def _collected(host: HostVariables, out: str, ends: list[BoardEnd[_CellValue]]) -> list[BoardEnd[_CellValue]]:
    """Sets a variable of the host: the values of the boards that have one, by their names."""
    host.begin_dict(out)
    collected = []
    for end in ends:
        try:
            if end.value is not None:
                host.set_item(out, end.name, end.value.data)
        except UnmovableValueError as error:
            collected.append(replace(end, error=error))
        else:
            collected.append(end)
    return collected
