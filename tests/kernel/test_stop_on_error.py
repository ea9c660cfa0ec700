"""Which cells a failure concerns, by their dates and by when they arrive."""

from datetime import UTC, datetime, timedelta

import pytest

from iot_kernel.kernel.stop_on_error import GAP, WINDOW, StopOnError

START = datetime(2026, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


class Kernel:
    """Gets cells and lets them fail, at times in milliseconds."""

    def __init__(self):
        self.now = START
        self.stop_on_error = StopOnError(lambda: self.now)

    def gets(self, made, at):
        """Whether a cell made and arriving at these times runs."""
        return not self.stop_on_error.drops(START + at * MS, START + made * MS)

    def replies(self, at):
        self.now = START + at * MS
        self.stop_on_error.ended(failed=False)

    def fails(self, at):
        self.now = START + at * MS
        self.stop_on_error.ended(failed=True)


@pytest.fixture
def kernel():
    return Kernel()


def test_without_a_failure_every_cell_runs(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.replies(at=4)
    assert kernel.gets(made=2, at=5)


def test_what_was_sent_before_it_and_arrives_after_it(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.fails(at=4)
    assert not kernel.gets(made=2, at=5)
    assert not kernel.gets(made=4, at=7)


def test_what_waited_when_it_happened(kernel):
    assert kernel.gets(made=0, at=3)
    failed = 5000
    kernel.fails(at=failed)
    assert not kernel.gets(made=1, at=4)
    assert not kernel.gets(made=failed - 1, at=failed)


def test_those_that_follow_one_that_waited(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.replies(at=4)
    assert kernel.gets(made=2, at=5)
    failed = 60 + GAP // MS
    kernel.fails(at=failed)
    assert not kernel.gets(made=failed - 2, at=failed)
    assert not kernel.gets(made=failed + 1, at=failed + 4)


def test_what_was_sent_in_answer_to_it_runs(kernel):
    assert kernel.gets(made=0, at=1)
    kernel.fails(at=2)
    assert kernel.gets(made=3, at=4)


def test_a_sender_that_does_not_wait_for_replies_has_sent_the_next_one_too(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.replies(at=4)
    assert kernel.gets(made=2, at=5)
    kernel.fails(at=6)
    made = 2
    for _ in range(3):
        made += GAP // MS
        assert not kernel.gets(made=made, at=made + 3)


def test_it_may_start_again_soon(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.replies(at=4)
    assert kernel.gets(made=2, at=5)
    kernel.fails(at=6)
    assert kernel.gets(made=3 + GAP // MS, at=40)


def test_all_cells_that_are_started_again_soon_run(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.replies(at=4)
    assert kernel.gets(made=2, at=5)
    kernel.fails(at=6)
    again = 20 + GAP // MS
    assert kernel.gets(made=again, at=again + 3)
    kernel.replies(at=again + 4)
    assert kernel.gets(made=again + 2, at=again + 5)


def test_nothing_follows_a_failure_once_another_cell_has_run(kernel):
    assert kernel.gets(made=0, at=1)
    kernel.fails(at=2)
    assert kernel.gets(made=3, at=4)
    kernel.replies(at=20)
    for made in (10, 12, 30):
        assert kernel.gets(made=made, at=made + 1)
        kernel.replies(at=made + 11)


def test_a_late_cell_runs_whatever_its_date(kernel):
    assert kernel.gets(made=0, at=3)
    kernel.fails(at=4)
    assert kernel.gets(made=2, at=4 + WINDOW // MS)


def test_a_clock_that_is_ahead_is_corrected(kernel):
    ahead = 3_600_000
    assert kernel.gets(made=ahead - 1, at=0)
    kernel.fails(at=0)
    assert not kernel.gets(made=ahead - 2, at=5)
    assert kernel.gets(made=ahead + 3, at=5)


@pytest.mark.parametrize("made", [None, "2026-01-01", datetime(2025, 1, 1)])
def test_a_request_without_a_date_is_dropped_only_if_it_waited(kernel, made):
    kernel.fails(at=1)
    assert kernel.stop_on_error.drops(START, made)
    assert not kernel.stop_on_error.drops(START + 2 * MS, made)
