"""A line that tells how far something has come, in one display that is updated in place."""

from __future__ import annotations

import html
import secrets
import threading
import time
from types import TracebackType
from typing import Self

from iot_kernel.magics.magic import MagicContext

PATIENCE = 0.3  # s; what is over sooner needs no progress line
INTERVAL = 0.1  # s between updates: ten a second look smooth and cost a server nothing


class Progress:
    """A progress line; use it as a context manager. It appears after `PATIENCE` and ends as a line of text.

    Args:
        ctx: where to show it.
        text: what is going on.
        keep: whether the line stays in the end; otherwise it becomes empty.
        patience: s after which it appears; `PATIENCE` by default.
    """

    def __init__(
        self, ctx: MagicContext, text: str, *, keep: bool = True, patience: float | None = None
    ) -> None:
        self._ctx = ctx
        self._keep = keep
        self._id = f"iot-kernel-{secrets.token_hex(8)}"  # an id used before would change that old output too
        self._state = _bundle(text, None)
        self._shown: dict[str, str] | None = None
        self._shown_at = 0.0
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE if patience is None else patience, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._shown is not None:
            plain = self._state["text/plain"] if self._keep else ""
            self._state = {"text/plain": plain, "text/html": html.escape(plain)}  # a bar might move for ever
            self._show()

    def update(self, text: str, part: float | None = None) -> None:
        """Changes the line; any thread may call this, at any rate.

        Args:
            text: what is going on.
            part: how much is done, 0 to 1; None when nobody knows.
        """
        with self._lock:
            self._state = _bundle(text, part)
            due = self._shown is not None and time.monotonic() - self._shown_at >= INTERVAL
        if due:
            self._show()

    def _show(self) -> None:
        with self._lock:
            if self._state != self._shown:
                is_update = self._shown is not None
                self._shown, self._shown_at = self._state, time.monotonic()
                self._ctx.display(self._state, display_id=self._id, update=is_update)


def _bundle(text: str, part: float | None) -> dict[str, str]:
    value, percent = ("", "") if part is None else (f' value="{part:.3f}"', f" {part:.0%}")
    bar = f'<progress{value} style="width: 12em; vertical-align: middle"></progress>'
    return {"text/plain": text + percent, "text/html": f"{bar} {html.escape(text)}"}
