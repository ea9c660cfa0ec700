"""What code for a board needs of the kernel's event loop while a cell runs on the worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class BoardCalls:
    """The calls of one cell.

    Args:
        loop: the kernel's event loop.
        note_code: takes code that went to a board; called on the event loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, note_code: Callable[[str], None]) -> None:
        self._loop = loop
        self._note_code = note_code

    def note_code(self, code: str) -> None:
        """Code is about to run on a board."""
        self._loop.call_soon_threadsafe(self._note_code, code)
