"""What magics and cells need of the debugger's prompt; the kernel implements it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

#: Asks the user for a line: what is shown, and what takes the answer, unless the cell ends first.
AskLine = Callable[[str, Callable[[str], None]], None]


class ConsoleDebugger(Protocol):
    """The debugger's prompt in one cell."""

    @property
    def keeps_names(self) -> bool:
        """Whether cells run so that their names are kept when they fail."""

    def keep_names(self, *, on: bool) -> None:
        """Has cells for boards run so, or not.

        Raises:
            NoPromptError: this frontend cannot be asked.
            CannotDebugError: the current board cannot be debugged.
        """

    def look_back(self) -> None:
        """Opens the prompt where the last cell for a board has failed; returns when the user leaves it.

        Raises:
            UsageError: none has, or not on this board.
            NoPromptError: this frontend cannot be asked.
        """

    def stepping(self) -> AbstractContextManager[None]:
        """Has code stop at its first line while the block runs.

        Raises:
            NoPromptError: this frontend cannot be asked.
            DebuggerQuitError: on leaving, where the user has ended the code.
        """
