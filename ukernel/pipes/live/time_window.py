"""The samples of the last seconds of a pipe, with their times. Needs NumPy."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: numbers that one window keeps; 16 MB. Where samples come too fast for that, it holds fewer seconds.
MOST_NUMBERS = 2_000_000

_FIRST_SIZE = 1024


class TimeWindow:
    """The samples of the last seconds, a row each; a gap is a row of NaN. Thread-safe.

    Args:
        span: seconds.
        width: values of one sample.
    """

    def __init__(self, span: float, width: int) -> None:
        self.width = width
        self._span = span
        self._most = max(2, MOST_NUMBERS // (width + 1))
        self._lock = threading.Lock()
        self._rows = np.empty((min(_FIRST_SIZE, self._most), width + 1))
        self._end = 0

    def add(self, at: float, row: Sequence[float]) -> None:
        """Adds a sample of `width` values; those that are too old go.

        Args:
            at: its time, in seconds.
            row: its values.
        """
        with self._lock:
            if self._end == len(self._rows):
                self._make_room(at)
            self._rows[self._end, 0] = at
            self._rows[self._end, 1:] = row
            self._end += 1

    def skip(self, at: float) -> None:
        """Leaves a gap for samples that were lost, or did not come because the board had left."""
        self.add(at, [np.nan] * self.width)

    def columns(self) -> NDArray[np.float64]:
        """A copy: an array with the times, and `width` rows of values; the oldest first."""
        with self._lock:
            rows = self._rows[: self._end]
            return rows[self._first(rows) :].T.copy()

    def _first(self, rows: NDArray[np.float64]) -> int:
        """The first row to be seen: the one before the span, from which the line comes into it."""
        if not len(rows):
            return 0
        recent = np.flatnonzero(rows[:, 0] >= rows[-1, 0] - self._span)
        return max(0, int(recent[0]) - 1)

    def _make_room(self, at: float) -> None:
        kept = self._rows[np.flatnonzero(self._rows[:, 0] >= at - self._span)]
        if len(kept) > self._most // 2:
            kept = kept[-(self._most // 2) :]
        size = min(self._most, max(_FIRST_SIZE, 2 * len(kept)))
        self._rows = np.empty((max(size, len(kept) + 1), self.width + 1))
        self._rows[: len(kept)] = kept
        self._end = len(kept)
