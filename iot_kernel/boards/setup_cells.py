"""Cells that run again by themselves once their board has restarted: which, in which order, which are due.

Runs nothing itself: `iot_kernel.kernel.set_up` runs what is due. A cell is due where the board's variables
are others than those that it has run among. So it does not matter why a board restarted, nor who saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iot_kernel.device.device import Device

#: characters of a cell's first line in a list
LONGEST_TITLE = 60


@dataclass(slots=True, eq=False)
class SetupCell:
    """A cell that was marked.

    Attributes:
        cell_id: the frontend's; empty where it has none.
        code: what runs.
        line: where in its cell that begins.
        number: the execution count when the user ran it last.
        ran_in: the run of the board that it has run in, as `Device.run_id` names it.
        is_running: it runs just now.
    """

    cell_id: str
    code: str
    line: int
    number: int
    ran_in: str = ""
    is_running: bool = False

    @property
    def title(self) -> str:
        """Its first line of code, shortened."""
        lines = [line.strip() for line in self.code.split("\n")]
        first = next((line for line in lines if line and not line.startswith("#")), "")
        return first if len(first) <= LONGEST_TITLE else f"{first[: LONGEST_TITLE - 1]}…"


class SetupCells:
    """The set-up cells of one notebook, by board, each board's in the order in which they were marked."""

    def __init__(self) -> None:
        self._cells: dict[str, list[SetupCell]] = {}

    def of(self, device: Device) -> list[SetupCell]:
        """Returns those of a board."""
        return list(self._cells.get(_key(device), ())) if self._cells else []

    def mark(self, device: Device, cell: SetupCell) -> None:
        """Takes a cell; it replaces the one with its id, or with its text, in that one's place."""
        cells = self._cells.setdefault(_key(device), [])
        same = [other for other in cells if _is_same(cell, other)]
        if same:
            cells[cells.index(same[0])] = cell
            for other in same[1:]:
                cells.remove(other)
        else:
            cells.append(cell)

    def forget(self, device: Device, numbers: list[int]) -> list[SetupCell]:
        """Drops those of a board with these numbers, all without numbers; returns them."""
        dropped = [cell for cell in self.of(device) if not numbers or cell.number in numbers]
        self._drop(dropped)
        return dropped

    def forget_cell(self, cell_id: str) -> None:
        """Drops a cell of the frontend's that is no set-up cell any more, on every board."""
        self._drop([cell for cells in self._cells.values() for cell in cells if cell.cell_id == cell_id])

    def due(self, device: Device) -> Iterator[SetupCell]:
        """Yields the cells of a board that have to run before anything else does, each once.

        While one of them runs, only those before it are due: it may have restarted the board.

        Raises:
            Exception: as `Device.run_id` does.
        """
        seen: list[SetupCell] = []
        while (cell := self._first_due(device, seen)) is not None:
            seen.append(cell)
            yield cell

    def _first_due(self, device: Device, seen: list[SetupCell]) -> SetupCell | None:
        for cell in self.of(device):
            if cell.is_running:
                return None
            if cell not in seen and cell.ran_in != device.run_id():
                return cell
        return None

    def _drop(self, dropped: list[SetupCell]) -> None:
        for board, cells in self._cells.items():
            self._cells[board] = [cell for cell in cells if cell not in dropped]


@contextmanager
def running(cell: SetupCell, run_id: Callable[[], str]) -> Iterator[None]:
    """Notes that a cell runs, and where it ends well, in which run of the board it has."""
    cell.is_running = True
    try:
        yield
        cell.ran_in = run_id()
    finally:
        cell.is_running = False


def _key(device: Device) -> str:
    """What a board is known by, whatever its address is by now."""
    return device.info.uid if device.info is not None and device.info.uid else device.url


def _is_same(cell: SetupCell, other: SetupCell) -> bool:
    same_id = bool(cell.cell_id) and cell.cell_id == other.cell_id
    return same_id or cell.code.strip() == other.code.strip()
