"""How a live chart looks: a figure that shows the newest samples whenever it is drawn. Needs Matplotlib.

What moves is drawn over a picture of the rest, which is kept until something in it changes: a whole drawing
takes 20 ms and more, the lines alone a few tenths of one. Both ways give the same pixels.

The texts are shown as they are, without Matplotlib's ``$math$``: its parser is shared by all threads, and a
figure of the user may be drawn at the same time as this one.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from matplotlib import rcParams, rcParamsDefault
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from numpy.typing import NDArray

from ukernel.pipes.live.feed_group import Curve
from ukernel.pipes.live.options import Look
from ukernel.pipes.live.window import thin

#: inches, unless the user has chosen a size for all figures: a chart over time is wide.
SIZE = (8.0, 3.6)

#: How much of the height the values have to fill, where the y axis follows them; below, it shrinks.
LEAST_FILL = 0.5

#: of the values' range, left free above and below.
MARGIN = 0.1

#: of a line: two and more for each column of pixels. All of a long window take seconds to draw, and look
#: the same.
MOST_POINTS = 2000

#: Lines are above the rest also in a saved picture, in which Matplotlib draws everything by this order.
ABOVE = 10

#: Lines that are named above the chart, beside it in a column, and beside it at all: more names leave no room
#: for the chart.
MOST_ABOVE = 4
MOST_IN_COLUMN = 12
MOST_NAMED_LINES = 24

#: of lines, one after the other where all colours are used.
_STYLES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
_COLOURS = 10

_GREY = "0.45"


class LiveFigure(Figure):
    """A figure in which some artists move. They are made with ``animated=True``, as parts of its axes.

    Attributes:
        lock: held by whoever draws or changes the figure.
        refresh: gives the artists what they show; called before each drawing.
        moving: the artists that move, in the order in which they are drawn.
        status: an artist that changes now and then; it does not touch those that move.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as Figure
        self.lock = threading.RLock()
        self.refresh: Callable[[], None] = lambda: None
        self.moving: list[Artist] = []
        self.status: Text | None = None
        self._rest: Any = None  # a picture of what does not move
        self._rest_and_status: Any = None  # a picture
        self._status_text = ""  # in it
        self._drawn_with: Any = None
        super().__init__(*args, **kwargs)

    def draw(self, renderer: Any) -> None:  # noqa: ANN401  as Figure
        """Draws everything."""
        with self.lock:
            self.refresh()
            super().draw(renderer)
            if self.canvas.is_saving():
                return  # then the axes draw what moves, too
            self._drawn_with = renderer
            if hasattr(renderer, "copy_from_bbox"):
                self._rest = renderer.copy_from_bbox(self.bbox)
                self._draw_status(renderer)
            for artist in self.moving:
                artist.draw(renderer)

    def draw_moving(self, renderer: Any) -> bool:  # noqa: ANN401  an Agg renderer
        """Draws what moves over the picture of the rest.

        Returns:
            Whether this could be done; if not, the whole figure has to be drawn.
        """
        with self.lock:
            self.refresh()
            if self.stale or self._rest is None or self._drawn_with is not renderer:
                return False
            if self.status is not None and self.status.get_text() != self._status_text:
                renderer.restore_region(self._rest)
                self._draw_status(renderer)
            renderer.restore_region(self._rest_and_status)
            for artist in self.moving:
                artist.draw(renderer)
            return True

    def savefig(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as Figure
        """Saves the figure, while nobody draws it."""
        with self.lock:
            super().savefig(*args, **kwargs)

    def _draw_status(self, renderer: Any) -> None:  # noqa: ANN401
        """Adds the status to the picture: a text takes longer than lines, and lets other threads in often."""
        if self.status is not None:
            self.status.draw(renderer)
            self._status_text = self.status.get_text()
        self._rest_and_status = renderer.copy_from_bbox(self.bbox)


def figure_options() -> dict[str, Any]:
    """What a `LiveFigure` is made with."""
    chosen = rcParams["figure.figsize"]
    is_default = list(chosen) == list(rcParamsDefault["figure.figsize"])
    return {"figsize": SIZE if is_default else tuple(chosen), "layout": "constrained"}


class Chart:
    """The lines in a figure, and what is written around them.

    Args:
        figure: a new one.
        look: how it shall look.
    """

    def __init__(self, figure: LiveFigure, look: Look) -> None:
        self.figure = figure
        self._look = look
        self._axes = axes = figure.add_subplot()
        axes.set_xlim(1 - look.window, 0)
        axes.set_ylim(*(look.ylim or (-1.0, 1.0)), auto=look.ylim is None)
        axes.set_xlabel("sample (0 is the newest)", loc="left", color=_GREY)
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(ScalarFormatter(useMathText=False))
        if look.title is not None:
            axes.set_title(look.title, loc="left", parse_math=False)
        self._lines: list[Line2D] = []
        self._has_fitted = False
        self._status = axes.text(
            0.97, 0.015, "", transform=figure.transFigure, ha="right", va="bottom", fontsize="small",
            color=_GREY, parse_math=False, animated=True,
        )  # fmt: skip
        self._status.set_in_layout(False)
        figure.status = self._status
        self.set_width(len(look.labels or ("",)))

    def set_width(self, count: int) -> None:
        """Has so many lines from now on; with labels, as many as there are."""
        with self.figure.lock:
            for line in self._lines:
                line.remove()
            self._lines = [
                self._axes.plot([0], [np.nan], animated=True, color=f"C{number}", zorder=ABOVE)[0]
                for number in range(count)
            ]
            self.figure.moving = list(self._lines)
            if self._look.labels is not None:
                self._write_legend(self._look.labels)

    def show(self, columns: NDArray[np.float64] | None, status: str) -> None:
        """Puts samples into the lines, a row of ``columns`` each, and says how it is going."""
        with self.figure.lock:
            self._status.set_text(status)
            if columns is None:
                return
            if len(columns) != len(self._lines):
                self.set_width(len(columns))
            start, stop = self._visible()
            for line, values in zip(self._lines, columns, strict=True):
                x, y = thin(values[start:stop], MOST_POINTS)
                line.set_data(x + (start + 1 - self._look.window), y)
            if self._axes.get_autoscaley_on():
                self._fit(columns[np.isfinite(columns)])

    def _visible(self) -> tuple[int, int]:
        """Which samples are within the limits of the x axis, and one more on each side."""
        newest = self._look.window - 1
        low, high = sorted(self._axes.get_xlim())
        return max(0, math.floor(low) + newest), max(0, math.ceil(high) + newest + 1)

    def _write_legend(self, labels: Sequence[str]) -> None:
        """Above the chart, where it hides nothing."""
        self._name(labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(labels), borderaxespad=0.1)

    def _name(self, labels: Sequence[str], **place: Any) -> None:  # noqa: ANN401  as Axes.legend
        legend = self._axes.legend(self._lines, ["x"] * len(labels), frameon=False, **place)
        for text, label in zip(legend.get_texts(), labels, strict=True):
            text.set(parse_math=False, text=label)

    def _fit(self, values: NDArray[np.float64]) -> None:
        """Has the y axis follow the values, in few and large steps."""
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        bottom, top = self._axes.get_ylim()
        is_seen = bottom <= low and high <= top
        if self._has_fitted and is_seen and high - low >= LEAST_FILL * (top - bottom):
            return
        self._has_fitted = True
        margin = MARGIN * (high - low) or MARGIN * abs(high) or 1.0
        limits = (low - margin, high + margin)
        if limits != (bottom, top) and np.isfinite(limits).all():
            self._axes.set_ylim(*limits, auto=True)


class TimeChart(Chart):
    """The lines of several pipes on one time axis.

    Args:
        figure: a new one.
        look: how it shall look.
    """

    def __init__(self, figure: LiveFigure, look: Look) -> None:
        super().__init__(figure, replace(look, labels=None))
        self._labels: list[str] = []
        self._axes.set_xlim(-look.span, 0)
        self._axes.set_xlabel("seconds (0 is the newest sample)", loc="left", color=_GREY)

    def show_curves(self, curves: Sequence[Curve], status: str) -> None:
        """Puts samples into the lines, and says how it is going."""
        with self.figure.lock:
            self._status.set_text(status)
            self._name_lines([curve.label for curve in curves])
            newest = max((float(curve.times[-1]) for curve in curves if len(curve.times)), default=0.0)
            low, high = sorted(self._axes.get_xlim())
            seen = []
            for line, curve in zip(self._lines, curves, strict=True):
                x = curve.times - newest
                is_seen = (x >= low) & (x <= high)
                where, y = thin(curve.values[is_seen], MOST_POINTS)
                line.set_data(
                    np.interp(where, np.arange(np.count_nonzero(is_seen)), x[is_seen]) if len(y) else y, y
                )
                seen.append(y[np.isfinite(y)])
            if self._axes.get_autoscaley_on():
                self._fit(np.concatenate(seen))

    def _name_lines(self, labels: list[str]) -> None:
        if labels == self._labels:
            return
        self._labels = labels
        self.set_width(len(labels))
        for number, line in enumerate(self._lines):
            line.set_linestyle(_STYLES[number // _COLOURS % len(_STYLES)])
        if len(labels) <= MOST_ABOVE:
            self._write_legend(labels)
        elif len(labels) <= MOST_NAMED_LINES:
            columns = -(-len(labels) // MOST_IN_COLUMN)
            self._name(labels, loc="center left", bbox_to_anchor=(1, 0.5), ncols=columns, fontsize="small")
