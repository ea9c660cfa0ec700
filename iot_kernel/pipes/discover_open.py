"""Asks a board which pipes it has open, when data comes of a pipe that nobody has announced.

That happens where a kernel connects to a board that produces already: another kernel had it before, or the
link was lost meanwhile. The data arrives on the reader thread, which must not wait. So a thread of its own
waits until no code runs on the board, and asks then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from iot_kernel.errors import IoTKernelError
from iot_kernel.snippets import snippet

_log = logging.getLogger(__name__)


class Inquiry:
    """Asks one board.

    Args:
        run: runs code on the board once no other code does, and never interrupts any.
    """

    def __init__(self, run: Callable[[str], object]) -> None:
        self._run = run
        self._asking_lock = threading.Lock()
        self._is_asking = False

    def ask(self) -> None:
        """Asks soon; returns at once, and does nothing while a question is on its way."""
        with self._asking_lock:
            if self._is_asking:
                return
            self._is_asking = True
        threading.Thread(target=self._ask, name="IoT pipes question", daemon=True).start()

    def _ask(self) -> None:
        try:
            self._run(snippet("announce"))
        except IoTKernelError as error:  # another program's frames, or the board is gone
            _log.debug("no answer about open pipes: %s", error)
        finally:
            with self._asking_lock:
                self._is_asking = False
