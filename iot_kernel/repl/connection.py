"""What can be done with a board's raw REPL: enter it, run code, reset it. Each of these is one *turn*.

One turn at a time: callers hold a lock, `turn_lock` of `iot_kernel.device.board_connection`. Reading, writing
and waiting is done in `iot_kernel.repl.driver`; when to ask again and when to give up is decided in
`iot_kernel.repl.timeouts` and `iot_kernel.repl.execution_timeouts`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from iot_kernel.errors import ConnectionLostError, DeviceError, DeviceResetError, DeviceTimeoutError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.events import Entered, Finished, MessagesSpoken, PasteRefused, Rebooted
from iot_kernel.repl.driver import Driver
from iot_kernel.repl.execution_timeouts import USUAL, ExecutionTimeouts, RunOptions
from iot_kernel.repl.halves import Halves, at_once, whole
from iot_kernel.repl.link_state import FrameSink, LinkState
from iot_kernel.repl.timeouts import EnterTimeouts, HardResetTimeouts, SoftResetTimeouts
from iot_kernel.repl.turn_state import Sink, TurnState, drop
from iot_kernel.transports.base import Transport

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

    `close` and `interrupt` may come from any thread; everything else from one thread at a time.

    Args:
        transport: not yet open; it belongs to the connection from now on.
        on_stray: takes bytes printed while no code runs; called on the thread that reads.
        on_lost: the link broke while nobody had the turn; called on the thread that reads, at most once.
        on_frame: takes frames that belong to no transfer, and damaged ones, in their place among the output;
            called on the thread that reads, so it must not block.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_stray: Sink,
        on_lost: Callable[[ConnectionLostError], None],
        on_frame: FrameSink = drop,
    ) -> None:
        self._url = transport.url
        self._asks_messages = transport.may_carry_messages
        self._link = LinkState(on_stray=on_stray, on_lost=on_lost, on_frame=on_frame)
        self._driver = Driver(transport, self._link)

    def open(self, timeout: float) -> None:
        """Opens the transport and starts reading.

        Args:
            timeout: seconds for the transport.

        Raises:
            ConnectError: from the transport.
        """
        self._driver.open(timeout)

    def close(self) -> None:
        """Ends the link; whoever waits gets a ConnectionLostError. Twice is fine, from any thread is fine."""
        self._driver.close()

    @property
    def is_ready(self) -> bool:
        """Whether the board is known to wait for code; otherwise `enter` comes first."""
        return self._link.is_ready

    @property
    def talks_in_messages(self) -> bool:
        """Whether the board's firmware has no raw REPL, and is driven by messages; known after `enter`."""
        return self._link.talks_in_messages

    @property
    def is_lost(self) -> bool:
        """Whether the link broke or was closed."""
        return self._link.lost is not None

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        self._driver.interrupt()

    def type(self, data: bytes) -> None:
        """Sends input of the user's to the code that runs; lost where none does. From any thread."""
        self._driver.type(data)

    def mark_unsynced(self) -> None:
        """Something may stand at the board's prompt that is no code: the raw REPL has to be entered again."""
        self._link.mark_unsynced()

    def note_request(self) -> None:
        """The running code asks for input; called on the thread that reads, while its output is taken."""
        self._link.turn.is_asking = True

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
        if self._enter(interrupt, timeout, on_text):
            self._driver.speak_messages()
            self._enter(interrupt, timeout, on_text)
        self._link.is_synced = True

    def _enter(self, interrupt: bool, timeout: float, on_text: Sink) -> bool:
        """Waits for an answer; returns whether it says that the board talks in messages."""
        self._link.mark_unsynced()
        turn = self._link.begin(drop, drop, on_text)
        timeouts = EnterTimeouts(self._link.repl, turn, interrupt, timeout, self._asks_messages)
        whole(self._driver.follow(timeouts, lambda: isinstance(turn.outcome, Entered | MessagesSpoken)))
        return isinstance(turn.outcome, MessagesSpoken)

    def execution(
        self,
        code: bytes,
        on_output: Sink,
        options: RunOptions = USUAL,
        *,
        mark: EndMark | None = None,
        paste: bool = False,
        burst: int | None = None,
    ) -> Halves[Outcome]:
        """Sends code in the first half, and waits for its end.

        Where it goes in several steps, as in raw-paste mode, the first step is the first half.

        Args:
            code: source text without the bytes 0x01 to 0x05.
            on_output: takes what the code prints; called on the thread that reads.
            options: how it is treated while it runs.
            mark: the board's, where it has one.
            paste: send it in raw-paste mode.
            burst: bytes after which the board gets time to read them; None where the wire pushes back.

        Raises:
            PasteUnsupportedError: the firmware has no raw-paste mode; nothing ran.
            ConnectionLostError: the link broke.
            DeviceResetError: the board restarted meanwhile.
            DeviceTimeoutError: the time is over; `is_ready` is False then.
            DeviceStuckError: likewise; Ctrl-C did not help.
        """
        transfer = options.transfer
        asked = mark if transfer is None else None
        turn = self._link.begin(
            lambda repl: repl.execute(code, paste=paste, mark=asked, is_marked=options.is_marked), on_output
        )
        options.on_begin()
        timeouts = ExecutionTimeouts(self._link.repl, turn, options, paste)
        pacing = None if paste else burst
        yield from self._driver.follow(
            timeouts, lambda: turn.outcome is not None, burst=pacing, input_burst=burst, transfer=transfer
        )
        if transfer is not None and (isinstance(turn.outcome, Rebooted) or turn.has_greeted):
            self._calm(burst)
            raise DeviceResetError(self._url)
        outcome = self._conclude(turn)
        if transfer is not None and outcome.was_interrupted:  # whatever the program has made of it
            return Outcome(b"KeyboardInterrupt")
        return outcome

    execute = at_once(execution)  # both halves

    def soft_reset(self, on_output: Sink) -> None:
        """Restarts the interpreter and comes back in the raw REPL.

        Args:
            on_output: takes what the board prints meanwhile.

        Raises:
            DeviceTimeoutError: no prompt came back.
            ConnectionLostError: the link does not survive a soft reset (WebREPL).
        """
        turn = self._link.begin(lambda repl: repl.soft_reset(), on_output)
        timeouts = SoftResetTimeouts(self._link.repl, turn)
        whole(self._driver.follow(timeouts, lambda: isinstance(turn.outcome, Rebooted)))

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
        turn = self._link.begin(lambda repl: repl.execute(code), on_output, on_output)
        timeouts = HardResetTimeouts(turn, quiet, limit)
        whole(self._driver.follow(timeouts, lambda: timeouts.is_quiet or _has_raised(turn), burst=burst))
        if _has_raised(turn):
            return self._conclude(turn)
        self._link.mark_unsynced()
        return None

    def listen(self, on_output: Sink, seconds: float) -> None:
        """Relays what the board prints, and sends nothing; `enter` comes next.

        Args:
            on_output: takes what it prints.
            seconds: how long.

        Raises:
            ConnectionLostError: the link broke.
        """
        self._link.mark_unsynced()
        turn = self._link.begin(drop, on_output, on_output)
        timeouts = HardResetTimeouts(turn, seconds, seconds)
        whole(self._driver.follow(timeouts, lambda: timeouts.is_quiet))

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

    def _conclude(self, turn: TurnState) -> Outcome:
        match turn.outcome:
            case Finished(traceback, is_lost):
                return Outcome(traceback, is_lost, was_interrupted=turn.interrupts > 0)
            case PasteRefused():
                raise PasteUnsupportedError
            case _:
                raise DeviceResetError(self._url)


def _has_raised(turn: TurnState) -> bool:
    return isinstance(turn.outcome, Finished) and bool(turn.outcome.traceback)
