"""Asks many boards at once who they are, each on a thread of its own, which only reports.

A board that is running a program is not interrupted: Ctrl-C is never sent from here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from iot_kernel.device.device import Device, DeviceInfo
from iot_kernel.discovery import Candidate
from iot_kernel.errors import IoTKernelError

#: s a board gets to answer: three to boot, as some do when their port is opened, and one for its answers.
ASK_TIMEOUT = 4.0

#: s for threads to end whose time is over and whose link was closed.
JOIN_TIMEOUT = 2.0

#: Boards asked at the same time; a USB hub has seven or ten ports.
MAX_PARALLEL = 16


@dataclass(frozen=True, slots=True)
class BoardAnswer:
    """What came of asking.

    Attributes:
        candidate: who was asked.
        identity: what the board says of itself; None when it did not.
        serial_number: of the USB device, empty where there is none.
        error: why there is no identity; None also when our own code failed.
    """

    candidate: Candidate
    identity: DeviceInfo | None = None
    serial_number: str = ""
    error: IoTKernelError | None = None


class BoardAsker:
    """Asks boards in parallel.

    Args:
        board: makes the object that asks a board.
        answered: gets each answer, on a thread of the asker.
    """

    def __init__(self, board: Callable[..., Device], answered: Callable[[BoardAnswer], None]) -> None:
        self._board = board
        self._answered = answered
        self._slots = threading.Semaphore(MAX_PARALLEL)
        self._over = threading.Event()
        self._asked: list[tuple[Device, threading.Thread]] = []

    def ask(self, candidate: Candidate, password: str | None) -> None:
        """Begins to ask; returns at once."""
        board = self._board(candidate.url, password=password)
        name = f"IoT probe {candidate.url}"
        thread = threading.Thread(target=self._run, args=(candidate, board), name=name, daemon=True)
        self._asked.append((board, thread))
        thread.start()

    def stop(self) -> None:
        """Gives up on those who have not answered: closing a link from here makes its thread come back."""
        self._over.set()
        waiting = [(board, thread) for board, thread in self._asked if thread.is_alive()]
        for board, _ in waiting:
            board.close()
        end = time.monotonic() + JOIN_TIMEOUT
        for _, thread in waiting:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self, candidate: Candidate, board: Device) -> None:
        answer = BoardAnswer(candidate)
        try:
            with self._slots:
                answer = self._ask(candidate, board)
        finally:
            self._answered(answer)

    def _ask(self, candidate: Candidate, board: Device) -> BoardAnswer:
        if self._over.is_set():
            return BoardAnswer(candidate)
        try:
            identity = board.open(interrupt=False, timeout=ASK_TIMEOUT)
            return BoardAnswer(candidate, identity, board.serial_number or candidate.serial_number)
        except IoTKernelError as error:
            return BoardAnswer(candidate, error=error)
        finally:
            board.close()
