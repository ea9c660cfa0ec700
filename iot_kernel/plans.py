"""What is done when, while the host waits for a board: asking again, insisting, giving up.

Every limit of time of the link stands here with its reason. Nothing here reads a clock: a plan tells when
it wants to act, and `iot_kernel.connection` calls it then.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

from iot_kernel.errors import DeviceStalledError, DeviceTimeoutError
from iot_kernel.exchange import Exchange
from iot_kernel.protocol.raw_repl import RawRepl

#: s; a board takes code as fast as the wire brings it, but a garbage collection or a flash write may come
#: between.
ACCEPT_TIMEOUT = 10.0

#: s; in raw-paste mode an answer comes at once or never: a firmware that hangs in it must show within a
#: second.
PASTE_TIMEOUT = 1.0

#: s; after Ctrl-C the user's ``finally`` may run this long before a second Ctrl-C breaks it off.
INTERRUPT_PATIENCE = 2.0

#: s; after the second Ctrl-C. A board that still runs is in native code, or catches KeyboardInterrupt.
INTERRUPT_TIMEOUT = 3.0

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

#: bytes kept of what is printed while no code runs, for the error message when no prompt answers.
KEPT_TEXT = 2000

STUCK = "%softreset, %hardreset, or reset the board by hand"

FRIENDLY_PROMPT = b">>> "

_BOOT_TEXT = re.compile(rb"ESP-ROM:|rst:0x|ets [A-Z][a-z]{2}|load:0x|entry 0x")


@dataclass(slots=True)
class News:
    """What the connection knows of the current turn; times in seconds of the monotonic clock."""

    started_at: float
    received_at: float = 0.0
    sent_at: float = 0.0
    framed_at: float = 0.0
    accepted: bool = False
    greeted_at: float | None = None
    interrupted_at: float | None = None
    text: bytes = b""


class Plan(ABC):
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


@dataclass(slots=True)
class Executing(Plan):
    """Code is sent and runs.

    Args:
        timeout: seconds for all of it; None waits for as long as the code runs.
        paste: by raw-paste mode.
        exchange: the talk with the code, where there is one.
    """

    repl: RawRepl
    news: News
    timeout: float | None = None
    paste: bool = False
    exchange: Exchange | None = None
    _insisted_for: float | None = None
    _poked_for: float | None = None
    _stalls: int = 0

    def due(self) -> float | None:
        times = [
            self._over(),
            self._not_accepted(),
            self._insist(),
            self._stuck(),
            self._poke(),
            self._stalled(),
        ]
        return min((when for when in times if when is not None), default=None)

    def act(self) -> None:
        when = self.due()
        if when == self._poke():
            self._poked_for = self.news.greeted_at
            self.repl.poke()
        elif when == self._insist():
            self._insisted_for = self.news.interrupted_at
            self._insist_now()
        elif when == self._stuck():
            raise DeviceTimeoutError("interrupt", INTERRUPT_PATIENCE + INTERRUPT_TIMEOUT, STUCK)
        elif when == self._stalled() and not self._stalls:
            self._stalls += 1
            self._insist_now()
        elif when == self._stalled():
            raise DeviceStalledError(EXCHANGE_TIMEOUT)
        elif when == self._over():
            raise DeviceTimeoutError("running code on the board", self.timeout or 0.0, STUCK)
        else:
            raise DeviceTimeoutError("sending code to the board", self._acceptance(), STUCK)

    def _insist_now(self) -> None:
        if self.exchange is None or not self.exchange.unstick():
            self.repl.interrupt()

    def _acceptance(self) -> float:
        return PASTE_TIMEOUT if self.paste else ACCEPT_TIMEOUT

    def _over(self) -> float | None:
        return None if self.timeout is None else self.news.started_at + self.timeout

    def _not_accepted(self) -> float | None:
        if self.news.accepted:
            return None
        return max(self.news.started_at, self.news.sent_at) + self._acceptance()

    def _insist(self) -> float | None:
        asked = self.news.interrupted_at
        return None if asked is None or self._insisted_for is not None else asked + INTERRUPT_PATIENCE

    def _stuck(self) -> float | None:
        asked = self._insisted_for
        return None if asked is None else asked + INTERRUPT_PATIENCE + INTERRUPT_TIMEOUT

    def _stalled(self) -> float | None:
        if self.exchange is None or not self.news.accepted:
            return None
        latest = max(self.news.started_at, self.news.sent_at, self.news.framed_at)
        return latest + (1 + self._stalls) * EXCHANGE_TIMEOUT

    def _poke(self) -> float | None:
        greeted = self.news.greeted_at
        if greeted is None or greeted == self._poked_for:
            return None
        return max(greeted, self.news.received_at) + GREETING_QUIET


class _Step:
    ASK, INTERRUPT, UNSTICK, GIVE_UP = range(4)


#: (s, what): first politely, since an idle board answers at once.
_POLITE = ((0.0, _Step.ASK), (0.2, _Step.ASK), (1.0, _Step.ASK), (2.0, _Step.ASK), (4.0, _Step.ASK))
_FIRM = (
    (0.0, _Step.ASK),
    (0.2, _Step.ASK),
    (0.3, _Step.INTERRUPT),
    (0.4, _Step.ASK),
    (0.7, _Step.ASK),
    (1.0, _Step.INTERRUPT),
    (1.1, _Step.ASK),
    (1.5, _Step.UNSTICK),
    (1.6, _Step.ASK),
)


def _steps(*, interrupt: bool, timeout: float) -> Iterator[tuple[float, int]]:
    steps = _FIRM if interrupt else _POLITE
    yield from (step for step in steps if step[0] < timeout)
    second = steps[-1][0] + 1.0
    while second < timeout:
        if interrupt:
            yield second, _Step.INTERRUPT
        yield second + 0.1, _Step.ASK
        second += 1.0
    while True:
        yield timeout, _Step.GIVE_UP


@dataclass(slots=True)
class Entering(Plan):
    """The raw REPL is wanted.

    A friendly prompt is answered at once: CircuitPython takes the first key as "any key" and shows one.

    Args:
        interrupt: send Ctrl-C to a board that does not answer.
        timeout: seconds for all of it, however much the board prints.
    """

    repl: RawRepl
    news: News
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
        if self._step[1] != _Step.INTERRUPT or not _BOOT_TEXT.search(self.news.text):
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
            case _Step.ASK:
                self.repl.enter()
            case _Step.INTERRUPT:
                self.repl.interrupt()
            case _Step.UNSTICK:
                self.repl.unstick()
            case _:
                raise DeviceTimeoutError("waiting for the raw REPL", self.timeout, received=self.news.text)

    def _is_prompted(self) -> bool:
        return self.news.text.endswith(FRIENDLY_PROMPT) and self.news.received_at > self._prompted_at


@dataclass(slots=True)
class SoftReset(Plan):
    """The interpreter restarts; one that runs code.py first is interrupted."""

    repl: RawRepl
    news: News
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
class UntilQuiet(Plan):
    """Whatever comes is relayed until nothing has come for a while.

    Args:
        quiet: seconds.
        timeout: seconds for all of it, for a board that never stops printing.
    """

    news: News
    quiet: float
    timeout: float
    is_quiet: bool = False

    def due(self) -> float:
        silent = max(self.news.started_at, self.news.received_at) + self.quiet
        return min(silent, self.news.started_at + self.timeout)

    def act(self) -> None:
        self.is_quiet = True
