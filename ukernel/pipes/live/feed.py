"""Reads a pipe into the window of a chart, on a thread of its own. Needs NumPy."""

from __future__ import annotations

import threading
import time
import warnings

import numpy as np
from numpy.typing import NDArray

from ukernel.pipes.framing import PipeError
from ukernel.pipes.live.window import Window
from ukernel.pipes.reader import Decoder, PipeReader

#: s over which the rate is taken that a chart shows.
RATE_INTERVAL = 1.0

#: s of rest after reading all there is; half of the usual time between pictures.
REST = 0.02


class Feed:
    """The newest samples of a pipe, and its state in words. Thread-safe.

    Args:
        pipe: closed at the end.
        decoder: makes a sample of a message.
        size: samples to be kept.
        width: values of a sample; None if the first one shall tell.
    """

    def __init__(self, pipe: PipeReader, decoder: Decoder, size: int, width: int | None = None) -> None:
        self._pipe = pipe
        self._decoder = decoder
        self._size = size
        self._window = None if width is None else Window(size, width)
        self._lock = threading.Lock()
        self._samples = self._lost = self._skipped = 0
        self._rate = SampleRate()
        self._why = ""
        #: whether the board had opened the pipe when the reading began; for the status
        self.was_open = True
        #: there will be no more
        self.ended = threading.Event()

    def run(self, duration: float | None = None) -> None:
        """Reads until the pipe is closed, the time is over, or `end`.

        Args:
            duration: seconds.
        """
        end = None if duration is None else time.monotonic() + duration
        try:
            self._read(end)
            self.end("pipe closed" if self._pipe.closed else f"stopped after {duration:g} s")
        except PipeError as error:
            self.end(str(error))
        finally:
            self._pipe.close()
            self.ended.set()

    def end(self, why: str) -> None:
        """Ends the reading; what was said first is the reason."""
        with self._lock:
            self._why = self._why or why
        self._pipe.close()

    @property
    def has_samples(self) -> bool:
        """Whether there is something to be seen."""
        return self._window is not None

    def columns(self) -> NDArray[np.float64] | None:
        """The samples, a row for each of their values, the oldest first; None before the first one."""
        return None if self._window is None else self._window.columns()

    def version(self) -> tuple[int, str]:
        """A value that changes whenever the picture would change."""
        return self._samples + self._lost, self.status()

    def status(self) -> str:
        """The state of the pipe, in a few words."""
        waiting = "waiting for samples" if self.was_open else "waiting for the board to open it"
        state = self._why or (self._rate.text(self._samples) if self._samples else waiting)
        lost = f"{self._lost:,} lost" if self._lost else ""
        skipped = f"{self._skipped:,} not understood" if self._skipped else ""
        return " · ".join(filter(None, (self._pipe.name, state, lost, skipped)))

    def _read(self, end: float | None) -> None:
        """Reads what is there, rests, and so on: to wake for each message would slow the process down."""
        while not self._is_over(end):
            data = self._pipe.read(None if end is None else max(0.0, end - time.monotonic()))
            while data is not None and not self._is_over(end):
                self._skip(self._pipe.lost)
                self._take(data)
                data = self._pipe.read(0)
            if self._pipe.closed:
                return
            time.sleep(REST)

    def _is_over(self, end: float | None) -> bool:
        return bool(self._why) or (end is not None and time.monotonic() >= end)

    def _skip(self, lost: int) -> None:
        """Leaves a gap for messages that were lost."""
        if lost == self._lost:
            return
        if self._window is not None:
            self._window.skip(max(0, lost - self._lost))
        self._lost = lost

    def _take(self, data: bytes) -> None:
        try:
            row = row_of(self._decoder(data), None if self._window is None else self._window.width)
        except Exception as error:  # noqa: BLE001  a decoder is the user's, and the pipe goes on
            self._skipped += 1
            if self._skipped == 1:
                complain(self._pipe.name, data, error)
            return
        if self._window is None:
            self._window = Window(self._size, len(row))
        if not self._samples:
            self._rate.start()
        self._window.add(row)
        self._samples += 1


def complain(label: str, data: bytes, error: Exception) -> None:
    """Warns of a message that could not be decoded, without a line of this file."""
    text = (
        f"a message of {len(data)} bytes was not understood ({type(error).__name__}: {error});"
        " such messages are skipped"
    )
    warnings.warn_explicit(f"live_plot({label!r}): {text}", RuntimeWarning, "ukernel.pipes", 1)


class SampleRate:
    """Samples a second."""

    def __init__(self) -> None:
        self._since = (0.0, 0)
        self._rate: float | None = None

    def start(self) -> None:
        """Counts from now on."""
        self._since = (time.monotonic(), 0)

    def of(self, count: int) -> float | None:
        """The rate over the last second or so; None before it is known."""
        now, (at, before) = time.monotonic(), self._since
        if now - at >= RATE_INTERVAL:
            self._rate = (count - before) / (now - at)
            self._since = (now, count)
        return self._rate

    def text(self, count: int) -> str:
        """The rate in words; empty before it is known."""
        rate = self.of(count)
        return "" if rate is None else f"{rate:,.0f} samples/s"


def row_of(sample: object, width: int | None) -> tuple[float, ...]:
    """The values of a sample, which is a number or has several.

    Raises:
        TypeError, ValueError: there are none, or not ``width``.
    """
    if isinstance(sample, str | bytes):
        raise TypeError(f"a sample must be a number or a tuple of numbers, not {sample!r}")
    try:
        row = tuple(map(float, sample))  # type: ignore[call-overload]  # what cannot be iterated is told by Python
    except TypeError:
        row = (float(sample),)  # type: ignore[arg-type]
    if not row or len(row) != (width or len(row)):
        raise ValueError(f"a sample of {len(row)} values, where {width or 'some'} are expected")
    return row
