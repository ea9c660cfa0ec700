"""Reads one of several pipes into its part of a chart, for as long as the chart lives. Needs NumPy."""

from __future__ import annotations

import enum
import threading
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ukernel.pipes.clock_fit import RunningFit, Unwrapper
from ukernel.pipes.framing import PipeError
from ukernel.pipes.live.feed import REST, SampleRate, complain, row_of
from ukernel.pipes.live.time_window import TimeWindow
from ukernel.pipes.reader import Decoder, PipeReader

#: s between attempts to find the kernel of a board that is not there.
RETRY_INTERVAL = 1.0


class FeedState(enum.Enum):
    """What becomes of a pipe."""

    MISSING = "is not there"
    WAITING = "waits"
    READING = ""
    LEFT = "has left"
    REFUSED = "cannot be read"


class TimedFeed:
    """The samples of the last seconds of one pipe. Thread-safe.

    A board that is not there yet is looked for again and again, also after it has left.

    Args:
        label: what the pipe is called.
        connect: opens the pipe.
        decoder: the user's; None for the pipe's own.
        span: seconds to be kept.
        changed: set whenever `state` changes.
    """

    def __init__(
        self,
        label: str,
        connect: Callable[[], PipeReader],
        decoder: Decoder | None,
        span: float,
        changed: threading.Event,
    ) -> None:
        self.label = label
        self._connect = connect
        self._decoder = decoder
        self._span = span
        self._changed = changed
        self._window: TimeWindow | None = None
        self._pipe: PipeReader | None = None
        self._state_lock = threading.Lock()
        self._is_over = threading.Event()
        self._times = _Times()
        self._lost_before = 0  # by pipes of this name that have ended
        self.samples = self.skipped = 0
        self.rate = SampleRate()
        self.state: FeedState | None = None
        #: why it could not be connected the last time
        self.error: OSError | None = None

    @property
    def lost(self) -> int:
        """Messages that did not arrive."""
        return self._lost_before + (0 if self._pipe is None else self._pipe.lost)

    def run(self) -> None:
        """Reads until `end`, or until it is clear that this pipe cannot be read."""
        pipe = None
        while not self._is_over.is_set():
            before, samples = pipe, self.samples
            try:
                pipe = self._connect()
                if pipe is before:  # one that was open already, and has ended
                    return
                with pipe:
                    self._begin(pipe)
                    self._read(pipe, pipe.decoder(self._decoder))
                self._turn(FeedState.LEFT)
            except PipeError as error:
                self._refuse(error)
                return
            except OSError as error:  # no kernel has this board
                self.error = error
                self._turn(FeedState.LEFT if self.samples else FeedState.MISSING)
            if samples == self.samples:
                self._is_over.wait(RETRY_INTERVAL)

    def end(self) -> None:
        """Ends the reading. Twice is fine."""
        self._is_over.set()
        with self._state_lock:
            if self._pipe is not None:
                self._pipe.close()

    def columns(self) -> NDArray[np.float64] | None:
        """The times, and a row for each value of a sample; None before the first one."""
        return None if self._window is None else self._window.columns()

    def _begin(self, pipe: PipeReader) -> None:
        """Begins to read a pipe.

        Raises:
            PipeError: the kernel does not want us.
        """
        with self._state_lock:
            self._lost_before, self._pipe = self.lost, pipe
            if self._is_over.is_set():
                pipe.close()
                return
        self._times = _Times()
        try:
            pipe.ask()
        except PipeError:
            raise
        except OSError:
            pass  # it is slow; the pipe itself will tell
        if self.state is not FeedState.LEFT:
            self._turn(FeedState.WAITING)

    def _refuse(self, error: PipeError) -> None:
        self.error = error
        warnings.warn_explicit(f"live_plot: {self.label}: {error}", RuntimeWarning, "ukernel.pipes", 1)
        self._turn(FeedState.REFUSED)

    def _read(self, pipe: PipeReader, decode: Decoder) -> None:
        """Reads what is there, rests, and so on: to wake for each message would slow the process down."""
        while not self._is_over.is_set():
            data = pipe.read()
            while data is not None:
                self._take(pipe, data, decode)
                data = pipe.read(0)
            if pipe.closed:
                return
            self._is_over.wait(REST)

    def _take(self, pipe: PipeReader, data: bytes, decode: Decoder) -> None:
        at = self._times.of(pipe)
        try:
            row = row_of(decode(data), None if self._window is None else self._window.width)
        except Exception as error:  # noqa: BLE001  a decoder is the user's, and the pipe goes on
            self.skipped += 1
            if self.skipped == 1:
                complain(self.label, data, error)
            return
        if self._window is None:
            self._window = TimeWindow(self._span, len(row))
            self.rate.start()
        if self.state is not FeedState.READING or self._times.has_gap(pipe):
            self._window.skip(at)
        self._window.add(at, row)
        self.samples += 1
        self._turn(FeedState.READING)

    def _turn(self, state: FeedState) -> None:
        if state is not self.state:
            self.state = state
            self._changed.set()


class _Times:
    """When the messages of a pipe were written, as far as that is known."""

    def __init__(self) -> None:
        self._unwrapper = Unwrapper()
        self._fit = RunningFit()
        self._lost = 0

    def of(self, pipe: PipeReader) -> float:
        """The time of the message that was read last."""
        if pipe.clock is None:
            return pipe.arrived
        return self._fit.map(self._unwrapper.take(pipe.clock, pipe.arrived), pipe.arrived)

    def has_gap(self, pipe: PipeReader) -> bool:
        """Whether messages were lost before it."""
        before, self._lost = self._lost, pipe.lost
        return pipe.lost > before
