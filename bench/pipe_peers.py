"""Numbers from a thread of the board, beside Belay's ``@thread``, on the same serial port.

Run ``python -m bench.pipe_peers``. With pipes the thread writes numbers to one, and a process reads that
through a running kernel. Belay's thread has no way to the computer of its own: it fills a list, from which a
``@task`` fetches all there is, again and again; or a task is a generator, which Belay asks for each number.
Told are the numbers that come in a second when the thread makes them as fast as it can, and how old one is
when it comes while there are a hundred a second.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import belay

from bench.kernel_latency import jupyter_directories, kernel
from bench.pipes import Bench
from bench.rows import Row, tell, with_peers
from bench.terminal import terminal

COUNTS = {"usb": 32_000, "115200": 1600}  # numbers, of four bytes each
FEW = {"usb": 1000, "115200": 100}  # of them where each costs a round trip
TOGETHER = 16  # numbers in a message; a pause of 16 ms at 1 kHz
STAMPS = 200  # numbers at a hundred a second
TURNS = 3  # of which the best counts
LEAST = 1.2  # times the numbers of Belay's thread
MOST = 0.6  # times their age
THREAD, GENERATOR = "belay @thread", "belay generator"

#: What the board runs for pipes: numbers as fast as it can, and times in nanoseconds.
PROGRAM = """
    import _thread, struct, time, ucore
    def produce(count, together):
        with ucore.open_pipe("numbers") as pipe:
            form = "<" + str(together) + "f"
            for first in range(0, count, together):
                pipe.write(struct.pack(form, *[number * 0.5 for number in range(first, first + together)]))
    def stamp(count):
        with ucore.open_pipe("stamps") as pipe:
            for _ in range(count):
                pipe.write(b"%016x" % time.time_ns())
                time.sleep_ms(10)
"""


def measure() -> Iterator[Row]:
    """Measures everything; a minute and a half."""
    for link in COUNTS:
        ours, theirs = _of_pipes(link), _of_belay(link)
        rates = {name: theirs[name] for name in (THREAD, GENERATOR)}
        row = Row(f"one number a message, {link}", f"{ours['one']:9.0f} numbers/s")
        yield with_peers(row, ours["one"], rates, digits=0)
        good, bar = ours["many"] >= LEAST * theirs[THREAD], f"at least {LEAST} x belay @thread"
        row = Row(f"{TOGETHER} numbers a message, {link}", f"{ours['many']:9.0f} numbers/s", "", good, bar)
        yield with_peers(row, ours["many"], rates, digits=0)
        good, bar = ours["age"] <= MOST * theirs["age"], f"at most {MOST} x belay @thread"
        row = Row(f"age of a number, 100 a second, {link}", f"{ours['age']:9.2f} ms", "", good, bar)
        yield with_peers(row, ours["age"], {THREAD: theirs["age"]})


def _of_pipes(link: str) -> Mapping[str, float]:
    """Numbers a second that a reader in another process gets, and how old they are."""
    count = COUNTS[link]
    with _board(link) as port, jupyter_directories(), kernel("iot") as (manager, client):
        running = Bench(getattr(manager.provisioner, "pid", 0), client)
        running.run(f"%connect serial://{port}")
        running.run(textwrap.dedent(PROGRAM))

        def rate(together: int) -> float:
            start = f"_ = _thread.start_new_thread(produce, ({count}, {together}))"
            found = running.follow("numbers", start)
            assert found["count"] == count // together, "numbers are lost"
            return count / float(found["seconds"])

        start = f"_ = _thread.start_new_thread(stamp, ({STAMPS},))"
        return {
            "one": _best(lambda: rate(1)),
            "many": _best(lambda: rate(TOGETHER)),
            "age": float(running.follow("stamps", start, kind="stamped")["delay"]),
        }


def _of_belay(link: str) -> Mapping[str, float]:
    """The same by Belay, and the numbers of a generator."""
    with _board(link) as port, contextlib.closing(belay.Device(port)) as device:
        take = _taking(device)
        fill, stamp, numbers_of = _producers(device)
        count, few = COUNTS[link], FEW[link]
        return {
            THREAD: _best(lambda: count / _thread_seconds(fill, take, count)),
            GENERATOR: _best(lambda: few / _generator_seconds(numbers_of, few)),
            "age": _age(stamp, take),
        }


def _taking(device: belay.Device) -> Callable[[], list[Any]]:
    """A list on the board for what threads make, and a task that takes all that is in it."""
    device("import _thread, time\nlock = _thread.allocate_lock()\nmade = []")

    @device.task
    def take():
        global made
        with lock:
            taken, made = made, []
        return taken

    return take


def _producers(device: belay.Device) -> tuple[Callable[..., Any], ...]:
    """A thread that makes numbers at full speed, one that notes the time at 100 Hz, and a generator."""

    @device.thread
    def fill(count):
        for number in range(count):
            with lock:
                made.append(number * 0.5)

    @device.thread
    def stamp(count):
        for _ in range(count):
            with lock:
                made.append(time.time_ns())
            time.sleep_ms(10)

    @device.task
    def numbers_of(count):
        for number in range(count):
            yield number * 0.5

    return fill, stamp, numbers_of


def _best(turn: Callable[[], float]) -> float:
    return max(turn() for _ in range(TURNS))


@contextlib.contextmanager
def _board(link: str) -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory() as directory,
        terminal(f"sim://peers?dir={directory}&link={link}") as port,
    ):
        yield port


def _thread_seconds(fill: Callable[[int], None], take: Callable[[], list[float]], count: int) -> float:
    begin = time.perf_counter()
    fill(count)
    got: list[float] = []
    while len(got) < count:
        got += take()
    assert got == [number * 0.5 for number in range(count)]
    return time.perf_counter() - begin


def _generator_seconds(numbers_of: Callable[[int], Iterator[float]], count: int) -> float:
    begin = time.perf_counter()
    assert list(numbers_of(count)) == [number * 0.5 for number in range(count)]
    return time.perf_counter() - begin


def _age(stamp: Callable[[int], None], take: Callable[[], list[int]]) -> float:
    """Milliseconds between a number and its arrival, the median; Belay is asked without a pause."""
    stamp(STAMPS)
    ages: list[float] = []
    while len(ages) < STAMPS:
        taken = take()
        now = time.time_ns()
        ages += [(now - then) / 1e6 for then in taken]
    return statistics.median(ages)


if __name__ == "__main__":
    tell(measure())
