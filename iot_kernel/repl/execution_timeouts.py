"""What is done when, while code is sent to a board and runs: asking again, interrupting again, giving up.

Nothing here reads a clock; see `iot_kernel.repl.timeouts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from iot_kernel.errors import DeviceStalledError, DeviceStuckError, DeviceTimeoutError
from iot_kernel.protocol.repl import Repl
from iot_kernel.protocol.state import ENDED, State
from iot_kernel.repl.timeouts import BOOT_PATIENCE, Timeouts
from iot_kernel.repl.transfer import Transfer
from iot_kernel.repl.turn_state import TurnState

#: s; a board takes code as fast as the wire brings it, but a garbage collection or a flash write may come
#: between.
ACCEPT_TIMEOUT = 10.0

#: s of silence; in raw-paste mode an answer comes at once or never: a firmware that hangs in it must show
#: within a second. Where threads flood the wire, the answer stands behind what they say.
PASTE_TIMEOUT = 1.0

#: s after Ctrl-C; code of ours that has not ended by then has lost it and gets a second one. Code of the
#: user's may be cleaning up, and the user is told so.
INTERRUPT_PATIENCE = 2.0

#: s after the last Ctrl-C. A board that still runs is in native code, or catches KeyboardInterrupt.
INTERRUPT_TIMEOUT = 5.0

#: s; a slow board has compiled a usual cell by then, and hears Ctrl-C.
COMPILING = 0.2

#: s of silence after Ctrl-C; a board that waits at its prompt says nothing to it, and is asked then.
STOP_QUIET = 0.3

#: s of silence until a board is asked whether its code still runs: its end may be lost. A busy board has the
#: question in its input buffer until it has ended, so a few are enough, for those that get lost.
SILENCES = (5.0, 60.0, 600.0)

#: While the same code runs; the smallest input buffer has room for them.
MOST_QUESTIONS = 20

#: s of silence where the code has ended or seems to have; longer each time.
ENDED_QUIET = 0.5

#: s of silence where the code is known to have ended: the link is of no use any more.
ENDED_TIMEOUT = 8.0

#: s without a frame from code in a transfer: it may have lost a byte of its input. A flash erase
#: and a garbage collection together stay well below.
TRANSFER_TIMEOUT = 5.0

#: s; without output after a greeting went by, until the board is asked whether it has restarted.
GREETING_QUIET = 0.5

#: s between Ctrl-Cs to a board that has restarted and goes on printing.
BOOT_PAUSE = 1.0

STUCK = "try %softreset, then %hardreset, or reset the board by hand"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How code is treated while it runs.

    Args:
        timeout: seconds for all of it; None waits for as long as it runs.
        transfer: exchanges data with the code, where there is one.
        is_marked: the code prints the end mark as its last act.
        reads_input: the code may read its standard input, so that nothing must be sent to it.
        may_reset: the code may restart the board.
        repeats_interrupt: where Ctrl-C does not help, another one is sent, and then the driver gives up; else
            only when the user interrupts a second time.
        on_begin: called when an interrupt reaches the code from now on; must not block.
        on_busy: called once when code goes on after Ctrl-C and gets no second one; must not block.
    """

    timeout: float | None = None
    transfer: Transfer | None = None
    is_marked: bool = False
    reads_input: bool = False
    may_reset: bool = False
    repeats_interrupt: bool = True
    on_begin: Callable[[], None] = lambda: None
    on_busy: Callable[[], None] = lambda: None

    @property
    def may_ask(self) -> bool:
        """Whether the board may be asked whether the code still runs."""
        return self.transfer is None and not self.reads_input


#: Code of ours that takes as long as it takes.
USUAL = RunOptions()


@dataclass(slots=True)
class ExecutionTimeouts(Timeouts):
    """Code is sent and runs.

    Args:
        options: how it is treated.
        paste: by raw-paste mode.
    """

    repl: Repl
    turn: TurnState
    options: RunOptions = USUAL
    paste: bool = False
    _repeated_for: float | None = None
    _told_for: float | None = None
    _greeting_asked: float | None = None
    _stalls: int = 0
    _silences: int = 0
    _questions: int = 0
    _doubts: int = 0
    _boots: int = 0
    _acting_at: float = 0.0
    _asked_at: float = 0.0

    def due(self) -> float | None:
        return min((when for when, _ in self._actions()), default=None)

    def act(self) -> None:
        self._acting_at, action = min(self._actions(), key=lambda each: each[0])
        action()

    def _actions(self) -> Iterator[tuple[float, Callable[[], None]]]:
        if self.options.timeout is not None:
            yield self.turn.started_at + self.options.timeout, self._give_up
        if self.turn.accepted_at is None:
            yield self._acceptance_ends_at(), self._give_up_sending
        else:
            yield from self._when_silent()
        if self.turn.interrupted_at is not None:
            yield from self._after_interrupt(self.turn.interrupted_at)

    # Code that is running, or seems to be

    def _when_silent(self) -> Iterator[tuple[float, Callable[[], None]]]:
        if self.options.transfer is not None:
            latest = max(self.turn.started_at, self.turn.sent_at, self.turn.framed_at)
            yield latest + (1 + self._stalls) * TRANSFER_TIMEOUT, self._end_stalled_transfer
        greeted = self.turn.greeted_at
        if greeted is not None and greeted != self._greeting_asked:
            yield max(greeted, self.turn.received_at) + GREETING_QUIET, self._ask_after_greeting
        if self.turn.greeted_first is not None and (self.turn.has_restarted or self.options.may_reset):
            yield self.turn.greeted_first + BOOT_PATIENCE + self._boots * BOOT_PAUSE, self._interrupt_boot
        quiet_since = max(self.turn.received_at, self._asked_at)
        if self.repl.has_code_ended:
            yield self.turn.received_at + ENDED_TIMEOUT, self._give_up_ended
        if self._is_in_doubt():
            yield quiet_since + ENDED_QUIET * 2**self._doubts, self._ask_in_doubt
        elif self._may_ask and self._questions < MOST_QUESTIONS:
            yield from self._when_nothing_comes()

    @property
    def _may_ask(self) -> bool:
        return self.options.may_ask and not self.turn.is_asking

    def _when_nothing_comes(self) -> Iterator[tuple[float, Callable[[], None]]]:
        answered_after = self.turn.received_at - self._asked_at
        if self._questions and 0 < answered_after < ENDED_QUIET:  # by an idle board, in a damaged way?
            yield self.turn.received_at + ENDED_QUIET, self._ask_once_more
        elif answered_after > 0:
            yield self.turn.received_at + SILENCES[0], self._ask_anew
        elif self._silences < len(SILENCES):
            yield self._asked_at + SILENCES[self._silences], self._ask_in_silence

    def _ask_once_more(self) -> None:
        self._questions += 1
        self._ask()

    def _ask_anew(self) -> None:
        self._silences = 0
        self._ask_in_silence()

    def _is_in_doubt(self) -> bool:
        seems_ended = self._may_ask and self.repl.state in ENDED
        return self.repl.has_code_ended or seems_ended or self.repl.state is State.RESYNC

    def _ask_after_greeting(self) -> None:
        self._greeting_asked = self.turn.greeted_at
        self._ask()

    def _interrupt_boot(self) -> None:
        """Ends a main.py that goes on printing, as connecting does: the code has ended with the restart."""
        self._boots += 1
        self.repl.interrupt()
        self._ask()

    def _ask_in_doubt(self) -> None:
        self._doubts += 1
        self._ask()

    def _ask_in_silence(self) -> None:
        self._silences += 1
        self._questions += 1
        self._ask()

    def _ask(self) -> None:
        self._asked_at = self._acting_at
        self.repl.poke()

    def _end_stalled_transfer(self) -> None:
        if self._stalls:
            raise DeviceStalledError(TRANSFER_TIMEOUT)
        self._stalls += 1
        self._send_interrupt_again()

    # Code that is to end

    def _after_interrupt(self, asked: float) -> Iterator[tuple[float, Callable[[], None]]]:
        if self.options.transfer is None and max(self.turn.received_at, self._asked_at) < asked:
            yield asked + STOP_QUIET, self._ask
        if (self.options.repeats_interrupt or self._may_be_lost(asked)) and self._repeated_for is None:
            yield asked + INTERRUPT_PATIENCE, self._repeat_interrupt
        elif not self.options.repeats_interrupt and self._told_for is None:
            yield asked + INTERRUPT_PATIENCE, self._tell_busy
        if self.options.repeats_interrupt or self.turn.interrupts > 1:
            yield asked + INTERRUPT_TIMEOUT, self._give_up_interrupt

    def _may_be_lost(self, asked: float) -> bool:
        """Whether the code was perhaps not running yet: boards look for Ctrl-C when they have compiled it."""
        has_printed = self.turn.printed_at is not None and self.turn.printed_at < asked
        return not has_printed and (
            self.turn.accepted_at is None or asked < self.turn.accepted_at + COMPILING
        )

    def _repeat_interrupt(self) -> None:
        self._repeated_for = self.turn.interrupted_at
        self._send_interrupt_again()

    def _send_interrupt_again(self) -> None:
        transfer = self.options.transfer
        if transfer is None:
            self.repl.interrupt()
        elif not transfer.unstick():
            self.repl.interrupt()
            self.repl.poke()  # it may have ended

    def _tell_busy(self) -> None:
        self._told_for = self.turn.interrupted_at
        self.options.on_busy()

    # Giving up

    def _give_up(self) -> None:
        raise DeviceTimeoutError("running code on the board", self.options.timeout or 0.0, STUCK)

    def _give_up_sending(self) -> None:
        raise DeviceTimeoutError("sending code to the board", self._acceptance(), STUCK)

    def _give_up_interrupt(self) -> None:
        raise DeviceStuckError(INTERRUPT_TIMEOUT)

    def _give_up_ended(self) -> None:
        raise DeviceTimeoutError("waiting for the prompt", ENDED_TIMEOUT, STUCK)

    def _acceptance_ends_at(self) -> float:
        sent_at = max(self.turn.started_at, self.turn.sent_at)
        if not self.paste:
            return sent_at + ACCEPT_TIMEOUT
        return min(max(sent_at, self.turn.received_at) + PASTE_TIMEOUT, sent_at + ACCEPT_TIMEOUT)

    def _acceptance(self) -> float:
        return PASTE_TIMEOUT if self.paste else ACCEPT_TIMEOUT
