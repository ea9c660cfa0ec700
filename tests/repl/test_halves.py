"""Things done in two halves; nothing is needed for that but generators."""

import threading

import pytest

from iot_kernel.repl.halves import at_once, begin, end, handed_over, whole


class Log(list):
    """Keeps what has happened."""

    def halves(self, value=7):
        self.append("begun")
        try:
            yield
        except GeneratorExit:
            self.append("dropped")
            raise
        self.append("ended")
        return value

    def hand_over(self):
        self.append("handed over")

    def take_over(self):
        self.append("taken over")


@pytest.fixture
def log():
    return Log()


def test_one_half_after_the_other(log):
    halves = log.halves()
    assert log == []
    begin(halves)
    assert log == ["begun"]
    assert end(halves) == 7
    assert log == ["begun", "ended"]


def test_both_at_once(log):
    assert whole(log.halves("value")) == "value"
    assert log == ["begun", "ended"]


def test_a_function_that_does_both_at_once(log):
    assert at_once(Log.halves)(log, value=8) == 8
    assert log == ["begun", "ended"]


def test_the_second_half_on_another_thread(log):
    halves, values = log.halves(), []
    begin(halves)
    thread = threading.Thread(target=lambda: values.append(end(halves)))
    thread.start()
    thread.join(20.0)
    assert values == [7]


def test_what_is_owned_is_handed_over_in_between(log):
    both = handed_over(log, log.halves())
    begin(both)
    assert log == ["begun", "handed over"]
    assert end(both) == 7
    assert log == ["begun", "handed over", "taken over", "ended"]


def test_what_is_dropped_in_between_leaves_its_blocks(log):
    both = handed_over(log, log.halves())
    begin(both)
    both.close()
    assert log == ["begun", "handed over", "taken over", "dropped"]


def test_errors_of_both_halves():
    def fails(first):
        if first:
            raise ValueError("first")
        yield
        raise ValueError("second")

    with pytest.raises(ValueError, match="first"):
        begin(fails(first=True))
    halves = handed_over(Log(), fails(first=False))
    begin(halves)
    with pytest.raises(ValueError, match="second"):
        end(halves)


def test_neither_one_half_nor_three():
    def some(count):
        for _ in range(count - 1):
            yield

    with pytest.raises(RuntimeError, match="one half only"):
        begin(some(1))
    with pytest.raises(RuntimeError, match="more than two"):
        whole(some(3))


def test_what_cannot_be_handed_over_stays_where_it_was(log):
    def fail():
        raise KeyboardInterrupt

    log.hand_over = fail
    with pytest.raises(KeyboardInterrupt):
        begin(handed_over(log, log.halves()))
    assert log == ["begun", "taken over", "dropped"]
