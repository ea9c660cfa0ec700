"""Remembers the cell that failed last on a board, for who looks at it later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_kernel.errors import DeviceError
from iot_kernel.kernel.ran_cells import RanCode

if TYPE_CHECKING:
    from iot_kernel.debugging.instrumentation.table import StackFrame
    from iot_kernel.device.device import Device


@dataclass(frozen=True, slots=True)
class KeptNames:
    """The names that a board keeps of a cell that has failed.

    Attributes:
        cell: its name, as ``In [3]``.
        frames: by which they can be asked for, the outermost first.
    """

    cell: str
    frames: tuple[StackFrame, ...]


@dataclass(frozen=True, slots=True)
class FailedCell:
    """A cell that has failed on a board.

    Attributes:
        device: the board.
        mark: of the board's life at that time.
        error: what it raised.
        past: the code that had run on the board; the last one is what has failed.
        kept: what the board kept of it; None where it ran without checkpoints.
    """

    device: Device
    mark: str
    error: DeviceError
    past: Sequence[RanCode]
    kept: KeptNames | None = None


@dataclass(slots=True)
class LastFailure:
    """Keeps the last cell that has failed, if any has."""

    cell: FailedCell | None = None
