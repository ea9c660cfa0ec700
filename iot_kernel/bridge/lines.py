"""What a board prints, as lines for a log."""

from __future__ import annotations

from collections.abc import Callable

from iot_kernel.text import printable

#: Characters of a line; what is longer goes on in the next one.
LONGEST_LINE = 500

MARK = "| "


class LogLines:
    """Collects text until a line is whole. Not thread-safe.

    Args:
        say: takes each line, with a mark in front.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._rest = ""

    def take(self, text: str) -> None:
        """Takes what the board printed."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._tell(line)
        if len(self._rest) >= LONGEST_LINE:
            self.flush()

    def flush(self) -> None:
        """Tells a line that has no end."""
        rest, self._rest = self._rest, ""
        if rest:
            self._tell(rest)

    def _tell(self, line: str) -> None:
        line = line.rstrip("\r")
        for start in range(0, max(1, len(line)), LONGEST_LINE):
            self._say(MARK + printable(line[start : start + LONGEST_LINE], LONGEST_LINE))
