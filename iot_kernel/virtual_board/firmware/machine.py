"""``machine`` of the virtual board on the unix port: pins, clock, timers, resets.

Callbacks of timers run on a thread of their own, at the same time as the program.
"""

import os as _os
import sys as _sys
import time as _time

import _thread
import board_clock as _clock
import registers as _registers
from common_machine import (  # noqa: F401 - most are passed on
    ADC,
    HARD_RESET,
    PWM,
    PWRON_RESET,
    SOFT_RESET,
    Pin,
    disable_irq,
    enable_irq,
    freq,
    idle,
    lightsleep,
    power_on,
    unique_id,
)
from umachine import Signal, mem8, mem16, mem32, time_pulse_us  # noqa: F401 - the port's own, passed on

_CAUSES = {
    _registers.NO_RESET: PWRON_RESET,
    _registers.SOFT_RESET: SOFT_RESET,
    _registers.HARD_RESET: HARD_RESET,
}


def reset():
    """Starts the whole board again; never returns."""
    _registers.put(_registers.REPL_MODE, _registers.FRIENDLY)
    _registers.put(_registers.RESET_KIND, _registers.HARD_RESET)
    _os.system("kill -9 $PPID")  # from any thread, at once, whatever the others do


def soft_reset():
    raise SystemExit


def reset_cause():
    return _CAUSES[_registers.get(_registers.RESET_CAUSE)]


class RTC:
    """The board's clock. It starts with the host's time in UTC; setting it leaves the host's clock alone."""

    def datetime(self, when=None):
        """Gets or sets (year, month, day, weekday, hours, minutes, seconds, microseconds)."""
        if when is not None:
            year, month, day, _, hours, minutes, seconds, microseconds = when
            _clock.set_time(_time.mktime((year, month, day, hours, minutes, seconds, 0, 0, 0)), microseconds)
            return None
        now = _clock.microseconds()
        year, month, day, hours, minutes, seconds, weekday = _time.gmtime(now // 1_000_000)[:7]
        return (year, month, day, weekday, hours, minutes, seconds, now % 1_000_000)

    init = datetime


class Timer:
    """A one-shot or periodic timer."""

    ONE_SHOT = 0
    PERIODIC = 1

    _SLICE_MS = 100  # ms a stopped timer's thread may sleep on

    def __init__(self, _id=-1, **settings):
        self._run = 0  # which setting is in force; a thread of an earlier one ends
        if settings:
            self.init(**settings)

    def init(self, mode=PERIODIC, period=-1, callback=None, freq=None, hard=False):  # noqa: F811
        self._run += 1
        period = 1000 / freq if freq else period
        if callback and period > 0:
            _thread.start_new_thread(self._serve, (self._run, mode, int(period * 1000), callback))

    def deinit(self):
        self._run += 1

    def _serve(self, run, mode, period, callback):
        due = _time.ticks_us()
        while True:
            due = _time.ticks_add(due, period)
            if not self._sleep_until(due, run):
                return
            try:
                callback(self)
            except Exception as error:
                _sys.print_exception(error)
            if mode == Timer.ONE_SHOT:
                return

    def _sleep_until(self, due, run):
        """Sleeps; False when the timer was stopped meanwhile."""
        while self._run == run:
            left = _time.ticks_diff(due, _time.ticks_us())
            if left <= 0:
                return True
            _time.sleep_us(min(left, self._SLICE_MS * 1000))
        return False
