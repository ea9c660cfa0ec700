"""A board's clock: reads it, says how far it is off, and sets it to this computer's local time. Blocking.

Boards know no time zones, and many of their clocks count whole seconds. So a clock is set at the beginning of
a second, at the moment the board itself waits for; and how far it is off shows when its next second begins.
How long an answer is under way is taken to be half of what the shortest question takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from iot_kernel.errors import IoTKernelError, RemoteProtocolError
from iot_kernel.files.board import FileBoard
from iot_kernel.files.remote_reply import TRIES, Answer, DamagedError, ask, new_mark, question

#: s; a clock that is off by more is worth being set before files get their times.
TOLERANCE = 3.0

#: s; a clock that is off by less needs no setting.
FINE = 0.05

#: s from now to the moment at which the clock is set: first for fast links, then for slow ones.
LEADS = (0.3, 1.5, 5.0)

#: s between two looks of a board that waits for a second to begin.
LOOK = 0.001

#: How often the shortest question is asked: the shortest time counts.
ROUNDS = 3

#: Counts of milliseconds begin anew after so many, or a multiple.
_TICKS = 1 << 30

#: Boards whose weekdays are 1 to 7; those of others are 0 to 6.
_WEEKDAYS_FROM_1 = frozenset({"pyboard", "renesas-ra"})

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a board knows no zone

_NO_CLOCK = "this board has no clock: its firmware knows no time.localtime()"
_NOT_SET = "the clock of this board cannot be set: its firmware has neither machine.RTC nor rtc.RTC"


class ClockError(IoTKernelError):
    """A board has no clock, or none that can be set.

    Args:
        problem: which of them.
    """


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a board's clock showed.

    Args:
        shown: the time; a board knows no zone.
        ahead: s by which that is later than this computer's local time.
        error: s by which ``ahead`` may be wrong.
        epoch: the year in which the board's ``time.time()`` is 0.
        ticks: the board's count of milliseconds.
        taken: this computer's time, in s since 1970.
    """

    shown: datetime
    ahead: float
    error: float
    epoch: int
    ticks: int
    taken: float


class Clock:
    """The clock of one board. The constructor touches nothing; all methods raise what `FileBoard.exec` does.

    Args:
        board: the board.
        now: gives this computer's time, in s since 1970.
    """

    def __init__(self, board: FileBoard, *, now: Callable[[], float] = time.time) -> None:
        self._board = board
        self._now = now
        self._delay: float | None = None

    def read(self, *, exactly: bool = False) -> ClockReading:
        """Reads the clock.

        Args:
            exactly: wait for its next second; otherwise ``ahead`` may be wrong by half a second more.

        Raises:
            ClockError: the board has none.
        """
        delay = self._one_way() if exactly else self._delay or 0.0
        answers = self._ask("get_time", "__iot_time__", exactly)
        match answers:
            case []:
                raise ClockError(_NO_CLOCK)
            case [(at, ((int(), int(), int(), int(), int(), int()) as shown, int(ticks), int(epoch)))]:
                time_shown, taken = _datetime(shown), at - delay
                unseen = 0.0 if exactly else 0.5  # of the second that it shows
                ahead = (time_shown - _EPOCH).total_seconds() + unseen - _local(taken)
                return ClockReading(time_shown, ahead, delay + unseen + LOOK, epoch, ticks, taken)
        raise _senseless(answers)

    def set(self) -> ClockReading:
        """Sets the clock to this computer's local time.

        Returns:
            What it shows then.

        Raises:
            ClockError: the board has none, or none that can be set.
        """
        self._one_way()
        reading = self.read()
        for lead in LEADS:
            self._set_once(reading, lead)
            reading = self.read(exactly=True)
            if abs(reading.ahead) <= FINE + reading.error:
                break
        return reading

    def synchronise(self) -> tuple[ClockReading, ClockReading]:
        """Sets the clock to this computer's local time, unless it is right.

        Returns:
            What it showed before and what it shows then; the same reading twice where it was right.

        Raises:
            ClockError: the board has none, or none that can be set.
        """
        before = self.read(exactly=True)
        is_right = abs(before.ahead) <= FINE + before.error
        return before, before if is_right else self.set()

    def correct(self, tolerance: float = TOLERANCE) -> float | None:
        """Sets the clock where it is off by more than a tolerance.

        Args:
            tolerance: in s.

        Returns:
            The s by which it was ahead; None where the board has no clock that can be set.
        """
        try:
            reading = self.read()
            if abs(reading.ahead) > tolerance:
                self._set_once(reading, LEADS[0])
        except ClockError:
            return None
        return reading.ahead

    # Helpers

    def _set_once(self, reading: ClockReading, lead: float) -> None:
        """Sets the clock at the beginning of a second, which the board waits for by its count of ms."""
        moment = int(self._now() + lead) + 1
        ticks = (reading.ticks + round((moment - reading.taken) * 1000)) % _TICKS
        local = datetime.fromtimestamp(moment)  # noqa: DTZ006  a board knows no zone
        weekday = local.weekday() + (self._board.platform in _WEEKDAYS_FROM_1)
        if not self._ask("set_time", "__iot_set_time__", ticks, *local.timetuple()[:6], weekday):
            raise ClockError(_NOT_SET)

    def _one_way(self) -> float:
        """Returns the s that an answer is under way; asks for it once."""
        if self._delay is None:
            times = []
            for _ in range(ROUNDS):
                begin = time.perf_counter()  # the other clocks of Windows may go by 16 ms
                self._board.exec("pass")
                times.append(time.perf_counter() - begin)
            self._delay = min(times) / 2
        return self._delay

    def _ask(self, name: str, function: str, *arguments: object) -> list[tuple[float, Answer]]:
        """Asks, and returns the answers with the times at which they came."""
        for tries_left in reversed(range(TRIES)):
            try:
                return self._ask_once(name, function, *arguments)
            except DamagedError as error:
                if not tries_left:
                    raise error.cause from None
        raise AssertionError("unreachable")

    def _ask_once(self, name: str, function: str, *arguments: object) -> list[tuple[float, Answer]]:
        mark = new_mark()
        answers: list[tuple[float, Answer]] = []
        code = question([name], function, mark, arguments)
        ask(self._board, code, mark, "", on_answer=lambda answer: answers.append((self._now(), answer)))
        return answers


def zone(at: datetime) -> str:
    """Returns the time zone of this computer in words, e.g. ``CEST, UTC+02:00``.

    Args:
        at: a local time: zones have summers.
    """
    local = at.astimezone()
    offset = f"{local:%z}"
    return f"{local.tzname()}, UTC{offset[:3]}:{offset[3:5]}"


def _local(moment: float) -> float:
    """Returns a time of this computer as seconds that a clock without zone shows."""
    offset = datetime.fromtimestamp(moment).astimezone().utcoffset()
    return moment + (offset or timedelta()).total_seconds()


def _datetime(shown: tuple[int, int, int, int, int, int]) -> datetime:
    try:
        return datetime(*shown)  # noqa: DTZ001  a board knows no zone
    except (ValueError, OverflowError):
        raise _senseless([shown]) from None


def _senseless(answers: object) -> RemoteProtocolError:
    return RemoteProtocolError("asking for the time", repr(answers).encode())
