"""Live charts of pipes. Matplotlib is loaded by the first one.

A chart has two threads: one reads the pipe, so that the kernel never waits for a drawing; the other draws.
Neither needs the main thread, so charts move while cells run.
"""

from __future__ import annotations

import functools
import math
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ukernel.pipes.client import Pipe, subscribe
from ukernel.pipes.framing import PipeError, check_wanted
from ukernel.pipes.live.options import Look, check_look
from ukernel.pipes.reader import Decoder, decode_float
from ukernel.pipes.reading import check_decoder

if TYPE_CHECKING:
    from ukernel.pipes.live.backends import Screen
    from ukernel.pipes.live.feed import Feed

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


def live_plot(
    name: str,
    *,
    decoder: Decoder | None = None,
    window: int = 200,
    ylim: tuple[float, float] | None = (-1.5, 1.5),
    title: str | None = None,
    interval: float = 40,
    duration: float | None = None,
    labels: Sequence[str] | None = None,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> None:
    """Shows the samples of a pipe in a chart that moves, and returns at once.

    The chart ends when the pipe is closed, after ``duration``, or by `stop_live`; the last picture stays. The
    same name again replaces the chart. After ``%matplotlib widget`` it can be zoomed and saved. Samples that
    were lost are gaps in the line; a message that the decoder cannot read is skipped.

    Args:
        name: of the pipe; it need not be open yet.
        decoder: makes a sample of a message: a number, or a tuple for a line each; by default a little-endian
            32-bit float.
        window: samples to be seen, 2 to 1 000 000.
        ylim: limits of the y axis; None to follow the values.
        title: above the chart.
        interval: milliseconds between pictures; more where drawing takes long.
        duration: seconds after which the chart stops.
        labels: of the lines, as many as a sample has values.
        host: see `subscribe`, as the others.
        port: where a kernel listens.
        token: the kernel's.
        device: the board. Pipes of the same name on several boards have a chart each.
        broker: an MQTT broker instead of a kernel.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: an argument makes no sense.
        ImportError: Matplotlib is missing.
        ConnectionError: no kernel was found, or it wants another token.

    Warns:
        RuntimeWarning: once, if a message could not be decoded.
    """
    check_wanted(name, broker)
    look = check_look(
        window=window, ylim=ylim, title=title, labels=labels, interval=interval, duration=duration
    )
    check_decoder(decoder)
    _need_matplotlib()
    pipe = subscribe(name, host=host, port=port, token=token, device=device, broker=broker)
    try:
        feed = _feed(pipe, decoder or decode_float, look)
        _replace((name, host, port, device, broker), feed, look)
    except BaseException:
        pipe.close()
        raise


def stop_live(name: str | None = None) -> None:
    """Stops charts; their last pictures stay.

    Args:
        name: of the pipe; None for all charts. If there is none, nothing happens.
    """
    with _lock:
        charts = [live for key, live in _charts.items() if name in (None, key[0])]
    for live in charts:
        live.stop()


class Live:
    """A chart that moves.

    Args:
        feed: what is shown.
        screen: where it is shown, the chart in its figure.
        look: how.
        name: for its threads.
    """

    def __init__(self, feed: Feed, screen: Screen, look: Look, name: str) -> None:
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
        if self._keep_at is None and self._feed.columns() is not None:
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

_ChartKey = tuple[str, str | None, int | None, str | None, str | None]

#: The last chart of each pipe, by what it was asked for with.
_charts: dict[_ChartKey, Live] = {}
_lock = threading.RLock()


@functools.cache
def _watch_end() -> None:
    """Has charts end before the process does.

    Exit handlers are too late: those of what carries pictures to a notebook may run first.
    """

    def leave() -> None:
        threading.main_thread().join()
        for live in list(_charts.values()):
            live.leave()
        sys.stdout.flush()  # in a kernel that is behind the last picture

    threading.Thread(target=leave, name="end of live charts").start()


def _feed(pipe: Pipe, decoder: Decoder, look: Look) -> Feed:
    """What reads a pipe, once the kernel has said that it may.

    Raises:
        PipeError: the kernel does not want us.
    """
    from ukernel.pipes.live.feed import Feed

    feed = Feed(pipe, decoder, look.window, None if look.labels is None else len(look.labels))
    try:
        feed.was_open = bool(pipe.ask().get("open"))
    except PipeError:
        raise
    except OSError:
        pass  # it is slow; the pipe itself will tell
    return feed


def _replace(key: _ChartKey, feed: Feed, look: Look) -> None:
    """Starts a chart where there may be an older one."""
    from ukernel.pipes.live.backends import open_screen
    from ukernel.pipes.live.figure import Chart

    name = key[0]
    with _lock:
        old = _charts.pop(key, None)
        if old is not None:
            old.close()
        screen = open_screen(name)
        chart = Chart(screen.figure, look)
        screen.figure.refresh = lambda: chart.show(feed.columns(), feed.status())
        _watch_end()
        _charts[key] = live = Live(feed, screen, look, name)
        try:
            live.start()
        except BaseException:
            del _charts[key]
            live.close()
            raise


def _need_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(f"live_plot needs matplotlib ({error}): %pip install matplotlib ipympl") from error
