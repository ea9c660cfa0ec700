"""Cuts the text of a cell into what goes to a board, as a debugger has to know it."""

from __future__ import annotations

from iot_kernel.magics.magic import MagicRegistry
from iot_kernel.syntax.cell import BoardCode, CellMagic, Target, parse_cell

#: Cell magics whose body runs on boards as it is; those that measure send another text.
_CELLS = frozenset({"ucore", "connect", "setup", "capture", "deploy", "mem", "debug"})


def board_pieces(code: str, target: Target, magics: MagicRegistry) -> list[BoardCode]:
    """Returns the code for boards in a cell, piece by piece as it runs.

    Args:
        code: the cell's text.
        target: where plain code runs.
        magics: all magics.
    """
    parts, offset = parse_cell(code, default=target, ours=magics.host_line_names), 0
    if parts and isinstance(magic := parts[0], CellMagic):
        if magic.name not in _CELLS or not magics.has_cell(magic.name, target):
            return []
        parts = parse_cell(magic.body, default=Target.BOARD, ours=magics.host_line_names)
        offset = magic.line - 1
    return [BoardCode(part.code, part.line + offset) for part in parts if isinstance(part, BoardCode)]
