"""What a live chart shall look like, checked before anything is connected or drawn. Loads nothing heavy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsFloat, SupportsIndex, cast

#: samples; a line of more points than that takes seconds to draw.
LARGEST_WINDOW = 1_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """What the user wants to see.

    Attributes:
        window: samples.
        ylim: limits of the y axis; None to follow the values.
        title: above the chart.
        labels: of the lines.
        interval: s between pictures.
        duration: s until the chart stops.
        span: s to be seen, of several pipes.
    """

    window: int = 200
    ylim: tuple[float, float] | None = None
    title: str | None = None
    labels: tuple[str, ...] | None = None
    interval: float = 0.04
    duration: float | None = None
    span: float = 10.0


def check_look(
    *,
    window: object,
    ylim: object,
    title: object,
    labels: object,
    interval: object,
    duration: object,
    span: object = 10.0,
) -> Look:
    """Makes a `Look` of the arguments of `ukernel.pipes.live.live_plot.live_plot`.

    Raises:
        TypeError: one is of the wrong kind.
        ValueError: one makes no sense.
    """
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title must be a text, not {title!r}")
    return Look(
        _window(window),
        None if ylim is None else _limits(ylim),
        title,
        None if labels is None else check_labels(labels),
        _positive("interval", interval) / 1000,
        None if duration is None else _positive("duration", duration),
        _positive("span", span),
    )


def _window(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"window must be a number of samples, not {value!r}")
    if not 2 <= value.__index__() <= LARGEST_WINDOW:
        raise ValueError(f"window must be 2 to {LARGEST_WINDOW:,} samples, not {value!r}")
    return value.__index__()


def _limits(value: object) -> tuple[float, float]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"ylim must be a pair of numbers like (-1.5, 1.5), or None, not {value!r}")
    limits = tuple(_number("ylim", limit) for limit in value)
    if len(limits) != 2 or not all(map(math.isfinite, limits)) or limits[0] == limits[1]:
        raise ValueError(f"ylim must be a pair of different numbers like (-1.5, 1.5), or None, not {value!r}")
    return limits[0], limits[1]


def check_labels(value: object) -> tuple[str, ...]:
    """Gives the labels of lines or columns; one text alone is one label.

    Raises:
        TypeError: they are something else.
    """
    labels = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else ()
    if not labels or not all(isinstance(label, str) for label in labels):
        raise TypeError(f"labels must be texts such as ['x', 'y', 'z'], not {value!r}")
    return cast("tuple[str, ...]", labels)


def _positive(what: str, value: object) -> float:
    number = _number(what, value)
    if not 0 < number < math.inf:
        raise ValueError(f"{what} must be more than 0, not {value!r}")
    return number


def _number(what: str, value: object) -> float:
    if isinstance(value, bool | str | bytes) or not isinstance(value, SupportsFloat):
        raise TypeError(f"{what} must be a number, not {value!r}")
    return float(value)
