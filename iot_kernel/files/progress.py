"""Adds up the progress of several files to one number of bytes, which never becomes smaller."""

from __future__ import annotations

from collections.abc import Callable


class Total:
    """Takes how much of each file is dealt with, and tells how much of all.

    Args:
        on_progress: takes bytes; they never become fewer, also where a file is tried again.
    """

    def __init__(self, on_progress: Callable[[int], None]) -> None:
        self._on_progress = on_progress
        self._furthest: dict[int, int] = {}

    def __call__(self, index: int, done: int) -> None:
        """Takes note.

        Args:
            index: of the file.
            done: bytes of it that are dealt with.
        """
        self._furthest[index] = max(done, self._furthest.get(index, 0))
        self._on_progress(sum(self._furthest.values()))
