"""Finds the text that a board prints when it starts, however the output is cut into pieces."""

from __future__ import annotations

from iot_kernel.protocol.marks import GREETING, LONGEST_GREETING


class GreetingWatch:
    """Looks for greetings in what a board prints."""

    def __init__(self) -> None:
        self._tail = b""

    def finds(self, data: bytes) -> bool:
        """Takes the next piece; returns whether it completes a greeting. Each is found once."""
        seen = self._tail + data
        self._tail = seen[-LONGEST_GREETING:]
        if GREETING.search(seen) is None:
            return False
        self._tail = b""
        return True
