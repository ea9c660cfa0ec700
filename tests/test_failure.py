"""Which cells a failure concerns, by their dates and by when they arrive."""

from datetime import UTC, datetime, timedelta

import pytest

from iot_kernel.failure import WINDOW, Failure

START = datetime(2026, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def failure(clock):
    return Failure(clock)


def test_without_a_failure_nothing_is_concerned(failure):
    assert not failure.concerns(START - MS)


def test_what_was_sent_before_it_and_arrives_after_it(failure, clock):
    failure.happened()
    clock.now += 5 * MS
    assert failure.concerns(START - MS)
    assert failure.concerns(START)


def test_what_was_sent_in_answer_to_it_runs(failure, clock):
    failure.happened()
    clock.now += 5 * MS
    assert not failure.concerns(START + MS)


def test_a_late_cell_runs_whatever_its_date(failure, clock):
    failure.happened()
    clock.now += WINDOW
    assert not failure.concerns(START - MS)


def test_a_clock_that_is_ahead_is_corrected(failure, clock):
    ahead = timedelta(hours=1)
    assert not failure.concerns(START + ahead - MS)
    failure.happened()
    clock.now += 5 * MS
    assert failure.concerns(START + ahead - 2 * MS)
    assert not failure.concerns(START + ahead + 3 * MS)


@pytest.mark.parametrize("made", [None, "2026-01-01", datetime(2025, 1, 1)])
def test_a_request_without_a_date_runs(failure, clock, made):
    failure.happened()
    assert not failure.concerns(made)
