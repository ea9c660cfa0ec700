"""Samples as arrays, with the times at which they were taken. NumPy is loaded with the first array."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ukernel.pipes.clock_fit import Unwrapper, fit
from ukernel.pipes.reader import PipeReader


class Timed:
    """Samples with their times: ``times, values = collect("adc", n=100, timestamps=True)``.

    Where the pipe was opened with ``timestamps=True``, the times are those at which the board wrote the
    samples, by its own clock, mapped to this computer's: ``clock`` is ``"board"``. Elsewhere they are the
    times at which the samples reached the kernel, and ``clock`` is ``"arrival"``.

    Args:
        times: of the samples, in seconds since 1970.
        values: the samples.
        error: how far the times may be off, in seconds, beside a delay that all samples had in common, which
            nobody can know; NaN for fewer than three samples. With ``"board"``: how much later than the
            mapped clock says even the least delayed samples of some stretch arrived. With ``"arrival"``: what
            the arrivals are scattered about a steady rhythm.
        clock: ``"board"`` or ``"arrival"``.
        offset: what has to be added to the board's clock (``time.ticks_us()`` / 1e6) to get the first of the
            times; NaN with ``"arrival"``.
        drift: by what fraction the board's clock ran faster than this computer's; NaN with ``"arrival"``.
    """

    def __init__(
        self,
        times: Any,  # noqa: ANN401  arrays, or lists without NumPy
        values: Any,  # noqa: ANN401
        error: float,
        clock: str = "arrival",
        offset: float = math.nan,
        drift: float = math.nan,
    ) -> None:
        self.times = times
        self.values = values
        self.error = error
        self.clock = clock
        self.offset = offset
        self.drift = drift

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        """Gives the times, then the values."""
        yield self.times
        yield self.values

    def __repr__(self) -> str:
        seconds = self.times[-1] - self.times[0] if len(self) else 0.0
        error = "" if math.isnan(self.error) else f", error {self.error * 1000:.2g} ms"
        return f"<{len(self)} samples in {seconds:.3f} s, times of {_CLOCKS[self.clock]}{error}>"


_CLOCKS = {"board": "the board's clock", "arrival": "arrival"}


class Times:
    """When the messages of a pipe were written, as far as that is known."""

    def __init__(self) -> None:
        self._arrivals: list[float] = []
        self._clock: list[float] = []  # seconds of the board's clock; empty where it stamps nothing
        self._unwrapper = Unwrapper()

    def take(self, pipe: PipeReader) -> None:
        """Notes the times of the message that was read last."""
        self._arrivals.append(pipe.arrived)
        if pipe.clock is not None:
            self._clock.append(self._unwrapper.take(pipe.clock, pipe.arrived))

    def with_values(self, values: Any) -> Timed:  # noqa: ANN401
        """Puts values and their times together."""
        if not self._clock:
            return Timed(as_array(self._arrivals), values, scatter(self._arrivals))
        found = fit(self._clock, self._arrivals)
        times = [found.map(clock) for clock in self._clock]
        return Timed(as_array(times), values, found.error, "board", times[0] - self._clock[0], found.drift)


def scatter(times: list[float]) -> float:
    """How far times are from a steady rhythm at most, in seconds; NaN for less than three."""
    if len(times) < 3:
        return math.nan
    step = (times[-1] - times[0]) / (len(times) - 1)
    offsets = [at - times[0] - step * i for i, at in enumerate(times)]
    return max(offsets) - min(offsets)


def as_array(values: list[Any]) -> Any:  # noqa: ANN401
    """Makes a NumPy array; gives the list back where NumPy is missing or no array can hold the values."""
    try:
        import numpy as np
    except ImportError:
        return values
    if values and isinstance(values[0], bytes | bytearray):  # NumPy's own bytes forget zeros at the end
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array
    try:
        return np.asarray(values) if values else np.empty(0)
    except ValueError:
        return values
