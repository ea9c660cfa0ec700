"""%who and %whos: the variables of the board."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from iot_kernel.debugging.frontend.variable_rows import in_order
from iot_kernel.debugging.messages import Variable
from iot_kernel.device.children import children
from iot_kernel.device.device import Device
from iot_kernel.magics.colours import plain
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.tables import Column, Table, row, show

#: As IPython puts it.
_EMPTY = "Interactive namespace is empty.\n"

#: variables that are listed: more than fit into a small board's memory, and a bound for what it may tell
_MOST = 1000

#: Types that are asked for most.
_USUAL = ("bytes", "dict", "float", "function", "int", "list", "module", "set", "str", "tuple", "type")

_types = argument(
    "types", nargs="*", metavar="TYPE", takes=_USUAL, help="only variables of these types, as int or list"
)


@line_magic("who", everywhere=False)
@_types
def who(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List the names of the board's variables

    In host cells it is IPython's, and lists the host's.
    """
    found = _variables(ctx, args.types)
    ctx.out("\t".join(each.name for each in found) + "\n" if found else _EMPTY)


@line_magic("whos", everywhere=False)
@_types
def whos(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List the board's variables with type and value

    Only short values come over the wire: of a list the first entries, and how many
    there are. No code of yours runs for it: of objects, their attributes are told.
    In host cells it is IPython's, and lists the host's.
    """
    found = _variables(ctx, args.types)
    if found:
        show(ctx, as_table(found))
    else:
        ctx.out(_EMPTY)


def as_table(found: Iterable[Variable]) -> Table:
    """Makes a table of variables, or of what one consists of."""
    columns = [Column("name", is_short=True), Column("type", is_short=True), Column("value")]
    return Table(columns, [row(each.name, each.kind, each.text) for each in found], headings=plain)


def _variables(ctx: MagicContext, types: list[str]) -> list[Variable]:
    return [each for each in in_order(_all(ctx.session.device())) if not types or each.kind in types]


def _all(device: Device) -> list[Variable]:
    found: list[Variable] = []
    start: int | None = 0
    while start is not None and start < _MOST:
        page = children(device.exec, (), start, platform=device.platform)
        if page is None:
            break
        found += page.variables
        start = page.rest
    return found
