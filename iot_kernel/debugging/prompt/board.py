"""Whom the debugger's prompt asks: the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from iot_kernel.debugging.commands import Pauses
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.messages import VariablePage


class PromptBoard(Protocol):
    """What a prompt asks of a board; raises as `BoardDebugger` does."""

    def local(self, frame: StackFrame, start: int) -> VariablePage:
        """The local variables of a frame, from one on."""

    def execute(self, frame: StackFrame | None, code: str) -> Sequence[str]:
        """Executes statements; the local names that did not get what was assigned to them."""

    def set_pauses(self, pauses: Pauses) -> None:
        """Exchanges where code stops."""
