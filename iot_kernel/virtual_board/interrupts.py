"""Ctrl-C on a virtual board: a signal to its interpreter while its registers say that a character interrupts.

What was typed before is dropped by the board when it handles the interrupt, so what is typed after has to
wait a moment for that.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from functools import cache

from iot_kernel.virtual_board.registers import Register, Registers

INTERRUPT_TIMEOUT = 0.3  # s an interrupted program has to end before more input follows
INTERRUPT_POLL = 0.2e-3  # s between looks at it; only ever within INTERRUPT_TIMEOUT
INTERRUPT = signal.SIGUSR2  # the board handles it; SIGINT where it cannot
NUDGE = signal.SIGWINCH  # harmless to a board that handles it not
#: What a board is told when it starts: which signals may come.
SIGNALS = (signal.SIGINT, INTERRUPT, NUDGE)
#: s between nudges after an interrupt, for a board that blocks in reading or writing; a collection of
#: garbage, which a nudge would harm, takes less.
NUDGES = (0.02, 0.05, 0.1)


class Interpreter(subprocess.Popen[bytes]):
    """The interpreter of a virtual board, whose signals go to its main thread where the system can do that.

    The system may else give a signal to a thread that has just begun, which MicroPython's handlers crash in.
    """

    def send_signal(self, sig: int) -> None:
        """Sends a signal, unless the process has ended."""
        if self.poll() is None and not _signal_main_thread(self.pid, sig):
            super().send_signal(sig)


class InterruptSignals:
    """The interrupts of one virtual board.

    Args:
        registers: the board's.
        state: guards the board's process against a reset or stop.
        running: returns the interpreter, which may have ended; None where there is none.
    """

    def __init__(
        self,
        registers: Registers,
        state: threading.RLock,
        running: Callable[[], subprocess.Popen[bytes] | None],
    ) -> None:
        self._registers = registers
        self._state = state
        self._running = running
        self._sent: float | None = None  # when one was sent that the board may not have handled yet

    def forget(self) -> None:
        """The board starts anew: there is nothing to be handled any more."""
        self._sent = None

    def send(self, char: int) -> bool:
        """Raises KeyboardInterrupt on the board, if code runs there.

        Args:
            char: the character that was typed.

        Returns:
            Whether the character is used up; False where it does not interrupt any more.
        """
        with self._state:
            process = self._running()
            if process is None:
                return True
            self._registers[Register.SIGNALLING] = 1
            try:
                if self._registers[Register.INTERRUPT_CHAR] != char:
                    return False
                self._sent = time.monotonic()
                process.send_signal(self._registers[Register.INTERRUPT_SIGNAL])
            finally:
                self._registers[Register.SIGNALLING] = 0
        self._nudge()
        return True

    def await_handled(self) -> bool:
        """Waits until the board has handled the last interrupt, or for `INTERRUPT_TIMEOUT`.

        Returns:
            Whether there was one to wait for.
        """
        if self._sent is None:
            return False
        while self._is_pending():
            time.sleep(INTERRUPT_POLL)  # the board says so in a byte of shared memory, which wakes nobody
        return True

    def _is_pending(self) -> bool:
        if self._sent is None:
            return False
        recent = time.monotonic() - self._sent < INTERRUPT_TIMEOUT
        if recent and self._registers[Register.INTERRUPT_CHAR]:
            return True
        self._sent = None
        return False

    def _nudge(self) -> None:
        """Wakes a board that blocks in reading or writing, also where this computer stood still meanwhile."""
        for pause in NUDGES:
            time.sleep(pause)
            with self._state:
                process = self._running()
                if process is None:
                    return
                if not self._registers[Register.INTERRUPT_CHAR]:
                    self._sent = None
                    return
                process.send_signal(NUDGE)


def _signal_main_thread(pid: int, number: int) -> bool:
    """Sends a signal to the main thread of a process of this user; says whether that is possible here."""
    tgkill = _tgkill()
    return tgkill is not None and tgkill(pid, pid, number) == 0


@cache
def _tgkill() -> Callable[[int, int, int], int] | None:
    """Returns Linux's ``tgkill(pid, tid, signal)``, where the C library has it; a main tid is the pid."""
    try:
        return ctypes.CDLL(None).tgkill
    except (AttributeError, OSError, TypeError):
        return None
