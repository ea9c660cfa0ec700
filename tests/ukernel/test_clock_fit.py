"""A board's clock and this computer's: unwrapped, fitted from below, and how well that is known."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.each import each
from ukernel.pipes.clock_fit import LARGEST_DRIFT, PERIOD, RunningFit, Unwrapper, fit


def unwrapped(stamps, arrivals):
    unwrapper = Unwrapper()
    return [unwrapper.take(*pair) for pair in zip(stamps, arrivals, strict=True)]


def test_a_clock_that_begins_again_goes_on():
    stamps = [PERIOD - 2_000_000, PERIOD - 1_000_000, 0, 1_000_000]
    seconds = unwrapped(stamps, [0, 1, 2, 3])
    assert [after - seconds[0] for after in seconds] == pytest.approx([0, 1, 2, 3])


def test_hours_without_a_sample():
    seconds = unwrapped([5_000_000, (5_000_000 + 36_000 * 10**6) % PERIOD], [100.0, 36_100.25])
    assert seconds[1] - seconds[0] == pytest.approx(36_000)


def test_stamps_of_two_threads_may_change_places():
    assert unwrapped([10, 5, 20], [1.0, 1.0, 1.0]) == pytest.approx([10e-6, 5e-6, 20e-6])


@given(
    st.lists(st.floats(0, 4000), min_size=1, max_size=30),
    st.integers(0, PERIOD - 1),
    st.randoms(use_true_random=False),
)
def test_any_pauses_and_delays_of_up_to_a_minute(pauses, start, chance):
    now, true, arrivals = 0.0, [], []
    for pause in pauses:
        now += pause
        true.append(start + round(now * 1e6))
        arrivals.append(1e9 + now + chance.uniform(0, 60))
    seconds = unwrapped([stamp % PERIOD for stamp in true], arrivals)
    for index, stamp in enumerate(true):
        assert seconds[index] - seconds[0] == pytest.approx((stamp - true[0]) * 1e-6, abs=1e-5)


def samples(count, *, rate=100.0, drift=0.0, delay=lambda chance: chance.expovariate(500), seed=1):
    """The board's clock, the true times and the arrivals of samples at a steady rate."""
    chance = random.Random(seed)
    true = [1.7e9 + index / rate for index in range(count)]
    clock = [7.0 + index / rate * (1 + drift) for index in range(count)]
    return clock, true, [at + delay(chance) for at in true]


@each("drift", [0.0, 80e-6, -80e-6, 0.003])
def test_the_true_times_come_back(drift):
    clock, true, arrived = samples(2000, drift=drift)  # 20 s, delayed by 2 ms on average
    found = fit(clock, arrived)
    assert found.drift == pytest.approx(drift, abs=1e-4)
    worst = max(abs(found.map(own) - at) for own, at in zip(clock, true, strict=True))
    assert worst < 0.5e-3
    assert worst < 2 * found.error + 1e-4


def test_bursts_and_pauses_of_a_queue_are_no_clock():
    """Every ten samples come at once, as a busy computer reads them, and one second nothing comes."""
    clock, true, _ = samples(1000)
    arrived = [true[min(len(true) - 1, index // 10 * 10 + 9)] + 1e-4 for index in range(1000)]
    arrived[300:400] = [max(at, true[400]) for at in arrived[300:400]]
    found = fit(clock, arrived)
    worst = max(abs(found.map(own) - at) for own, at in zip(clock, true, strict=True))
    assert worst < 1e-3


def test_a_delay_in_common_is_not_seen():
    clock, true, arrived = samples(500, delay=lambda chance: 0.25)
    found = fit(clock, arrived)
    assert found.map(clock[100]) - true[100] == pytest.approx(0.25, abs=1e-6)
    assert found.error < 1e-6


def test_a_slope_that_no_clock_has_is_not_believed():
    found = fit([0.0, 0.001, 0.002], [5.0, 5.05, 5.10])
    assert abs(found.drift) <= LARGEST_DRIFT * 1.01
    assert all(found.map(own) <= at + 1e-9 for own, at in [(0.0, 5.0), (0.001, 5.05), (0.002, 5.10)])


def test_few_samples():
    one = fit([3.0], [10.0])
    assert (one.map(3.0), one.drift) == (10.0, 0.0)
    assert math.isnan(one.error)
    assert math.isnan(fit([3.0, 3.0], [10.0, 11.0]).error)
    assert fit([3.0] * 3, [10.5, 10.0, 11.0]).map(3.0) == 10.0


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)), min_size=1, max_size=50),
)
def test_no_time_is_later_than_its_arrival(points):
    clock, arrived = zip(*points, strict=True)
    found = fit(clock, arrived)
    assert all(found.map(own) <= at + 1e-6 for own, at in points)


def test_many_samples_each_of_which_is_part_of_the_hull():
    clock = [float(index) for index in range(100_000)]
    bent = fit(clock, [own + 1e-9 * own * own for own in clock])
    assert bent.drift == pytest.approx(-1e-9 * 100_000, rel=0.01)


def test_a_fit_that_goes_on():
    """A clock that began 500 s late and is 100 ppm fast; every third sample is delayed by up to 30 ms."""
    running = RunningFit()
    for number in range(5000):
        true = 1000 + number * 0.004
        delay = 0.03 * (number % 3 == 1) * ((number * 7) % 10) / 10
        mapped = running.map((true - 500) * 1.0001, true + delay)
        if number > 500:
            assert abs(mapped - true) < 0.001


def test_a_fit_that_goes_on_takes_little_memory():
    running = RunningFit()
    for number in range(2000):
        running.map(number * 0.1, 7 + number * 0.1)
    assert len(running._points) == 300


def test_a_fit_that_goes_on_bears_clocks_that_jump():
    running = RunningFit()
    for clock, arrived in ((5, 100), (5, 100), (1, 50), (900, 200), (2, 201)):
        assert math.isfinite(running.map(clock, arrived))
