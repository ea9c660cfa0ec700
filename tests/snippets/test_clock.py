"""The board's finest clock: which one is taken of what firmware has."""

import sys
from types import SimpleNamespace

import pytest

from iot_kernel.snippets import snippet


def ticks(**clocks):
    """A module ``time`` of MicroPython with some clocks."""
    return SimpleNamespace(ticks_add=lambda ticks, delta: (ticks + delta) % (1 << 30), **clocks)


@pytest.mark.parametrize(
    ("time", "supervisor", "name", "period", "shown"),
    [
        (ticks(ticks_us=lambda: 5, ticks_ms=lambda: 6), None, "ticks_us", 1 << 30, 5),
        (SimpleNamespace(monotonic_ns=lambda: 7, monotonic=lambda: 8.5), None, "monotonic_ns", 0, 7),
        (SimpleNamespace(monotonic=lambda: 8.5), SimpleNamespace(ticks_ms=lambda: 9), "ticks_ms", 1 << 29, 9),
        (ticks(ticks_ms=lambda: 6), None, "ticks_ms", 1 << 30, 6),
        (SimpleNamespace(monotonic=lambda: 8.5), None, "ms", 0, 8500),
        (SimpleNamespace(time=lambda: 3), None, "ms", 0, 3000),
    ],
)
def test_the_finest_clock(time, supervisor, name, period, shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "utime", time)
    monkeypatch.setitem(sys.modules, "supervisor", supervisor)
    names = {}
    exec(snippet("clock"), names)
    found, after, read = names["__iot_clock__"]()
    assert (found, after, read()) == (name, period, shown)
