"""What is done when, while the host waits for a board's prompt: asking again, interrupting, giving up.

Each limit of time of a turn stands in a subclass's module with its reason: here those of the prompt and of
resets, in `iot_kernel.repl.execution_timeouts` those of code. Nothing here reads a clock: a `Timeouts` says
when it wants to act, and `iot_kernel.repl.driver` calls it then.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from iot_kernel.errors import DeviceTimeoutError
from iot_kernel.protocol.repl import Repl
from iot_kernel.repl.turn_state import TurnState

#: s; boot.py included, which may wait for Wi-Fi.
SOFT_RESET_TIMEOUT = 20.0

#: s; CircuitPython before 7.1 runs code.py after a soft reset in raw mode: by then boot.py has ended, code.py
#: has not.
SOFT_RESET_PATIENCE = 4.0

#: s; a board that boots is not interrupted (old firmware could lose its file system), but not for ever.
BOOT_PATIENCE = 5.0
BOOT_QUIET = 0.3

FRIENDLY_PROMPT = b">>> "

_BOOT_TEXT = re.compile(rb"ESP-ROM:|rst:0x|ets [A-Z][a-z]{2}|load:0x|entry 0x")


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


#: s after an interrupt until whoever listens to a board stops; its program has told its end by then.
INTERRUPT_QUIET = 0.3


def _enter(repl: Repl) -> None:
    repl.enter()


def _interrupt(repl: Repl) -> None:
    repl.interrupt()


def _unstick(repl: Repl) -> None:
    repl.unstick()


def _ask_messages(repl: Repl) -> None:
    repl.ask_messages()


_Step = tuple[float, Callable[[Repl], object] | None]

#: (s, what to ask the board for): first politely, since an idle board answers at once. Whether it talks in
#: messages it is asked when a busy one would have answered an interrupt: the question is long, and takes a
#: slow wire 50 ms.
_POLITE: list[_Step] = [
    (0.0, _enter),
    (0.1, _ask_messages),
    (0.2, _enter),
    (1.0, _enter),
    (1.5, _ask_messages),
    (2.0, _enter),
    (4.0, _enter),
]
_FIRM: list[_Step] = [
    (0.0, _enter),
    (0.2, _enter),
    (0.3, _interrupt),
    (0.4, _enter),
    (0.6, _ask_messages),
    (0.7, _enter),
    (1.0, _interrupt),
    (1.1, _enter),
    (1.4, _ask_messages),
    (1.5, _unstick),
    (1.6, _enter),
]


def _steps(*, interrupt: bool, asks_messages: bool, timeout: float) -> Iterator[_Step]:
    """What is done when; None stands for giving up."""
    steps = _FIRM if interrupt else _POLITE
    wanted = [step for step in steps if asks_messages or step[1] is not _ask_messages]
    yield from (step for step in wanted if step[0] < timeout)
    second = steps[-1][0] + 1.0
    while second < timeout:
        if interrupt:
            yield second, _interrupt
        yield second + 0.1, _enter
        second += 1.0
    while True:
        yield timeout, None


@dataclass(slots=True)
class EnterTimeouts(Timeouts):
    """The raw REPL is wanted.

    A friendly prompt is answered at once: CircuitPython takes the first key as "any key" and shows one.

    Args:
        interrupt: send Ctrl-C to a board that does not answer.
        timeout: seconds for all of it, however much the board prints.
        asks_messages: ask one that does not answer whether it talks in messages.
    """

    repl: Repl
    turn: TurnState
    interrupt: bool
    timeout: float
    asks_messages: bool = False
    _upcoming: Iterator[_Step] = field(init=False)
    _step: _Step = field(init=False)
    _prompted_at: float = 0.0

    def __post_init__(self) -> None:
        self._upcoming = _steps(
            interrupt=self.interrupt, asks_messages=self.asks_messages, timeout=self.timeout
        )
        self._step = next(self._upcoming)

    def due(self) -> float:
        if self._is_prompted():
            return self.turn.received_at
        when = self.turn.started_at + self._step[0]
        if self._step[1] is not _interrupt or not _BOOT_TEXT.search(self.turn.text):
            return when
        quiet = min(self.turn.received_at + BOOT_QUIET, self.turn.started_at + BOOT_PATIENCE)
        return max(when, min(quiet, self.turn.started_at + self.timeout))

    def act(self) -> None:
        if self._is_prompted():
            self._prompted_at = self.turn.received_at
            self.repl.enter()
            return
        action = self._step[1]
        self._step = next(self._upcoming)
        if action is None:
            raise DeviceTimeoutError("waiting for the raw REPL", self.timeout, received=self.turn.text)
        action(self.repl)

    def _is_prompted(self) -> bool:
        return self.turn.text.endswith(FRIENDLY_PROMPT) and self.turn.received_at > self._prompted_at


@dataclass(slots=True)
class SoftResetTimeouts(Timeouts):
    """The interpreter restarts; one that runs code.py first is interrupted."""

    repl: Repl
    turn: TurnState
    _asked: int = 0

    def due(self) -> float:
        return self.turn.started_at + min(SOFT_RESET_PATIENCE + self._asked, SOFT_RESET_TIMEOUT)

    def act(self) -> None:
        if self.due() >= self.turn.started_at + SOFT_RESET_TIMEOUT:
            raise DeviceTimeoutError(
                "soft reset", SOFT_RESET_TIMEOUT, "try %hardreset, or reset the board by hand"
            )
        self._asked += 1
        self.repl.interrupt()
        self.repl.poke()


@dataclass(slots=True)
class HardResetTimeouts(Timeouts):
    """Whatever comes is passed on until nothing has come for a while, or the user has interrupted it.

    Args:
        quiet: seconds.
        timeout: seconds for all of it, for a board that never stops printing.
    """

    turn: TurnState
    quiet: float
    timeout: float
    is_quiet: bool = False

    def due(self) -> float:
        silent = max(self.turn.started_at, self.turn.received_at) + self.quiet
        due = min(silent, self.turn.started_at + self.timeout)
        if self.turn.interrupted_at is None:
            return due
        return min(due, self.turn.interrupted_at + INTERRUPT_QUIET)

    def act(self) -> None:
        self.is_quiet = True
