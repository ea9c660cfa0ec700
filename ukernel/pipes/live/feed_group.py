"""Several pipes on their way into one chart, each read by a thread of its own. Needs NumPy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ukernel.pipes.live.timed_feed import FeedState, TimedFeed
from ukernel.pipes.reader import Decoder, PipeReader

#: pipes that the status names of those about which there is something to say.
MOST_NAMED = 2


class Curve(NamedTuple):
    """One line of a chart.

    Attributes:
        label: in the legend.
        times: seconds since 1970.
        values: as many.
    """

    label: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]


class FeedGroup:
    """What several pipes give to one chart. Thread-safe; the constructor connects nothing.

    Args:
        connects: what opens each pipe, by its label.
        decoder: the user's; None for what suits each pipe.
        span: seconds to be seen.
        names: of a sample's values, if it has several.
    """

    def __init__(
        self,
        connects: Mapping[str, Callable[[], PipeReader]],
        decoder: Decoder | None,
        span: float,
        names: tuple[str, ...] | None = None,
    ) -> None:
        self._names = names
        self._changed = threading.Event()
        self._why = ""
        self._feeds = [
            TimedFeed(label, connect, decoder, span, self._changed) for label, connect in connects.items()
        ]
        #: there will be no more
        self.ended = threading.Event()

    def start(self) -> None:
        """Begins to look for the boards, and to read."""
        for feed in self._feeds:
            threading.Thread(target=feed.run, name=f"live_plot reads {feed.label}", daemon=True).start()

    def wait_for_one(self) -> None:
        """Waits until one of the boards is there.

        Raises:
            OSError: none is, or there is something that will not mend; says what is wrong with the first one.
        """
        while True:
            self._changed.clear()
            states = [feed.state for feed in self._feeds]
            if any(state in (FeedState.WAITING, FeedState.READING, FeedState.LEFT) for state in states):
                return
            errors = [feed.error for feed in self._feeds if feed.error is not None]
            if None not in states and errors:
                raise errors[0]
            self._changed.wait()

    def run(self, duration: float | None = None) -> None:
        """Returns when all boards have left, the time is over, or after `end`.

        Args:
            duration: seconds.
        """
        end = None if duration is None else time.monotonic() + duration
        try:
            while not self._why:
                self._changed.clear()
                if all(feed.state in (FeedState.LEFT, FeedState.REFUSED) for feed in self._feeds):
                    self.end("all pipes are closed")
                elif end is not None and time.monotonic() >= end:
                    self.end(f"stopped after {duration:g} s")
                else:
                    self._changed.wait(None if end is None else max(0.0, end - time.monotonic()))
        finally:
            self.end("stopped")
            self.ended.set()

    def end(self, why: str) -> None:
        """Ends the reading; what was said first is the reason."""
        self._why = self._why or why
        self._changed.set()
        for feed in self._feeds:
            feed.end()

    @property
    def has_samples(self) -> bool:
        """Whether there is something to be seen."""
        return any(feed.samples for feed in self._feeds)

    def curves(self) -> list[Curve]:
        """The lines: at least one for each pipe, also before its first sample."""
        return [curve for feed in self._feeds for curve in self._curves_of(feed)]

    def version(self) -> tuple[int, str]:
        """A value that changes whenever the picture would change."""
        return sum(feed.samples + feed.lost for feed in self._feeds), self.status()

    def status(self) -> str:
        """How it is going, in a few words."""
        total = sum(feed.samples for feed in self._feeds)
        rates = [
            rate
            for feed in self._feeds
            if feed.state is FeedState.READING and (rate := feed.rate.of(feed.samples))
        ]
        speed = f"{sum(rates):,.0f} samples/s" if rates else ""
        waiting = "" if total else "waiting for samples"
        lost, skipped = (sum(getattr(feed, what) for feed in self._feeds) for what in ("lost", "skipped"))
        parts = [
            self._why or speed or waiting,
            "" if self._why else self._others(),
            f"{lost:,} lost" if lost else "",
            f"{skipped:,} not understood" if skipped else "",
        ]
        return " · ".join(filter(None, parts))

    def _others(self) -> str:
        """The pipes that bring nothing now, and why."""
        told = [f"{feed.label} {feed.state.value}" for feed in self._feeds if feed.state and feed.state.value]
        more = [f"and {len(told) - MOST_NAMED} more"] if len(told) > MOST_NAMED else []
        return ", ".join(told[:MOST_NAMED] + more)

    def _curves_of(self, feed: TimedFeed) -> list[Curve]:
        columns = feed.columns()
        if columns is None:
            return [Curve(feed.label, np.empty(0), np.empty(0))]
        times, *values = columns
        if len(values) == 1:
            return [Curve(feed.label, times, values[0])]
        names = (
            self._names if self._names is not None and len(self._names) == len(values) else range(len(values))
        )
        return [Curve(f"{feed.label} {name}", times, row) for name, row in zip(names, values, strict=True)]
