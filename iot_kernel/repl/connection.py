"""What can be done with a board's raw REPL: enter it, run code, reset. Turns are taken one after the other.

Reading, writing and waiting are `iot_kernel.repl.driver`'s; when to ask again and when to give up is in
`iot_kernel.repl.timeouts`.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from dataclasses import dataclass

from iot_kernel.errors import DeviceError, DeviceResetError, DeviceTimeoutError
from iot_kernel.protocol.events import Entered, Finished, PasteRefused, Rebooted
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.repl.driver import Driver, Sink, drop
from iot_kernel.repl.timeouts import USUAL, Entering, Executing, RunOptions, SoftReset, UntilQuiet

#: s of silence after which a board has booted; what the first IoT Kernel waited.
BOOT_QUIET = 2.5

#: s; a board that never stops printing after a hard reset is interrupted then. A slow boot.py has ended.
BOOT_LIMIT = 10.0

#: s until a board that restarted in the middle of a transfer has answered, and how often it is tried: on a
#: slow wire what it gets by mistake takes two seconds.
CALM_TIMEOUT = 1.0
CALM_TRIES = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended.

    Args:
        traceback: the board's text; empty when the code ended well.
        is_lost: the board waits for code, but how this code ended is not known.
        was_interrupted: Ctrl-C was sent while it ran.
    """

    traceback: bytes
    is_lost: bool = False
    was_interrupted: bool = False


class PasteUnsupportedError(Exception):
    """The firmware has no raw-paste mode; nothing ran and the board waits for code."""


class Connection:
    """A board's raw REPL. The constructor touches nothing.

    Args:
        link: not yet open; the connection owns it from now on.
    """

    def __init__(self, link: Driver) -> None:
        self._link = link
        self._turn = threading.RLock()

    def open(self, timeout: float) -> None:
        """Opens the transport and starts reading.

        Args:
            timeout: seconds for the transport.

        Raises:
            ConnectError: from the transport.
        """
        self._link.open(timeout)

    def close(self) -> None:
        """Ends the link; whoever waits gets a ConnectionLostError. Twice is fine, from any thread is fine."""
        self._link.close()

    @property
    def is_ready(self) -> bool:
        """Whether the board is known to wait for code; otherwise `enter` comes first."""
        return self._link.is_ready

    @property
    def is_lost(self) -> bool:
        """Whether the link broke or was closed."""
        return self._link.is_lost

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        self._link.interrupt()

    def enter(self, *, interrupt: bool, timeout: float, on_text: Sink = drop) -> None:
        """Brings the board into the raw REPL, without resetting it.

        Args:
            interrupt: send Ctrl-C to a board that does not answer, which ends its program.
            timeout: seconds, however much the board prints meanwhile.
            on_text: takes what the board prints before it answers.

        Raises:
            DeviceTimeoutError: no prompt answered; its ``received`` holds the end of what came instead.
            ConnectionLostError: the link broke.
        """
        with self._turn:
            self._link.mark_unsynced()
            news = self._link.begin(_nothing, drop, on_text)
            plan = Entering(self._link.repl, news, interrupt, timeout)
            self._link.follow(plan, lambda: isinstance(self._link.outcome, Entered))
            self._link.mark_synced()

    def execute(
        self,
        code: bytes,
        on_output: Sink,
        options: RunOptions = USUAL,
        *,
        paste: bool = False,
        burst: int | None = None,
    ) -> Outcome:
        """Runs code and waits for its end.

        Args:
            code: source text without the bytes 0x01 to 0x05.
            on_output: takes what the code prints; called on the reader thread.
            options: how it is treated while it runs.
            paste: send it in raw-paste mode.
            burst: bytes after which the board gets time to read them; None where the wire pushes back.

        Raises:
            PasteUnsupportedError: the firmware has no raw-paste mode; nothing ran.
            ConnectionLostError: the link broke.
            DeviceResetError: the board restarted meanwhile.
            DeviceTimeoutError: the time is over; `is_ready` is False then.
            DeviceStuckError: likewise; Ctrl-C did not help.
        """
        exchange = options.exchange
        mark = options.mark if exchange is None else None
        with self._turn:
            news = self._link.begin(
                lambda repl: repl.execute(code, paste=paste, mark=mark, is_marked=options.is_marked),
                on_output,
            )
            options.on_begin()
            plan = Executing(self._link.repl, news, options, paste)
            pacing = None if paste else burst
            self._link.follow(plan, self._has_ended, burst=pacing, exchange=exchange)
            if exchange is not None and (isinstance(self._link.outcome, Rebooted) or self._link.has_greeted):
                self._calm(burst)
                raise DeviceResetError(self._link.url)
            outcome = self._conclude(was_interrupted=news.interrupts > 0)
            if exchange is not None and outcome.was_interrupted and not outcome.traceback:
                return Outcome(b"KeyboardInterrupt: ")
            return outcome

    def soft_reset(self, on_output: Sink) -> None:
        """Restarts the interpreter and comes back in the raw REPL.

        Args:
            on_output: takes what the board prints meanwhile.

        Raises:
            DeviceTimeoutError: no prompt came back.
            ConnectionLostError: the link does not survive a soft reset (WebREPL).
        """
        with self._turn:
            news = self._link.begin(RawRepl.soft_reset, on_output)
            plan = SoftReset(self._link.repl, news)
            self._link.follow(plan, lambda: isinstance(self._link.outcome, Rebooted))

    def hard_reset(
        self, code: bytes, on_output: Sink, *, quiet: float, limit: float, burst: int | None = None
    ) -> Outcome | None:
        """Runs code that resets the chip, and relays what comes until nothing has come for a while.

        Args:
            code: what resets the chip.
            on_output: takes what the board prints meanwhile.
            quiet: seconds of silence.
            limit: seconds for all of it.
            burst: as for `execute`.

        Returns:
            The outcome where the code raised: nothing was reset. None otherwise; `enter` comes next.

        Raises:
            ConnectionLostError: the port went away with the board.
        """
        with self._turn:
            news = self._link.begin(lambda repl: repl.execute(code), on_output, on_output)
            plan = UntilQuiet(news, quiet, limit)
            self._link.follow(plan, lambda: plan.is_quiet or self._has_raised(), burst=burst)
            if self._has_raised():
                return self._conclude()
            self._link.mark_unsynced()
            return None

    def _calm(self, burst: int | None) -> None:
        """Brings a board to its prompt that gets what was on its way to a program that is gone.

        It may take any of that for a command. Only the answer to code of ours says that it has had it all.
        """
        nonce = secrets.token_hex(4).encode()
        for _ in range(CALM_TRIES):
            answer: list[bytes] = []
            with contextlib.suppress(DeviceTimeoutError, DeviceResetError, DeviceError):  # then once more
                self.enter(interrupt=True, timeout=CALM_TIMEOUT)
                self.execute(
                    b"print('%s')" % nonce, answer.append, RunOptions(timeout=CALM_TIMEOUT), burst=burst
                )
                if nonce in b"".join(answer):
                    break
        self._link.mark_unsynced()

    def _has_ended(self) -> bool:
        return self._link.outcome is not None

    def _has_raised(self) -> bool:
        return isinstance(self._link.outcome, Finished) and bool(self._link.outcome.traceback)

    def _conclude(self, *, was_interrupted: bool = False) -> Outcome:
        match self._link.outcome:
            case Finished(traceback, is_lost):
                return Outcome(traceback, is_lost, was_interrupted)
            case PasteRefused():
                raise PasteUnsupportedError
            case _:
                raise DeviceResetError(self._link.url)


def _nothing(_: RawRepl) -> None:
    pass
