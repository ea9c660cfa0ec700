"""How a plan looks: what is deleted, added and updated on a board, a line each."""

from __future__ import annotations

from collections.abc import Iterable

from iot_kernel.magics.colours import blue, green, red
from iot_kernel.magics.tables import Cell, Column, Table, TableRow
from iot_kernel.text import printable

LONGEST_PATH = 1000  # characters shown of one


def plan_table(deletes: Iterable[str], adds: Iterable[str], updates: Iterable[str]) -> Table:
    """Makes the table.

    Args:
        deletes: paths that go.
        adds: paths that come.
        updates: paths whose content changes.
    """
    steps = (("DELETE", deletes, red), ("ADD", adds, green), ("UPDATE", updates, blue))
    rows = [
        TableRow((Cell(verb), Cell(printable(path, LONGEST_PATH))), colour, is_marked=True)
        for verb, paths, colour in steps
        for path in paths
    ]
    return Table((Column(width=7, gap=1, is_short=True), Column()), rows)
