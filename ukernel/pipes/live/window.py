"""The newest samples of a pipe, for a chart. Needs NumPy."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Window:
    """The last samples, a row each; what is not there yet, or was lost, is NaN. Thread-safe.

    Args:
        size: samples that it holds.
        width: values of one sample.
    """

    def __init__(self, size: int, width: int) -> None:
        self.size = size
        self.width = width
        self._lock = threading.Lock()
        self._ring = np.full((size, width), np.nan)
        self._next = 0  # the oldest row, which the next sample takes

    def add(self, row: Sequence[float]) -> None:
        """Adds a sample of `width` values; the oldest one goes."""
        with self._lock:
            self._ring[self._next] = row
            self._next = (self._next + 1) % self.size

    def skip(self, count: int) -> None:
        """Leaves a gap for samples that were lost, so that those before and after keep their distance."""
        with self._lock:
            gap = np.arange(self._next, self._next + min(count, self.size)) % self.size
            self._ring[gap] = np.nan
            self._next = (self._next + count) % self.size

    def columns(self) -> NDArray[np.float64]:
        """A copy: an array of `width` rows with `size` values each, the oldest first."""
        with self._lock:
            return np.concatenate((self._ring[self._next :], self._ring[: self._next])).T


def thin(values: NDArray[np.float64], most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gives at most so many points of a line that look like all: the lowest and highest of each stretch.

    Returns:
        Where they are among the values, and the points.
    """
    stretch = -(-2 * len(values) // most)
    if stretch <= 2:
        return np.arange(len(values), dtype=float), values
    count = -(-len(values) // stretch)
    table = np.pad(values, (0, count * stretch - len(values)), constant_values=np.nan).reshape(count, stretch)
    extremes = np.stack((np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)), axis=1)
    where: NDArray[np.float64] = np.arange(2.0 * count) * (stretch / 2)
    return where, extremes.ravel()
