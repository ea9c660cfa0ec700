"""What moving values needs of a board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from iot_kernel.device.info import DeviceInfo
from iot_kernel.files import board


class ValueBoard(board.FileBoard, Protocol):
    """Runs code; `iot_kernel.device.device.Device` is one."""

    @property
    def info(self) -> DeviceInfo | None:
        """Who it is; None while that is not known."""

    def run_cell(self, code: str, on_output: Callable[[str], None]) -> str | None:
        """Runs code and returns the repr of its last expression; None where that is None.

        Args:
            code: the source text.
            on_output: takes what it prints.
        """
