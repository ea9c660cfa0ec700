"""A chart that moves: its threads, and when they draw. Loads nothing heavy.

A chart has two threads: one reads the pipe, so that the kernel never waits for a drawing; the other draws.
Neither needs the main thread, so charts move while cells run.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from typing import TYPE_CHECKING

from ukernel.pipes.live.options import Look

if TYPE_CHECKING:
    from ukernel.pipes.live.backends import Screen
    from ukernel.pipes.live.feed import Feed
    from ukernel.pipes.live.feed_group import FeedGroup

#: How much of the time drawing may take, so that there is enough left for everything else.
DUTY = 0.5

#: s after which Python takes the interpreter from a thread that computes, while there are charts. With its
#: usual 5 ms a chart gets 9 pictures a second beside a cell that computes, with this more than 20, and the
#: cell is not measurably slower.
SWITCH_INTERVAL = 0.0005

#: s from the first sample to the first picture that a notebook's file keeps.
KEEP_AFTER = 1.0

#: s for a chart to draw its last picture.
LAST_PICTURE_TIMEOUT = 5.0


class Live:
    """A chart that moves.

    Args:
        feed: what is shown.
        screen: where it is shown, the chart in its figure.
        look: how.
        name: for its threads.
    """

    def __init__(self, feed: Feed | FeedGroup, screen: Screen, look: Look, name: str) -> None:
        self._feed = feed
        self._screen = screen
        self._interval = max(look.interval, screen.interval)
        self._seen: tuple[int, str] | None = None
        self._keep_at: float | None = None  # when the first picture is kept
        self._is_left = False
        works = [("reads", lambda: feed.run(look.duration))]
        if screen.is_pushed:
            works.append(("draws", self._draw))
        self._threads = [
            threading.Thread(target=work, name=f"live_plot {what} {name}", daemon=True)
            for what, work in works
        ]

    def start(self) -> None:
        """Shows the chart, which then goes on by itself."""
        self._screen.start(self._tick, self._interval)
        for thread in self._threads:
            thread.start()

    def stop(self, why: str = "stopped") -> None:
        """Ends the reading; returns when the last picture is drawn, except to the chart's own threads."""
        self._feed.end(why)
        if threading.current_thread() not in self._threads:
            for thread in self._threads:
                if thread.ident is not None:  # else Ctrl-C came while the chart began
                    thread.join(LAST_PICTURE_TIMEOUT)

    def close(self) -> None:
        """Ends it and frees everything but the last picture."""
        self.stop("replaced")
        self._screen.close()

    def leave(self) -> None:
        """Ends it without another picture, as the process is about to end."""
        self._is_left = True
        self.stop()

    def _draw(self) -> None:
        """Draws until the end, and reads no more if it cannot."""
        try:
            with _short_switch_interval:
                self._draw_all()
        finally:
            self._feed.end("stopped")

    def _draw_all(self) -> None:
        is_going_on = True
        while is_going_on:
            start = time.monotonic()
            is_going_on = self._tick()
            self._keep_early(start)
            taken = time.monotonic() - start
            self._feed.ended.wait(max(self._interval, taken / DUTY) - taken)
        if not self._is_left:
            self._screen.keep()

    def _keep_early(self, now: float) -> None:
        """Has a picture kept soon, as a notebook may be saved, or left, before the chart ends."""
        if self._keep_at is None and self._feed.has_samples:
            self._keep_at = now + KEEP_AFTER
        if self._keep_at is not None and now >= self._keep_at:
            self._keep_at = math.inf
            self._screen.keep()

    def _tick(self) -> bool:
        """Draws what is new; whether there may be more."""
        if self._is_left:
            return False
        has_ended = self._feed.ended.is_set()
        version = self._feed.version()
        if version != self._seen:
            self._seen = version
            self._screen.draw()
        return not has_ended


class _ShortSwitchInterval:
    """While a chart is inside the block, the interpreter switches threads more often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._usual = 0.0

    def __enter__(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, SWITCH_INTERVAL))

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                sys.setswitchinterval(self._usual)


_short_switch_interval = _ShortSwitchInterval()
