"""Maps the clock of a board to the clock of this computer. Pure; standard library only.

A board stamps each sample with 30 bits of microseconds, which begin again every 18 minutes; the kernel notes
when each arrived. Everything between the two only delays, so all arrivals lie above the line that maps one
clock to the other, and the least delayed ones close to it. That line is an edge of the lower convex hull of
the points (stamp, arrival): of all lines with no point below them, the one nearest to all points together.
What no such fit can see is a delay that all samples have in common.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

#: microseconds after which a board's stamps begin again
PERIOD = 1 << 30

#: How far a clock may run from the true rate, as a fraction. Crystals keep within 0.0001, the ceramic
#: resonators of the cheapest boards within 0.005; a slope beyond that comes of few samples and much delay.
LARGEST_DRIFT = 0.005

#: Stretches of a recording, each of which should have a sample that was hardly delayed.
STRETCHES = 10

#: For a fit that goes on: points, s from one to the next at least, and s until it is made anew.
RUNNING_POINTS = 300
RUNNING_SLOT = 0.05
RUNNING_INTERVAL = 1.0

#: Fewer samples than that tell nothing of how well they fit.
FEWEST = 3

Point = tuple[float, float]


class Unwrapper:
    """Makes a clock that counts on of one that begins again at 0.

    The arrival times tell how often it has begun again between two samples, also over hours without any.
    """

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None

    def take(self, stamp: int, arrived: float) -> float:
        """Gives the seconds of the board's clock, counted on from the first stamp.

        Args:
            stamp: microseconds, modulo `PERIOD`.
            arrived: seconds of this computer's clock.
        """
        total = stamp
        if self._last is not None:
            before, at = self._last
            expected = before + round((arrived - at) * 1e6)
            total = expected + (stamp - expected + PERIOD // 2) % PERIOD - PERIOD // 2
        self._last = total, arrived
        return total * 1e-6


class Fit(NamedTuple):
    """How one clock is mapped to the other.

    Attributes:
        start: seconds of the board's clock to which ``at`` belongs.
        at: seconds of this computer's clock.
        drift: by what fraction the board's clock is faster.
        error: how far mapped times may be off, in seconds, beside a delay that all samples have in common;
            NaN where there are too few to tell.
    """

    start: float
    at: float
    drift: float
    error: float

    def map(self, clock: float) -> float:
        """Gives the time of this computer at a time of the board."""
        return self.at + (clock - self.start) / (1 + self.drift)


def fit(clock: Sequence[float], arrived: Sequence[float]) -> Fit:
    """Maps a board's clock to this computer's.

    Args:
        clock: seconds of the board's clock, as `Unwrapper` gives them; at least one.
        arrived: seconds of this computer's clock, as many.
    """
    start, base = clock[0], arrived[0]  # small numbers keep their digits
    points = [(own - start, at - base) for own, at in zip(clock, arrived, strict=True)]
    slope = _slope(sorted(points))
    below = min(at - slope * own for own, at in points)
    error = _error(points, slope, below) if len(points) >= FEWEST else math.nan
    return Fit(start, base + below, 1 / slope - 1, error)


def _slope(points: Iterable[Point]) -> float:
    """The slope of the hull's edge in the middle of all points, within what clocks do."""
    kept = list(points)
    middle = sum(own for own, _ in kept) / len(kept)
    for (left, low), (right, high) in pairwise(_lower_hull(kept)):
        if left <= middle <= right:
            slope = (high - low) / (right - left)
            return min(max(slope, 1 - LARGEST_DRIFT), 1 + LARGEST_DRIFT)
    return 1.0


def _lower_hull(points: Iterable[Point]) -> list[Point]:
    """The lower convex hull of sorted points; no abscissa occurs in it twice."""
    hull: list[Point] = []
    for point in points:
        if hull and hull[-1][0] == point[0]:
            continue  # the one that is there is the lower one
        while len(hull) > 1 and _is_above(hull[-1], hull[-2], point):
            hull.pop()
        hull.append(point)
    return hull


def _is_above(middle: Point, left: Point, right: Point) -> bool:
    """Whether a point is on or above the line between its neighbours."""
    return (middle[1] - left[1]) * (right[0] - left[0]) >= (right[1] - left[1]) * (middle[0] - left[0])


def _error(points: Sequence[Point], slope: float, below: float) -> float:
    """The largest delay that remains of the least delayed sample in each stretch."""
    size = max(1, math.ceil(len(points) / STRETCHES))
    delays = [at - slope * own - below for own, at in points]
    return max(min(delays[i : i + size]) for i in range(0, len(delays), size))


class RunningFit:
    """Maps a board's clock to this computer's while samples come, by those of the last seconds.

    The fit is made anew now and then, so times that were mapped before may be a little off.
    """

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=RUNNING_POINTS)
        self._fit: Fit | None = None
        self._fitted_at = -math.inf

    def map(self, clock: float, arrived: float) -> float:
        """Takes the two times of a sample; gives its time by this computer's clock.

        Args:
            clock: seconds of the board's clock, as `Unwrapper` gives them.
            arrived: seconds of this computer's clock.
        """
        self._note(clock, arrived)
        pause = arrived - self._fitted_at
        if self._fit is None or not 0 <= pause < RUNNING_INTERVAL or len(self._points) < FEWEST:
            self._fit, self._fitted_at = fit(*zip(*self._points, strict=True)), arrived
        return self._fit.map(clock)

    def _note(self, clock: float, arrived: float) -> None:
        """Keeps the least delayed sample of each moment."""
        if not self._points or abs(clock - self._points[-1][0]) >= RUNNING_SLOT:
            self._points.append((clock, arrived))
        elif arrived - clock < self._points[-1][1] - self._points[-1][0]:
            self._points[-1] = clock, arrived
