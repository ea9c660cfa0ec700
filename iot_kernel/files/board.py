"""`FileBoard`: what the modules here need of a board. It runs code; nothing else is known of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from iot_kernel.repl.transfer import Transfer


class FileBoard(Protocol):
    """Runs code; `iot_kernel.device.device.Device` is one."""

    @property
    def platform(self) -> str:
        """Its ``sys.platform``; empty where that is not known."""

    @property
    def burst(self) -> int | None:
        """Bytes it takes without reading them; None where the wire pushes back."""

    @property
    def is_paced(self) -> bool:
        """Whether a program that waits for input gets all that is sent, however much that is."""

    def on_stray(self, text: str, /) -> None:
        """Takes what others print on the board meanwhile, such as threads of the user's."""

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs. From any thread, also that of the output; does not block."""

    def exec(
        self,
        code: str,
        *,
        on_output: Callable[[str], None] | None = None,
        timeout: float | None = None,
        transfer: Transfer | None = None,
    ) -> str:
        """Runs code on the board and returns what it printed.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; nothing is returned then.
            timeout: seconds; None for as long as it takes.
            transfer: exchanges data with the code while it runs.
        """
