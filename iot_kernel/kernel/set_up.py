"""Runs the set-up cells that are due on a board, before the code of a cell runs there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iot_kernel.boards.setup_cells import SetupCell, SetupCells, running

if TYPE_CHECKING:
    from iot_kernel.boards.session import Session
    from iot_kernel.device.device import Device


def set_up(
    cells: SetupCells,
    session: Session,
    device: Device,
    run: Callable[[SetupCell], None],
    tell: Callable[[str], None],
) -> None:
    """Runs what is due.

    Args:
        cells: of the notebook.
        session: says what the board is called.
        device: the board.
        run: runs a cell on the board.
        tell: takes a line for the user.

    Raises:
        Exception: as ``run`` does, after the user was told what to do; the cell stays due.
    """
    if not cells.of(device):
        return
    reason = f"{session.name} has restarted: "
    for cell in cells.due(device):
        tell(f"{reason}set-up cell [{cell.number}] runs again\n")
        reason = ""
        try:
            with running(cell, device.run_id):
                run(cell)
        except BaseException:
            again = f"run [{cell.number}] by itself, or forget it with '%setup --clear {cell.number}'"
            tell(f"set-up cell [{cell.number}] failed, so this cell was not run on {session.name}: {again}\n")
            raise
