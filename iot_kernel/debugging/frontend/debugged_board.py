"""Whom the debugger of board cells asks: the board, and the sub-kernel for what is not about a board."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from iot_kernel.debugging.commands import Pauses, Step
from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.debugging.frontend.module_requests import ImportingBoard
from iot_kernel.debugging.frontend.standing import StandingBoard

Request = Mapping[str, Any]

#: Passes a request on to the sub-kernel; None where there is none.
AskSubkernel = Callable[[Request], Awaitable[Mapping[str, Any] | None]]


class DebuggedBoard(StandingBoard, ImportingBoard, Protocol):
    """The board's side of a debugger, as `BoardDebugger`; raises as that does."""

    def why_not(self) -> CannotDebugError | None:
        """Why no code of the current board stops; None where it may."""

    async def go(self, step: Step) -> None:
        """The code that stands goes on."""

    async def pause(self) -> None:
        """The running code stops."""

    async def set_pauses(self, pauses: Pauses) -> None:
        """Exchanges where code stops."""

    async def file_text(self, file: str) -> str:
        """Reads a file of the board whose code stands."""
