"""How far a transfer has come: bytes, rate and time left, for whoever watches and waits longer than a second.

Where nobody watches (nbconvert, papermill: their cells cannot ask for input), nothing is shown.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

from iot_kernel.magics.magic import MagicContext
from iot_kernel.magics.progress import Progress
from iot_kernel.text import byte_count

PATIENCE = 1.0  # s; what is over sooner needs no progress line
TICK = 0.25  # s between updates: the numbers can still be read
WINDOW = 5.0  # s over which the rate is taken: longer than a board erases a block of its flash


class TransferProgress:
    """The progress of a transfer; use it as a context manager. It ends as one line of text.

    Args:
        ctx: where to show it.
        what: is going on, e.g. ``copying``.
        total: bytes to transfer.
    """

    def __init__(self, ctx: MagicContext, what: str, total: int) -> None:
        self._ctx = ctx
        self._thread = threading.get_ident()
        self._what = what
        self._total = total
        self._done = 0
        self._rate = Rate()
        self._line = Progress(ctx, what, patience=PATIENCE) if ctx.is_watched else None
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="IoT transfer progress", daemon=True)
        self._started = 0.0

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        if self._line is not None:
            self._line.__enter__()
            self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._line is None:
            return
        self._ended.set()
        self._ticker.join()
        self._line.update(self._summary(is_whole=error is None))
        self._line.__exit__(kind, error, traceback)

    def update(self, done: int) -> None:
        """Takes how many bytes are transferred. Returns at once, on any thread.

        Raises:
            KeyboardInterrupt: the cell was interrupted; only on the thread that began the transfer.
        """
        self._done = done
        if threading.get_ident() == self._thread:
            self._ctx.check()

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            done = self._done
            rate = self._rate.add(time.monotonic() - self._started, done)
            if self._line is not None:
                self._line.update(describe(self._what, done, self._total, rate), done / max(self._total, 1))

    def _summary(self, *, is_whole: bool) -> str:
        seconds = time.monotonic() - self._started
        if not is_whole:
            return f"{self._what} stopped after {byte_count(self._done)} of {byte_count(self._total)}"
        rate = self._total / max(seconds, 0.001)
        return f"{byte_count(self._total)} in {seconds:.1f} s ({byte_count(rate)}/s)"


class Rate:
    """Bytes a second over the last `WINDOW`. Reads no clock itself."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque([(0.0, 0)])

    def add(self, now: float, done: int) -> float:
        """Takes how far it has come at a time, and returns the rate."""
        self._samples.append((now, done))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        return (done - before) / max(now - since, 0.001)


def describe(what: str, done: int, total: int, rate: float) -> str:
    """Returns the line in words.

    Args:
        what: is going on.
        done: bytes.
        total: bytes.
        rate: bytes a second.
    """
    parts = [f"{what}: {byte_count(done)} of {byte_count(total)}", f"{byte_count(rate)}/s"]
    if rate > 0:
        parts.append(f"{_duration((total - done) / rate)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    """Writes a time the way one says it."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
