"""The cells of this session, as the kernel keeps them for the history of the sub-kernel.

`iot_kernel.subkernel.process` sends each process those that it has not been told of, along with the next host
cell; `iot_kernel.subkernel.input_history` takes them there. A board cell is never delayed by it.
"""

from __future__ import annotations

from collections import deque

MOST_CELLS = 1000  # that are kept: `%history` of a longer session shows the ones before as blank


class SessionCells:
    """The latest cells of a session, wherever they ran."""

    def __init__(self) -> None:
        self._cells: deque[tuple[int, str]] = deque(maxlen=MOST_CELLS)

    def note(self, number: int, source: str) -> None:
        """Notes a cell that has ended; numbers increase."""
        self._cells.append((number, source))

    def after(self, number: int) -> list[tuple[int, str]]:
        """Returns number and source of the cells with higher numbers, oldest first."""
        return [cell for cell in self._cells if cell[0] > number]
