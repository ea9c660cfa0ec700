"""What is done when, while the host waits for a board: asking again, insisting, giving up.

Every limit of time of the link stands here with its reason. Nothing here reads a clock: a plan tells when
it wants to act, and `iot_kernel.repl.connection` calls it then.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from iot_kernel.errors import DeviceStalledError, DeviceStuckError, DeviceTimeoutError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.raw_repl import RawRepl
from iot_kernel.protocol.state import ENDED, State
from iot_kernel.repl.transfer import Exchange

#: s; a board takes code as fast as the wire brings it, but a garbage collection or a flash write may come
#: between.
ACCEPT_TIMEOUT = 10.0

#: s; in raw-paste mode an answer comes at once or never: a firmware that hangs in it must show within a
#: second.
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

#: s without a frame from code that talks with the host: it may have lost a byte of its input. A flash erase
#: and a garbage collection together stay well below.
EXCHANGE_TIMEOUT = 5.0

#: s; boot.py included, which may wait for Wi-Fi.
SOFT_RESET_TIMEOUT = 20.0

#: s; CircuitPython before 7.1 runs code.py after a soft reset in raw mode: by then boot.py has ended, code.py
#: has not.
SOFT_RESET_PATIENCE = 4.0

#: s; without output after a greeting went by, until the board is asked whether it has restarted.
GREETING_QUIET = 0.5

#: s; a board that boots is not interrupted (old firmware could lose its file system), but not for ever.
BOOT_PATIENCE = 5.0
BOOT_QUIET = 0.3

#: s between Ctrl-Cs to a board that has restarted and goes on printing.
BOOT_PAUSE = 1.0

#: bytes kept of what is printed while no code runs, for the error message when no prompt answers.
KEPT_TEXT = 2000

STUCK = "%softreset, %hardreset, or reset the board by hand"

FRIENDLY_PROMPT = b">>> "

_BOOT_TEXT = re.compile(rb"ESP-ROM:|rst:0x|ets [A-Z][a-z]{2}|load:0x|entry 0x")


@dataclass(slots=True)
class TurnState:
    """What the connection knows of the current turn; times in seconds of the monotonic clock."""

    started_at: float
    received_at: float = 0.0
    sent_at: float = 0.0
    framed_at: float = 0.0
    accepted_at: float | None = None
    printed_at: float | None = None
    greeted_at: float | None = None
    greeted_first: float | None = None
    has_restarted: bool = False
    interrupted_at: float | None = None
    interrupts: int = 0
    text: bytes = b""


class Timeouts(ABC):
    """When to act next, and how."""

    @abstractmethod
    def due(self) -> float | None:
        """When `act` is to be called, on the monotonic clock; None: not before something new is known."""

    @abstractmethod
    def act(self) -> None:
        """Does what is due.

        Raises:
            DeviceTimeoutError: it was the last thing to do.
        """


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How code is treated while it runs.

    Args:
        timeout: seconds for all of it; None waits for as long as it runs.
        exchange: the talk with the code, where there is one.
        mark: the board's, where it has one.
        is_marked: the code prints the end mark as its last act.
        reads_input: the code may read its standard input, so that nothing must be sent to it.
        may_reset: the code may restart the board.
        insists: where Ctrl-C does not help, another one is sent, and given up; else not before the user asks
            for a second one.
        on_begin: called when an interrupt reaches the code from now on; must not block.
        on_busy: called once when code that does not insist goes on after Ctrl-C; must not block.
    """

    timeout: float | None = None
    exchange: Exchange | None = None
    mark: EndMark | None = None
    is_marked: bool = False
    reads_input: bool = False
    may_reset: bool = False
    insists: bool = True
    on_begin: Callable[[], None] = _nothing
    on_busy: Callable[[], None] = _nothing

    @property
    def may_ask(self) -> bool:
        """Whether the board may be asked whether the code still runs."""
        return self.exchange is None and not self.reads_input


#: Code of ours that takes as long as it takes.
USUAL = RunOptions()


@dataclass(slots=True)
class Executing(Timeouts):
    """Code is sent and runs.

    Args:
        options: how it is treated.
        paste: by raw-paste mode.
    """

    repl: RawRepl
    news: TurnState
    options: RunOptions = USUAL
    paste: bool = False
    _insisted_for: float | None = None
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
        return min((when for when, _ in self._steps()), default=None)

    def act(self) -> None:
        self._acting_at, step = min(self._steps(), key=lambda each: each[0])
        step()

    def _steps(self) -> Iterator[tuple[float, Callable[[], None]]]:
        if self.options.timeout is not None:
            yield self.news.started_at + self.options.timeout, self._give_up
        if self.news.accepted_at is None:
            yield max(self.news.started_at, self.news.sent_at) + self._acceptance(), self._give_up_sending
        else:
            yield from self._when_silent()
        if self.news.interrupted_at is not None:
            yield from self._after_interrupt(self.news.interrupted_at)

    # Code that is running, or seems to be

    def _when_silent(self) -> Iterator[tuple[float, Callable[[], None]]]:
        if self.options.exchange is not None:
            latest = max(self.news.started_at, self.news.sent_at, self.news.framed_at)
            yield latest + (1 + self._stalls) * EXCHANGE_TIMEOUT, self._end_stall
        greeted = self.news.greeted_at
        if greeted is not None and greeted != self._greeting_asked:
            yield max(greeted, self.news.received_at) + GREETING_QUIET, self._ask_after_greeting
        if self.news.greeted_first is not None and (self.news.has_restarted or self.options.may_reset):
            yield self.news.greeted_first + BOOT_PATIENCE + self._boots * BOOT_PAUSE, self._interrupt_boot
        quiet_since = max(self.news.received_at, self._asked_at)
        if self.repl.has_code_ended:
            yield self.news.received_at + ENDED_TIMEOUT, self._give_up_ended
        if self._is_in_doubt():
            yield quiet_since + ENDED_QUIET * 2**self._doubts, self._ask_in_doubt
        elif self.options.may_ask and self._questions < MOST_QUESTIONS:
            yield from self._when_nothing_comes()

    def _when_nothing_comes(self) -> Iterator[tuple[float, Callable[[], None]]]:
        answered_after = self.news.received_at - self._asked_at
        if self._questions and 0 < answered_after < ENDED_QUIET:  # by an idle board, in a damaged way?
            yield self.news.received_at + ENDED_QUIET, self._ask_once_more
        elif answered_after > 0:
            yield self.news.received_at + SILENCES[0], self._ask_anew
        elif self._silences < len(SILENCES):
            yield self._asked_at + SILENCES[self._silences], self._ask_in_silence

    def _ask_once_more(self) -> None:
        self._questions += 1
        self._ask()

    def _ask_anew(self) -> None:
        self._silences = 0
        self._ask_in_silence()

    def _is_in_doubt(self) -> bool:
        seems_ended = self.options.may_ask and self.repl.state in ENDED
        return self.repl.has_code_ended or seems_ended or self.repl.state is State.RESYNC

    def _ask_after_greeting(self) -> None:
        self._greeting_asked = self.news.greeted_at
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

    def _end_stall(self) -> None:
        if self._stalls:
            raise DeviceStalledError(EXCHANGE_TIMEOUT)
        self._stalls += 1
        self._insist_now()

    # Code that is to end

    def _after_interrupt(self, asked: float) -> Iterator[tuple[float, Callable[[], None]]]:
        if self.options.exchange is None and max(self.news.received_at, self._asked_at) < asked:
            yield asked + STOP_QUIET, self._ask
        if (self.options.insists or self._may_be_lost(asked)) and self._insisted_for is None:
            yield asked + INTERRUPT_PATIENCE, self._insist
        elif not self.options.insists and self._told_for is None:
            yield asked + INTERRUPT_PATIENCE, self._tell
        if self.options.insists or self.news.interrupts > 1:
            yield asked + INTERRUPT_TIMEOUT, self._give_up_interrupt

    def _may_be_lost(self, asked: float) -> bool:
        """Whether the code was perhaps not running yet: boards look for Ctrl-C when they have compiled it."""
        has_printed = self.news.printed_at is not None and self.news.printed_at < asked
        return not has_printed and (
            self.news.accepted_at is None or asked < self.news.accepted_at + COMPILING
        )

    def _insist(self) -> None:
        self._insisted_for = self.news.interrupted_at
        self._insist_now()

    def _insist_now(self) -> None:
        exchange = self.options.exchange
        if exchange is None:
            self.repl.interrupt()
        elif not exchange.unstick():
            self.repl.interrupt()
            self.repl.poke()  # it may have ended

    def _tell(self) -> None:
        self._told_for = self.news.interrupted_at
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

    def _acceptance(self) -> float:
        return PASTE_TIMEOUT if self.paste else ACCEPT_TIMEOUT


class _EnteringStep:
    ASK, INTERRUPT, UNSTICK, GIVE_UP = range(4)


#: (s, what): first politely, since an idle board answers at once.
_POLITE = (
    (0.0, _EnteringStep.ASK),
    (0.2, _EnteringStep.ASK),
    (1.0, _EnteringStep.ASK),
    (2.0, _EnteringStep.ASK),
    (4.0, _EnteringStep.ASK),
)
_FIRM = (
    (0.0, _EnteringStep.ASK),
    (0.2, _EnteringStep.ASK),
    (0.3, _EnteringStep.INTERRUPT),
    (0.4, _EnteringStep.ASK),
    (0.7, _EnteringStep.ASK),
    (1.0, _EnteringStep.INTERRUPT),
    (1.1, _EnteringStep.ASK),
    (1.5, _EnteringStep.UNSTICK),
    (1.6, _EnteringStep.ASK),
)


def _steps(*, interrupt: bool, timeout: float) -> Iterator[tuple[float, int]]:
    steps = _FIRM if interrupt else _POLITE
    yield from (step for step in steps if step[0] < timeout)
    second = steps[-1][0] + 1.0
    while second < timeout:
        if interrupt:
            yield second, _EnteringStep.INTERRUPT
        yield second + 0.1, _EnteringStep.ASK
        second += 1.0
    while True:
        yield timeout, _EnteringStep.GIVE_UP


@dataclass(slots=True)
class Entering(Timeouts):
    """The raw REPL is wanted.

    A friendly prompt is answered at once: CircuitPython takes the first key as "any key" and shows one.

    Args:
        interrupt: send Ctrl-C to a board that does not answer.
        timeout: seconds for all of it, however much the board prints.
    """

    repl: RawRepl
    news: TurnState
    interrupt: bool
    timeout: float
    _upcoming: Iterator[tuple[float, int]] = field(init=False)
    _step: tuple[float, int] = field(init=False)
    _prompted_at: float = 0.0

    def __post_init__(self) -> None:
        self._upcoming = _steps(interrupt=self.interrupt, timeout=self.timeout)
        self._step = next(self._upcoming)

    def due(self) -> float:
        if self._is_prompted():
            return self.news.received_at
        when = self.news.started_at + self._step[0]
        if self._step[1] != _EnteringStep.INTERRUPT or not _BOOT_TEXT.search(self.news.text):
            return when
        quiet = min(self.news.received_at + BOOT_QUIET, self.news.started_at + BOOT_PATIENCE)
        return max(when, min(quiet, self.news.started_at + self.timeout))

    def act(self) -> None:
        if self._is_prompted():
            self._prompted_at = self.news.received_at
            self.repl.enter()
            return
        action = self._step[1]
        self._step = next(self._upcoming)
        match action:
            case _EnteringStep.ASK:
                self.repl.enter()
            case _EnteringStep.INTERRUPT:
                self.repl.interrupt()
            case _EnteringStep.UNSTICK:
                self.repl.unstick()
            case _:
                raise DeviceTimeoutError("waiting for the raw REPL", self.timeout, received=self.news.text)

    def _is_prompted(self) -> bool:
        return self.news.text.endswith(FRIENDLY_PROMPT) and self.news.received_at > self._prompted_at


@dataclass(slots=True)
class SoftReset(Timeouts):
    """The interpreter restarts; one that runs code.py first is interrupted."""

    repl: RawRepl
    news: TurnState
    _asked: int = 0

    def due(self) -> float:
        return self.news.started_at + min(SOFT_RESET_PATIENCE + self._asked, SOFT_RESET_TIMEOUT)

    def act(self) -> None:
        if self.due() >= self.news.started_at + SOFT_RESET_TIMEOUT:
            raise DeviceTimeoutError(
                "soft reset", SOFT_RESET_TIMEOUT, "%hardreset, or reset the board by hand"
            )
        self._asked += 1
        self.repl.interrupt()
        self.repl.poke()


@dataclass(slots=True)
class UntilQuiet(Timeouts):
    """Whatever comes is relayed until nothing has come for a while.

    Args:
        quiet: seconds.
        timeout: seconds for all of it, for a board that never stops printing.
    """

    news: TurnState
    quiet: float
    timeout: float
    is_quiet: bool = False

    def due(self) -> float:
        silent = max(self.news.started_at, self.news.received_at) + self.quiet
        return min(silent, self.news.started_at + self.timeout)

    def act(self) -> None:
        self.is_quiet = True
