"""Lines that tell how far something has come, each in one display that is updated in place.

A thread of its own shows the line, so that whoever does the work only says how far it is. Where nobody
watches (nbconvert, papermill: their cells cannot ask for input), nothing is shown.
"""

from __future__ import annotations

import html
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from types import TracebackType
from typing import Self

from iot_kernel.magics.magic import MagicContext
from iot_kernel.magics.tables import as_page
from iot_kernel.text import byte_count

PATIENCE = 0.3  # s; what is over sooner needs no progress line
INTERVAL = 0.1  # s between updates: ten a second look smooth and cost a server nothing
TRANSFER_PATIENCE = 1.0  # s; likewise for a transfer
TRANSFER_INTERVAL = 0.25  # s between updates of a transfer: the numbers can still be read
WINDOW = 5.0  # s over which the rate is taken: longer than a board erases a block of its flash


class ProgressLine(ABC):
    """A line that appears after a while and ends as text; use it as a context manager.

    Args:
        ctx: where to show it.
        patience: s after which it appears.
        interval: s between its updates.
        keep: whether the line stays in the end; otherwise it becomes empty.
        always: show it also where nobody watches.
    """

    def __init__(
        self, ctx: MagicContext, patience: float, interval: float, *, keep: bool = True, always: bool = False
    ) -> None:
        self._ctx = ctx
        self._pauses = (patience, interval)
        self._keep = keep
        self._is_wanted = always or ctx.is_watched
        self._id = f"iot-kernel-{secrets.token_hex(8)}"  # an id used before would change that old output too
        self._shown: dict[str, str] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="IoT progress", daemon=True)

    @abstractmethod
    def _state(self) -> tuple[str, float | None]:
        """Returns what is going on, and how much of it is done, 0 to 1; None when nobody knows."""

    @abstractmethod
    def _summary(self, *, is_whole: bool) -> str:
        """Returns the text that stays, for work that was done or broke off."""

    def __enter__(self) -> Self:
        if self._is_wanted:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._is_wanted:
            self._thread.join()
        if self._shown is not None:
            # Without the bar, which might move for ever.
            plain = self._summary(is_whole=error is None) if self._keep else ""
            self._show({"text/plain": plain, "text/html": _page(html.escape(plain)) if plain else ""})

    def _run(self) -> None:
        pause, interval = self._pauses
        while not self._ended.wait(pause):
            self._show(bundle(*self._state()))
            pause = interval

    def _show(self, data: dict[str, str]) -> None:
        if data != self._shown:
            self._ctx.display(data, display_id=self._id, update=self._shown is not None)
            self._shown = data


class Progress(ProgressLine):
    """A line with any text.

    Args:
        ctx: where to show it.
        text: what is going on.
        keep: see `ProgressLine`.
        always: see `ProgressLine`.
        patience: s after which it appears; `PATIENCE` by default.
    """

    def __init__(
        self,
        ctx: MagicContext,
        text: str,
        *,
        keep: bool = True,
        always: bool = False,
        patience: float | None = None,
    ) -> None:
        super().__init__(ctx, PATIENCE if patience is None else patience, INTERVAL, keep=keep, always=always)
        self._now: tuple[str, float | None] = (text, None)

    def update(self, text: str, part: float | None = None) -> None:
        """Changes the line; any thread may call this, at any rate.

        Args:
            text: what is going on.
            part: how much is done, 0 to 1; None when nobody knows.
        """
        self._now = (text, part)

    def _state(self) -> tuple[str, float | None]:
        return self._now

    def _summary(self, *, is_whole: bool) -> str:
        return bundle(*self._now)["text/plain"]


class TransferProgress(ProgressLine):
    """The progress of a transfer: bytes, rate and time left.

    Args:
        ctx: where to show it.
        what: is going on, e.g. ``copying``.
        total: bytes to transfer.
    """

    def __init__(self, ctx: MagicContext, what: str, total: int) -> None:
        super().__init__(ctx, TRANSFER_PATIENCE, TRANSFER_INTERVAL)
        self._cell_thread = threading.get_ident()
        self._what = what
        self._total = total
        self._done = 0
        self._rate = Rate()
        self._started = time.monotonic()

    def update(self, done: int) -> None:
        """Takes how many bytes are transferred. Returns at once, on any thread.

        Raises:
            KeyboardInterrupt: the cell was interrupted; only on the thread that began the transfer.
        """
        self._done = done
        if threading.get_ident() == self._cell_thread:
            self._ctx.check()

    def _state(self) -> tuple[str, float | None]:
        done = self._done
        rate = self._rate.add(time.monotonic() - self._started, done)
        return describe(self._what, done, self._total, rate), done / max(self._total, 1)

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


def bundle(text: str, part: float | None) -> dict[str, str]:
    """Returns a bar beside a text, by MIME types.

    Args:
        text: what is going on.
        part: how much of it is done, 0 to 1; None when nobody knows.
    """
    value, percent = ("", "") if part is None else (f' value="{part:.3f}"', f" {part:.0%}")
    bar = f'<progress{value} style="width: 12em; vertical-align: middle"></progress>'
    return {"text/plain": text + percent, "text/html": _page(f"{bar} {html.escape(text)}")}


def _page(line: str) -> str:
    return as_page(f'<div style="padding: 0.25em 0.75em; font-variant-numeric: tabular-nums">{line}</div>')
