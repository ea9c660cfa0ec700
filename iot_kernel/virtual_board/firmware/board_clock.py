"""The board's own clock: the host's in UTC, plus what the program has set it ahead. It survives resets."""

import time

import registers

_host_time_ns = time.time_ns
_calendar = time.gmtime


def microseconds():
    """Gives the board's time since 1970."""
    return _host_time_ns() // 1000 + registers.clock_offset()


def set_time(seconds, microseconds=0):
    """Sets the time, in seconds and microseconds since 1970."""
    registers.set_clock_offset(seconds * 1_000_000 + microseconds - _host_time_ns() // 1000)


def now():
    return microseconds() // 1_000_000


def now_ns():
    return microseconds() * 1000


def local_time(seconds=None):
    """Gives the calendar of a time, now by default; a board knows no time zones."""
    return _calendar(now() if seconds is None else seconds)
