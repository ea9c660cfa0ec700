"""One thing on many boards at the same time: threads, ends, interrupts; no board is needed for that."""

import threading
import time

import pytest

from iot_kernel.api.parallel import FEW, MOST_THREADS, BoardThreads, BoardTurn
from iot_kernel.api.worker import Interrupts
from tests.halves import in_first, in_second

DEADLINE = 20.0


@pytest.fixture
def threads():
    threads = BoardThreads()
    yield threads
    threads.close()


@pytest.fixture
def interrupts():
    return Interrupts()


def turns(names):
    return [BoardTurn(name) for name in names]


@pytest.fixture(params=[in_first, in_second])
def half(request):
    """Does something in one half."""
    return request.param


def told(ends):
    return [(end.name, end.value, end.error and type(end.error)) for end in ends]


def test_all_at_the_same_time(threads, interrupts, half):
    together = threading.Barrier(5)

    def meet(turn):
        together.wait(DEADLINE)
        return turn.name * 2

    ends = threads.run(turns("abcde"), half(meet), interrupts)
    assert told(ends) == [(name, name * 2, None) for name in "abcde"]
    assert all(end.seconds > 0 for end in ends)


def test_all_begin_before_any_is_waited_for(threads, interrupts, monkeypatch):
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", DEADLINE)
    events = []

    def halves(turn):
        events.append(("begun", turn.name))
        yield
        events.append(("ended", turn.name))

    threads.run(turns("abcde"), halves, interrupts)
    assert events == [(what, name) for what in ("begun", "ended") for name in "abcde"]


def test_one_thread_does_short_work(threads, interrupts, monkeypatch):
    """More of them would only hand the turn to one another."""
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", DEADLINE)
    names = [str(number) for number in range(50)]
    used = set()

    def halves(turn):
        used.add(threading.current_thread())
        yield
        used.add(threading.current_thread())
        return turn.name

    ends = threads.run(turns(names), halves, interrupts)
    assert told(ends) == [(name, name, None) for name in names]
    assert len(used) == 1


def test_what_has_begun_ends_on_another_thread_where_one_keeps_its_thread(threads, interrupts, monkeypatch):
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", 0.2)
    others_end = threading.Barrier(6)

    def halves(turn):
        began = threading.current_thread()
        yield
        others_end.wait(DEADLINE)
        return began, threading.current_thread()

    ends = [end.value for end in threads.run(turns("abcdef"), halves, interrupts)]
    assert len({began for began, _ in ends}) == 1
    assert len({ended for _, ended in ends}) == 6


def test_a_few_boards_have_a_thread_each_from_the_beginning(threads, interrupts, monkeypatch):
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", DEADLINE)
    together = threading.Barrier(FEW)
    names = "abcdefgh"[:FEW]
    ends = threads.run(turns(names), in_second(lambda turn: together.wait(DEADLINE)), interrupts)
    assert [end.error for end in ends] == [None] * FEW


def test_others_join_when_one_thread_does_not_get_on_and_not_before(threads, interrupts, monkeypatch):
    monkeypatch.setattr("iot_kernel.api.parallel.OTHERS_AFTER", DEADLINE)
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", 0.2)
    used = []

    def halves(turn):
        if turn.name == "h":
            time.sleep(1)
        used.append(threading.current_thread())
        yield
        time.sleep(0.01)

    threads.run(turns("abcdefghijk"), halves, interrupts)
    quick, others, [slow] = used[:7], used[7:10], used[10:]
    assert set(quick) == {slow}
    assert slow not in others


def test_others_join_in_any_case_after_a_while(threads, interrupts, monkeypatch):
    monkeypatch.setattr("iot_kernel.api.parallel.OTHERS_AFTER", 0.1)
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", 0.05)
    used = set()

    def halves(turn):
        yield
        time.sleep(0.01)
        used.add(threading.current_thread())

    threads.run(turns([str(number) for number in range(50)]), halves, interrupts)
    assert len(used) > 1


def test_a_board_that_keeps_a_thread_at_its_beginning_keeps_none_from_ending(threads, interrupts):
    ended = threading.Event()

    def halves(turn):
        if turn.name == "b":
            assert ended.wait(DEADLINE)
        yield
        ended.set()
        return turn.name

    assert told(threads.run(turns("abcdef"), halves, interrupts)) == [(name, name, None) for name in "abcdef"]


def test_boards_that_take_their_time_keep_no_other_one_in_second(threads, interrupts, half):
    together = threading.Barrier(MOST_THREADS)
    names = [str(number) for number in range(MOST_THREADS)]
    ends = threads.run(turns(names), half(lambda turn: together.wait(DEADLINE)), interrupts)
    assert [end.error for end in ends] == [None] * MOST_THREADS


def test_none_at_all(threads, interrupts):
    assert threads.run([], in_second(lambda turn: None), interrupts) == []


def test_a_failure_is_that_of_one_board(threads, interrupts, half):
    def fail(turn):
        if turn.name == "b":
            raise SystemExit("no")
        return 1

    ends = threads.run(turns("abc"), half(fail), interrupts)
    assert told(ends) == [("a", 1, None), ("b", None, SystemExit), ("c", 1, None)]


def test_what_cannot_even_be_called_is_the_failure_of_one_board(threads, interrupts):
    def fail(turn):
        if turn.name == "b":
            raise ValueError
        return in_second(lambda turn: turn.name)(turn)

    for _ in range(2):
        assert told(threads.run(turns("ab"), fail, interrupts)) == [("a", "a", None), ("b", None, ValueError)]


def test_threads_are_kept_for_the_next_time(threads, interrupts):
    seen = [
        threads.run(turns("ab"), in_second(lambda turn: threading.current_thread()), interrupts)
        for _ in range(3)
    ]
    used = {end.value for ends in seen for end in ends}
    assert len(used) <= 2
    threads.close()
    for thread in used:
        thread.join(DEADLINE)
        assert not thread.is_alive()


def test_more_boards_than_threads_take_turns(threads, interrupts):
    running, most, lock = set(), [], threading.Lock()

    def count(turn):
        with lock:
            running.add(turn.name)
            most.append(len(running))
        with lock:
            running.discard(turn.name)

    names = [str(number) for number in range(MOST_THREADS + 9)]
    assert [end.name for end in threads.run(turns(names), in_second(count), interrupts)] == names
    assert max(most) <= MOST_THREADS


def test_an_interrupt_is_one_of_each_board_that_has_not_ended(threads, interrupts, half):
    all_wait = threading.Barrier(3)
    c_ends = threading.Event()
    stopped = []

    def wait(turn):
        if turn.name == "c":
            c_ends.set()
            return "done"
        ended = threading.Event()

        def stop():
            stopped.append(turn.name)
            ended.set()

        with turn.interrupts.stopped_by(stop):
            all_wait.wait(DEADLINE)
            assert ended.wait(DEADLINE)
        return None

    def stop_them():
        assert c_ends.wait(DEADLINE)
        all_wait.wait(DEADLINE)
        interrupts.request()

    threading.Thread(target=stop_them).start()
    ends = threads.run(turns("abc"), half(wait), interrupts)
    assert told(ends) == [("a", None, KeyboardInterrupt), ("b", None, KeyboardInterrupt), ("c", "done", None)]
    assert sorted(stopped) == ["a", "b"]
    interrupts.check()  # settled: what became of it stands in the ends


def test_an_interrupt_is_told_before_any_board_gets_it(threads, interrupts, half):
    events, all_wait = [], threading.Barrier(3)

    def wait(turn):
        ended = threading.Event()
        with turn.interrupts.stopped_by(lambda: (events.append(turn.name), ended.set())):
            all_wait.wait(DEADLINE)
            assert ended.wait(DEADLINE)

    threading.Thread(target=lambda: (all_wait.wait(DEADLINE), interrupts.request())).start()
    threads.run(turns("ab"), half(wait), interrupts, lambda: events.append("all"))
    assert events[0] == "all"
    assert sorted(events[1:]) == ["a", "b"]


def test_a_second_interrupt_insists(threads, interrupts, half):
    begun, first, second = threading.Event(), threading.Event(), threading.Event()

    def stop():
        (second if first.is_set() else first).set()

    def go_on(turn):
        with turn.interrupts.stopped_by(stop):
            begun.set()
            assert first.wait(DEADLINE)
            interrupts.request()
            assert second.wait(DEADLINE)
            turn.interrupts.settle()
        return "survived"

    threading.Thread(target=lambda: (begun.wait(DEADLINE), interrupts.request())).start()
    assert told(threads.run(turns("a"), half(go_on), interrupts)) == [("a", "survived", None)]


def test_what_stops_for_nothing_is_ended_where_it_stands(threads, interrupts, monkeypatch, half):
    monkeypatch.setattr("iot_kernel.api.worker.RAISE_AFTER", 0.01)
    begun = threading.Event()

    def spin(turn):
        with turn.interrupts.stopped_in_steps(lambda: None):
            begun.set()
            while True:
                threading.Event().wait(0.001)

    threading.Thread(target=lambda: (begun.wait(DEADLINE), interrupts.request())).start()
    assert told(threads.run(turns("a"), half(spin), interrupts)) == [("a", None, KeyboardInterrupt)]


def test_whose_turn_has_not_come_is_not_begun(threads, interrupts):
    begun = []

    def stop_all(turn):
        begun.append(turn.name)
        with turn.interrupts.stopped_by(lambda: None):
            interrupts.request()
            while not turn.interrupts.requested:
                pass

    names = [str(number) for number in range(2 * MOST_THREADS)]
    ends = threads.run(turns(names), in_first(stop_all), interrupts)
    assert {type(end.error) for end in ends} == {KeyboardInterrupt}
    assert len(begun) < len(names)


def test_what_has_begun_is_waited_for_after_an_interrupt(threads, interrupts, monkeypatch):
    """A board on which code runs has to be followed until that has ended."""
    monkeypatch.setattr("iot_kernel.api.parallel.FEW", 0)  # so that one thread does it all
    monkeypatch.setattr("iot_kernel.api.parallel.ONE_HALF", DEADLINE)
    stopped = []

    def halves(turn):
        with turn.interrupts.stopped_by(lambda: stopped.append(turn.name)):
            if turn.name == "b":
                interrupts.request()
            yield
            while turn.name not in stopped:
                pass
            turn.interrupts.settle()
        return "survived"

    ends = threads.run(turns("abc"), halves, interrupts)
    assert told(ends) == [("a", "survived", None), ("b", "survived", None), ("c", None, KeyboardInterrupt)]


def test_interrupted_before(threads, interrupts):
    interrupts.request()
    with pytest.raises(KeyboardInterrupt):
        threads.run(turns("a"), in_second(lambda turn: pytest.fail("must not begin")), interrupts)
