"""Ends what a test does on a board when it takes too long: interrupts it, then closes the link."""

from __future__ import annotations

import threading
from collections.abc import Callable

#: s that a test has to end after Ctrl-C; then its link is closed, which ends whatever waits for the board.
GRACE = 5.0


class Watchdog:
    """Watches one phase of a test; started by the constructor. `stop` ends it.

    Args:
        seconds: that the phase may take.
        interrupt: interrupts what runs on the board; returns at once.
        close: closes the link.

    Attributes:
        has_interrupted: the time was over.
        has_closed: interrupting did not end the phase within `GRACE`.
    """

    def __init__(self, seconds: float, interrupt: Callable[[], None], close: Callable[[], None]) -> None:
        self.has_interrupted = False
        self.has_closed = False
        self._seconds = seconds
        self._interrupt = interrupt
        self._close = close
        self._stopped = threading.Event()
        self._acting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="IoT test timeout", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it; nothing happens to the board any more. Twice is fine."""
        with self._acting:
            self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        if self._stopped.wait(self._seconds):
            return
        with self._acting:
            if self._stopped.is_set():
                return
            self.has_interrupted = True
            self._interrupt()
        if self._stopped.wait(GRACE):
            return
        with self._acting:
            if self._stopped.is_set():
                return
            self.has_closed = True
            self._close()
