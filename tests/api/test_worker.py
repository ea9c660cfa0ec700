"""Interrupts: what they stop, when they come too early, and the thread they may be raised in."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest

from iot_kernel.api.worker import Interrupts, Worker, in_thread

DEADLINE = 20.0


class Stop:
    """Something that can be stopped."""

    def __init__(self):
        self.called = threading.Event()

    def __call__(self):
        self.called.set()


def test_an_interrupt_stops_what_runs():
    interrupts, stop = Interrupts(), Stop()
    with pytest.raises(KeyboardInterrupt), interrupts.stopped_by(stop):
        interrupts.request()
        assert stop.called.wait(DEADLINE)


def test_the_innermost_is_stopped():
    interrupts, outer, inner = Interrupts(), Stop(), Stop()
    with pytest.raises(KeyboardInterrupt), interrupts.stopped_by(outer), interrupts.stopped_by(inner):
        interrupts.request()
        assert inner.called.wait(DEADLINE)
    assert not outer.called.is_set()


def test_the_outer_one_again_once_the_inner_one_has_ended():
    interrupts, outer, inner = Interrupts(), Stop(), Stop()
    with pytest.raises(KeyboardInterrupt), interrupts.stopped_by(outer):
        with interrupts.stopped_by(inner):
            pass
        interrupts.request()
        assert outer.called.wait(DEADLINE)
    assert not inner.called.is_set()


def test_an_interrupt_that_came_before_keeps_the_next_from_starting():
    interrupts, stop, started = Interrupts(), Stop(), []
    interrupts.request()
    with pytest.raises(KeyboardInterrupt), interrupts.stopped_by(stop):
        started.append(True)
    assert not started
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()


def test_what_was_raised_meanwhile_is_not_replaced():
    interrupts = Interrupts()
    with pytest.raises(ValueError, match="mine"), interrupts.stopped_by(Stop()):
        interrupts.request()
        raise ValueError("mine")


def test_without_an_interrupt_nothing_happens():
    interrupts, stop = Interrupts(), Stop()
    with interrupts.stopped_by(stop):
        interrupts.check()
    assert not stop.called.is_set()


def test_a_stop_that_blocks_does_not_block_who_interrupts():
    interrupts, release = Interrupts(), threading.Event()
    with pytest.raises(KeyboardInterrupt), interrupts.stopped_by(lambda: release.wait(DEADLINE) and None):
        interrupts.request()
        release.set()


def test_the_worker_runs_one_after_the_other():
    async def main():
        worker, order = Worker(), []
        jobs = [
            worker.submit(lambda: (time.sleep(0.02), order.append(1))),
            worker.submit(lambda: order.append(2)),
            worker.submit(threading.current_thread),
        ]
        await asyncio.gather(*jobs)
        worker.close()
        return order, jobs[2].result()

    order, thread = asyncio.run(main())
    assert order == [1, 2]
    assert thread.daemon
    thread.join(DEADLINE)
    assert not thread.is_alive()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_worker_hands_on_what_is_raised(error):
    def fail():
        raise error("no")

    async def main():
        worker = Worker()
        failing = worker.submit(fail)
        await asyncio.wait([failing])
        assert await worker.submit(lambda: "alive") == "alive"
        worker.close()
        return failing.exception()

    assert type(asyncio.run(main())) is error


def test_the_worker_keeps_nothing_of_what_has_run():
    worker, used, ended = Worker(), Stop(), threading.Event()
    freed = weakref.ref(used)
    worker.post(used)
    worker.post(ended.set)
    del used
    assert ended.wait(DEADLINE)
    assert freed() is None
    used = Stop()
    weakref.finalize(used, ended.set)
    ended.clear()
    worker.post(used)
    del used
    assert ended.wait(DEADLINE)
    worker.close()


def test_what_does_not_stop_is_ended_where_it_stands(monkeypatch):
    monkeypatch.setattr("iot_kernel.api.worker.RAISE_AFTER", 0.01)
    interrupts, steps = Interrupts(), []
    threading.Timer(0.01, interrupts.request).start()
    with pytest.raises(KeyboardInterrupt), interrupts.stopped_in_steps(lambda: steps.append("stopped")):
        while True:
            time.sleep(0.001)
    assert steps == ["stopped"]


def test_nothing_is_raised_behind_what_has_stopped(monkeypatch):
    monkeypatch.setattr("iot_kernel.api.worker.RAISE_AFTER", 0.05)
    interrupts, stop = Interrupts(), Stop()
    with interrupts.stopped_in_steps(stop):
        interrupts.request()
        assert stop.called.wait(DEADLINE)
        interrupts.settle()
    assert [time.sleep(0.001) for _ in range(200)] == [None] * 200


def test_a_block_that_is_handed_over_is_ended_on_the_thread_that_does_the_rest(monkeypatch):
    monkeypatch.setattr("iot_kernel.api.worker.RAISE_AFTER", 0.01)
    interrupts, stop, ended = Interrupts(), Stop(), []
    block = interrupts.stopped_in_steps(stop)
    block.__enter__()
    block.hand_over()
    interrupts.request()
    assert stop.called.wait(DEADLINE)
    assert [time.sleep(0.001) for _ in range(100)] == [None] * 100  # this thread does other things by now

    def go_on():
        block.take_over()
        try:
            while True:
                time.sleep(0.001)
        except KeyboardInterrupt as error:
            block.__exit__(type(error), error, None)
            ended.append(threading.current_thread())

    thread = threading.Thread(target=go_on)
    thread.start()
    thread.join(DEADLINE)
    assert ended == [thread]


STOPS_SOON = """
import threading, time
from iot_kernel.api import worker

worker.RAISE_AFTER = 0.5
interrupts, stopped = worker.Interrupts(), threading.Event()
with interrupts.stopped_in_steps(stopped.set):
    interrupts.request()
    stopped.wait()
    time.sleep(0.05)
    print("cleaning up", flush=True)
    for _ in range(20):
        time.sleep(0.01)
    interrupts.settle()
print("ended")
"""


def test_time_in_which_the_computer_stood_still_is_no_time_to_stop():
    with subprocess.Popen([sys.executable, "-c", STOPS_SOON], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "cleaning up\n"
        program.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        program.send_signal(signal.SIGCONT)
        assert program.stdout.read() == "ended\n"


def test_a_thread_of_its_own_ends():
    async def main():
        return await in_thread(threading.current_thread)

    thread = asyncio.run(main())
    thread.join(DEADLINE)
    assert not thread.is_alive()
