"""What code for a board needs of the kernel's event loop while a cell runs on the worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class BoardCalls:
    """The calls of one cell.

    Args:
        loop: the kernel's event loop.
        note_code: takes code that went to a board; called on the event loop.
        ask: asks the frontend whose cell runs for a line, and calls a function with the answer; likewise.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        note_code: Callable[[str], None],
        ask: Callable[[str, Callable[[str], None]], None],
    ) -> None:
        self._loop = loop
        self._note_code = note_code
        self._ask = ask

    def note_code(self, code: str) -> None:
        """Code is about to run on a board."""
        self._loop.call_soon_threadsafe(self._note_code, code)

    def ask_user(self, prompt: str, on_answer: Callable[[str], None]) -> None:
        """Asks for a line of input.

        Args:
            prompt: what is shown.
            on_answer: takes the line, on the event loop, unless the cell ends first; must not block.
        """
        self._loop.call_soon_threadsafe(self._ask, prompt, on_answer)
