"""What a board prints during one phase of a test, for the report: the end of it, where it is long."""

from __future__ import annotations

import threading
from collections import deque

#: characters that a report shows; what led to a failure stands at the end, and more than this nobody reads.
LONGEST_SECTION = 100_000


class BoardOutput:
    """Keeps the last characters of a text that comes in pieces. Thread-safe.

    Args:
        longest: characters that are kept.
    """

    def __init__(self, longest: int = LONGEST_SECTION) -> None:
        self._longest = longest
        self._pieces: deque[str] = deque()
        self._kept = 0
        self._dropped = 0
        self._lock = threading.Lock()

    def take(self, text: str) -> None:
        """Takes text; returns at once."""
        with self._lock:
            self._pieces.append(text)
            self._kept += len(text)
            while self._kept > self._longest:
                self._drop(self._kept - self._longest)

    def note(self, line: str) -> None:
        """Puts in a line of our own."""
        self.take(f"\n[{line}]\n")

    def take_out(self) -> str:
        """Returns what was kept, and begins anew."""
        with self._lock:
            text = "".join(self._pieces)
            missing = f"[{self._dropped} characters before this are left out]\n" if self._dropped else ""
            self._pieces.clear()
            self._kept = self._dropped = 0
        return missing + text

    def _drop(self, count: int) -> None:
        first = self._pieces.popleft()
        rest = first[count:]
        if rest:
            self._pieces.appendleft(rest)
        self._kept -= len(first) - len(rest)
        self._dropped += len(first) - len(rest)
