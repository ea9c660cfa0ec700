"""Figures beside their limits: what both are, and whether a figure keeps its bar.

A limit is what the same machine can do at best without this project, measured in the same run. Figure and
limit take turns, so that what else the machine does hits both; of each the median counts, and the bar is a
ratio, which a machine half as fast keeps as well.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and whether it keeps its bar.

    Attributes:
        what: was measured.
        figure: with its unit.
        beside: the limit or the peers, and ratios to them.
        good: whether the bar is kept; None where there is none.
        bar: the bar.
    """

    what: str
    figure: str
    beside: str = ""
    good: bool | None = None
    bar: str = ""

    def __str__(self) -> str:
        verdict = "    " if self.good is None else "ok  " if self.good else "MISS"
        return f"{self.what:46} {self.figure:26} {self.beside:44} {verdict} {self.bar}".rstrip()


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure and its limit, as often as both were measured.

    Attributes:
        ours: the figure, one for each turn.
        limits: the limit, one for each turn.
    """

    ours: tuple[float, ...]
    limits: tuple[float, ...]

    @property
    def figure(self) -> float:
        """The median of the figure."""
        return statistics.median(self.ours)

    @property
    def limit(self) -> float:
        """The median of the limit."""
        return statistics.median(self.limits)

    @property
    def ratio(self) -> float:
        """The figure as a multiple of its limit."""
        return self.figure / self.limit

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio of one turn."""
        ratios = [ours / limit for ours, limit in zip(self.ours, self.limits, strict=True)]
        return min(ratios), max(ratios)


def in_turns(ours: Callable[[], float], limit: Callable[[], float], turns: int) -> Pair:
    """Measures a figure and its limit alternately; which of both begins alternates, too."""
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        for which in (0, 1) if turn % 2 else (1, 0):
            found[which].append((ours, limit)[which]())
    return Pair(tuple(found[0]), tuple(found[1]))


def at_least(what: str, pair: Pair, unit: str, least: float, *, of: str, digits: int = 0) -> Row:
    """A rate, judged as a share of its limit.

    Args:
        what: was measured.
        pair: of rates.
        unit: of both.
        least: the smallest share that is good.
        of: what the limit is.
        digits: behind the decimal point.
    """
    return _row(what, pair, unit, digits, pair.ratio >= least, f"at least {least:g} x {of}")


def at_most(what: str, pair: Pair, unit: str, most: float, *, of: str, digits: int = 2) -> Row:
    """A time, judged as a multiple of its limit; the arguments are those of `at_least`."""
    return _row(what, pair, unit, digits, pair.ratio <= most, f"at most {most:g} x {of}")


def with_peers(row: Row, ours: float, peers: Mapping[str, float | None], *, digits: int = 2) -> Row:
    """Adds what other tools need for the same, and our figure as a multiple of theirs; None: they cannot."""
    told = [
        f"{name} -" if theirs is None else f"{name} {theirs:.{digits}f} x{_factor(ours / theirs)}"
        for name, theirs in peers.items()
    ]
    return replace(row, beside=", ".join([row.beside, *told] if row.beside else told))


def _factor(value: float) -> str:
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


def also(row: Row, good: bool, bar: str) -> Row:
    """Adds another bar, which has to be kept too."""
    return replace(row, good=row.good is not False and good, bar=f"{row.bar}, {bar}" if row.bar else bar)


def _row(what: str, pair: Pair, unit: str, digits: int, good: bool, bar: str) -> Row:
    least, most = pair.spread
    beside = f"limit {pair.limit:.{digits}f}, x{pair.ratio:.2f} ({least:.2f} to {most:.2f})"
    return Row(what, f"{pair.figure:9.{digits}f} {unit}", beside, good, bar)


def tell(rows: Iterable[Row]) -> list[Row]:
    """Prints the rows, each as soon as it is there, and gives them."""
    told = []
    for row in rows:
        print(row, flush=True)
        told.append(row)
    return told
