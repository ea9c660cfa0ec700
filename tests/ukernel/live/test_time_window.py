"""The samples of the last seconds, and how much memory they take."""

import numpy as np

from ukernel.pipes.live import time_window
from ukernel.pipes.live.time_window import TimeWindow


def test_the_last_seconds():
    window = TimeWindow(span=1.0, width=1)
    for number in range(100):
        window.add(number / 10, [number])
    times, values = window.columns()
    assert values.tolist() == list(range(88, 100))  # and the one before, for the line that comes from it
    assert times[0] == 8.8


def test_nothing_yet():
    assert TimeWindow(1, 3).columns().shape == (4, 0)


def test_a_gap():
    window = TimeWindow(10, 2)
    window.add(1, [1, 2])
    window.skip(2)
    window.add(2, [3, 4])
    assert np.isnan(window.columns()[1:, 1]).all()
    assert window.columns()[0].tolist() == [1, 2, 2]


def test_it_grows_with_the_rate_and_shrinks_again():
    window = TimeWindow(1.0, 1)
    for number in range(100_000):
        window.add(number / 20_000, [number])
    assert 20_000 <= window.columns().shape[1] <= 20_002
    for number in range(30_000):
        window.add(5 + number / 2, [number])
    assert len(window._rows) <= 4096


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(time_window, "MOST_NUMBERS", 4000)
    window = TimeWindow(3600, 1)
    for number in range(10_000):
        window.add(number / 1000, [number])
    assert len(window._rows) <= 2000
    values = window.columns()[1]
    assert len(values) >= 1000
    assert values.tolist() == list(range(10_000 - len(values), 10_000))


def test_times_that_run_backwards_do_no_harm():
    window = TimeWindow(1, 1)
    for at in (100, 5, 200, 1, 1.5):
        window.add(at, [at])
    assert window.columns()[0][-1] == 1.5
