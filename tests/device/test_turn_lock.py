"""The lock of a board, between threads."""

import ctypes
import queue
import threading
import time

import pytest

from iot_kernel.device.turn_lock import TurnLock

DEADLINE = 20.0


@pytest.fixture
def lock():
    return TurnLock()


def elsewhere(function):
    """Calls a function on another thread; returns what that returns."""
    values = []
    thread = threading.Thread(target=lambda: values.append(function()))
    thread.start()
    thread.join(DEADLINE)
    [value] = values
    return value


def is_free(lock):
    def take():
        is_taken = lock.acquire(blocking=False)
        if is_taken:
            lock.release()
        return is_taken

    return elsewhere(take)


def test_its_holder_may_take_it_again(lock):
    assert is_free(lock)
    with lock:
        assert not is_free(lock)
        with lock:
            assert lock.acquire(timeout=DEADLINE)
            lock.release()
        assert not is_free(lock)
    assert is_free(lock)


def test_another_thread_waits_for_it(lock):
    lock.acquire()
    assert elsewhere(lambda: lock.acquire(timeout=0.01)) is False
    begun, taken = threading.Event(), threading.Event()

    def take():
        begun.set()
        with lock:
            taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert begun.wait(DEADLINE)
    assert not taken.is_set()
    lock.release()
    assert taken.wait(DEADLINE)
    thread.join(DEADLINE)


def test_only_its_holder_gives_it_back(lock):
    with pytest.raises(RuntimeError, match="another thread holds the board, or none"):
        lock.release()
    with lock:

        def fails():
            with pytest.raises(RuntimeError):
                lock.release()
            return True

        assert elsewhere(fails)
        assert not is_free(lock)


@pytest.mark.parametrize("depth", [1, 3])
def test_another_thread_may_go_on_with_it(lock, depth):
    for _ in range(depth):
        lock.acquire()
    lock.hand_over()
    assert not is_free(lock)
    assert lock.acquire(blocking=False) is False  # this thread does not hold it any more

    def go_on():
        lock.take_over()
        for _ in range(depth):
            assert not is_free(lock)
            lock.release()
        return True

    assert elsewhere(go_on)
    assert is_free(lock)


@pytest.fixture
def waiting(lock):
    """Starts a thread that waits for the lock, and says when it has it, or that it was ended."""
    threads = []

    def start():
        begun, ends = threading.Event(), queue.SimpleQueue()

        def wait():
            begun.set()
            try:
                lock.acquire()
            except KeyboardInterrupt:
                ends.put("ended")
            else:
                ends.put("taken")
                lock.release()

        threads.append(threading.Thread(target=wait, daemon=True))
        threads[-1].start()
        assert begun.wait(DEADLINE)
        time.sleep(0.1)  # so that it waits
        return threads[-1].ident, ends

    yield start
    for each in threads:
        each.join(DEADLINE)


def end(ident):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(KeyboardInterrupt))


def test_a_thread_that_is_ended_while_it_waits_has_not_taken_it(lock, waiting):
    with lock:
        ident, ends = waiting()
        end(ident)
    assert ends.get(timeout=DEADLINE) == "ended"
    assert is_free(lock)


def test_a_thread_that_is_ended_while_it_waits_keeps_no_other_one_waiting(lock, waiting):
    with lock:
        ident, ends = waiting()
        _, others = waiting()
        end(ident)
    assert ends.get(timeout=DEADLINE) == "ended"
    assert others.get(timeout=DEADLINE) == "taken"
