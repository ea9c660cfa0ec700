"""Live charts of pipes, as users call for them. Matplotlib is loaded by the first one."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ukernel.pipes.client import subscribe
from ukernel.pipes.framing import PipeError
from ukernel.pipes.live.drawing import Live
from ukernel.pipes.live.options import Look, check_look
from ukernel.pipes.reader import Decoder, PipeReader
from ukernel.pipes.reading import check_decoder
from ukernel.pipes.sources import (
    Connect,
    Readable,
    Readables,
    as_readable,
    connect_one,
    is_several,
    labelled,
)

if TYPE_CHECKING:
    from ukernel.pipes.live.feed import Feed
    from ukernel.pipes.live.feed_group import FeedGroup


def live_plot(
    name: Readable | Readables,
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
    span: float = 10,
) -> None:
    """Shows the samples of a pipe in a chart that moves, and returns at once.

    The chart ends when the pipe is closed, after ``duration``, or by `stop_live`; the last picture stays. The
    same name again replaces the chart. After ``%matplotlib widget`` it can be zoomed and saved. Samples that
    were lost are gaps in the line; a message that the decoder cannot read is skipped.

    Several pipes, as in ``live_plot(["a:adc", "b:adc"])``, are lines of one chart, with one time axis: that
    of this computer, to which the boards' clocks are mapped. A board may join late, leave, and come again;
    the chart ends when all have left.

    Args:
        name: of the pipe; it need not be open yet. Or a pipe that is open, such as a `Replay`, or several of
            them, as for `collect`; the chart closes them.
        decoder: makes a sample of a message: a number, or a tuple for a line each; by default a little-endian
            32-bit float.
        window: samples to be seen, 2 to 1 000 000; of one pipe.
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
        span: seconds to be seen, of several pipes.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: an argument makes no sense.
        ImportError: Matplotlib is missing.
        ConnectionError: no kernel was found, or it wants another token; of several: for none of them.

    Warns:
        RuntimeWarning: once, if a message could not be decoded.
    """
    look = check_look(
        window=window, ylim=ylim, title=title, labels=labels, interval=interval, duration=duration, span=span
    )
    check_decoder(decoder)
    connect = partial(subscribe, host=host, port=port, token=token, device=device, broker=broker)
    if is_several(name):
        sources = labelled(name, port)
        _need_matplotlib()
        _show_several(sources, connect, decoder, look, (device, broker))
        return
    source = as_readable(name, broker)
    _need_matplotlib()
    pipe = source if isinstance(source, PipeReader) else connect(source)
    try:
        feed = _feed(pipe, pipe.decoder(decoder), look)
        _replace((pipe.label, host, port, device, broker), feed, look)
    except BaseException:
        pipe.close()
        raise


def _show_several(
    sources: Mapping[str, Readable],
    connect: Connect,
    decoder: Decoder | None,
    look: Look,
    where: tuple[str | None, str | None],
) -> None:
    from ukernel.pipes.live.feed_group import FeedGroup

    connects = {label: partial(connect_one, source, connect) for label, source in sources.items()}
    group = FeedGroup(connects, decoder, look.span, look.labels)
    try:
        group.start()
        group.wait_for_one()
        _replace((", ".join(sources), None, None, *where), group, look)
    except BaseException:
        group.end("")
        raise


def stop_live(name: str | Iterable[str] | None = None) -> None:
    """Stops charts; their last pictures stay.

    Args:
        name: of the pipe, or a list of the same names as for `live_plot`; None for all charts. If there is
            none, nothing happens.
    """
    wanted = name if name is None or isinstance(name, str) else ", ".join(name)
    with _lock:
        charts = [live for key, live in _charts.items() if wanted in (None, key[0])]
    for live in charts:
        live.stop()


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


def _feed(pipe: PipeReader, decoder: Decoder, look: Look) -> Feed:
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


def _replace(key: _ChartKey, feed: Feed | FeedGroup, look: Look) -> None:
    """Starts a chart where there may be an older one."""
    from ukernel.pipes.live.backends import open_screen
    from ukernel.pipes.live.feed import Feed
    from ukernel.pipes.live.figure import Chart, TimeChart

    name = key[0]
    with _lock:
        old = _charts.pop(key, None)
        if old is not None:
            old.close()
        screen = open_screen(name)
        if isinstance(feed, Feed):
            chart = Chart(screen.figure, look)
            screen.figure.refresh = lambda: chart.show(feed.columns(), feed.status())
        else:
            times = TimeChart(screen.figure, look)
            screen.figure.refresh = lambda: times.show_curves(feed.curves(), feed.status())
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
        raise ImportError(
            f"live_plot needs matplotlib ({error}); in a %%host cell: %pip install matplotlib ipympl"
        ) from error
