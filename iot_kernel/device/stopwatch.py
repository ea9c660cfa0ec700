"""Measures how long code takes, on the board's own clock.

A function on the board (snippet `stopwatch`) notes the time where the code begins and ends; what the link and
the compiler take is not in it. The notes are read afterwards and checked like anything that a board says.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from iot_kernel.device.device import Device
from iot_kernel.device.last_expression import call_at_end
from iot_kernel.device.marked_answer import MARK, marked_answer
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.snippets import snippet
from iot_kernel.text import literal

#: The function on the board.
WATCH = "__iot_watch__"

#: How often the function calls itself before it notes anything else.
_OWN_CALLS = 4

#: s that one unit of each clock lasts
UNITS = {"ticks_us": 1e-6, "monotonic_ns": 1e-9, "ticks_ms": 1e-3, "ms": 1e-3}

#: s; a time below so many steps of a clock is a rough one
_ROUGH = 20


class NoClockError(IoTKernelError):
    """A board did not tell how long code took."""

    def __init__(self) -> None:
        super().__init__("the board did not tell how long the code took; it may have restarted")


@dataclass(frozen=True, slots=True)
class Measured:
    """How long code took.

    Attributes:
        seconds: of the board's clock.
        step: s; the smallest that this clock tells apart.
    """

    seconds: float
    step: float

    @property
    def is_rough(self) -> bool:
        """Whether the clock counts in steps that are large for this time."""
        return self.seconds < _ROUGH * self.step


class Stopwatch:
    """A stopwatch on a board; a context manager. Methods raise what `Device.exec` does.

    Inside of the context the function is among the board's variables.

    Args:
        board: where the code runs.
    """

    def __init__(self, board: Device) -> None:
        self._board = board
        self._begun = 0.0
        self._seen = _OWN_CALLS

    def __enter__(self) -> Self:
        platform = self._board.platform
        self._board.exec(snippet("clock", platform) + snippet("stopwatch", platform))
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(IoTKernelError):
            self._board.exec(f"try:del {WATCH}\nexcept:pass\n")

    def read(self) -> Measured:
        """Tells how long it took from the one call since the last time to the other.

        Raises:
            NoClockError: the board said nothing that makes sense, or there were no two calls.
        """
        passed, self._begun = time.perf_counter() - self._begun, time.perf_counter()
        try:
            said = marked_answer(self._board, f"{WATCH}(None,'{MARK}')\n")
        except DeviceError:  # the function is gone: the code has removed it, or restarted the board
            raise NoClockError from None
        if said is None:
            raise NoClockError
        return self._measured(literal(said), passed)

    def _measured(self, answer: object, passed: float) -> Measured:
        """Reads what the function tells.

        Args:
            answer: the literal.
            passed: s since the last time, by this computer's clock.
        """
        match answer:
            case (str(name), int(period), list(steps), list(noted)) if name in UNITS and all(
                isinstance(note, int | float) for note in (*steps, *noted)
            ):
                seen, self._seen = self._seen, len(noted)
                if self._seen == seen + 2:
                    unit = UNITS[name]
                    call = min(_differences(noted[:_OWN_CALLS], period))
                    taken = _differences(noted[-2:], period)[0]
                    hidden = _periods(passed - taken * unit, period * unit)
                    return Measured(
                        max(0.0, (taken - call) * unit) + hidden,
                        min(step for step in (*steps, 1 / unit) if step > 0) * unit,
                    )
        raise NoClockError


def timed(code: str) -> str:
    """Makes code call the function where it begins and where its last expression has its value.

    Args:
        code: the source text. Its first line is blank, or has only simple statements and is the only one.

    Returns:
        The new code, line for line, but where code of one line is a block: that moves down by one.
    """
    ended = call_at_end(code, WATCH)
    if not code.startswith("\n"):
        return f"{WATCH}()\n{ended}" if _is_block(code) else f"{WATCH}();{ended}"
    return f"{WATCH}(){ended}"


def _is_block(code: str) -> bool:
    """Whether code begins with a statement that nothing can stand in front of."""
    return re.match(r"(?:for|while|if|with|try|def|class|async|@)\b|@", code.lstrip()) is not None


def _differences(noted: Sequence[int], period: int) -> list[int]:
    """What lies between times of a clock that begins anew after a period; 0 for one that never does."""
    return [(after - before) % period if period > 0 else after - before for before, after in pairwise(noted)]


def _periods(missing: float, period: float) -> float:
    """The s in which a clock has begun anew, and which it therefore does not show."""
    return round(missing / period) * period if period > 0 and missing > 0 else 0.0
