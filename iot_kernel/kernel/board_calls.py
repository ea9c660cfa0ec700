"""What a cell that runs on the worker thread asks of the event loop.

Its code is kept for completion, a question is put to the user, a name is explained.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class BoardCalls:
    """The calls of one cell.

    Args:
        loop: the kernel's event loop.
        note_code: takes code that went to a board; called on the event loop.
        ask: asks the frontend whose cell runs for a line, and calls a function with the answer; likewise.
        inspect: tells what is known of a name on the board, also the text that defines it.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        note_code: Callable[[str], None],
        ask: Callable[[str, Callable[[str], None]], None],
        inspect: Callable[[str, bool], Coroutine[Any, Any, str | None]],
    ) -> None:
        self._loop = loop
        self._note_code = note_code
        self._ask = ask
        self._inspect = inspect

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

    def explain(self, name: str, *, source: bool) -> str | None:
        """Tells what is known of a name on the board; None where nothing is.

        Args:
            name: a chain of names.
            source: tell the text that defines it, too.
        """
        return asyncio.run_coroutine_threadsafe(self._inspect(name, source), self._loop).result()
