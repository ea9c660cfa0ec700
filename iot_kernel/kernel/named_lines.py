"""Whole lines with the name of a board before each, so that lines of several boards can follow each other."""

from __future__ import annotations

import threading
from collections.abc import Callable

#: characters of a line; a longer one is shown in pieces
LONGEST_LINE = 10_000


class NamedLines:
    """The lines that one board prints to one stream. Thread-safe.

    Args:
        head: what stands before each line.
        show: takes lines; called with one or more whole ones at a time.
    """

    def __init__(self, head: str, show: Callable[[str], None]) -> None:
        self._head = head
        self._show = show
        self._lines_lock = threading.Lock()
        self._begun = ""  # a line without an end

    def take(self, text: str) -> None:
        """Takes text in any cutting; a line is shown once it has ended."""
        with self._lines_lock:
            *lines, self._begun = (self._begun + text).split("\n")
            if len(self._begun) > LONGEST_LINE:
                lines, self._begun = [*lines, self._begun], ""
            if lines:
                self._show("".join(f"{self._head}{line}\n" for line in lines))

    def finish(self) -> None:
        """Shows a line that has no end."""
        if self._begun:
            self.take("\n")
