"""What the files of a board need of the board itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Board(Protocol):
    """Runs code; `iot_kernel.device.Device` is one."""

    def exec(
        self, code: str, *, on_output: Callable[[str], None] | None = None, timeout: float | None = None
    ) -> str:
        """Runs code on the board and returns what it printed.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; nothing is returned then.
            timeout: seconds; None for as long as it takes.
        """
