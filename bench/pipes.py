"""How pipes do, from a board's ``write`` to a subscriber in another process, through a running kernel.

Run ``python -m bench.pipes``. The board is the virtual one; one of the subscribers is a Python process that
reads with `ukernel.pipes` and takes the figures; the others, where there are more, are connections that a
process of its own empties as fast as it can. Peers are the subject of `pipe_peers`.

The limit is a second virtual board that runs the same program, whose bytes a process hands to bare sockets
(`bare_relay`). What frames cost the board itself is the subject of `frames`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from bench.bare_relay import BareRelay, bare_relay
from bench.kernel_latency import TIMEOUT, jupyter_directories, kernel, reply_time
from bench.processes import process
from bench.rows import Pair, Row, at_least, at_most, in_turns, tell
from ukernel.pipes.discovery import find

CROWDS = (1, 10, 50)  # subscribers
LINKS = ("usb", "115200")
MILLION = 1_000_000
PARTS = 5  # cells that write so many frames
FRAMES = {"ideal": 100_000, "usb": 20_000, "115200": 1500}  # of four bytes, on each link
LEAST = {"ideal": 0.4, "usb": 0.6, "115200": 0.9}  # of the limit
BLOCKS = 5000  # frames of 4 KiB
STAMPS = 300  # samples that say when they were written
TURNS = 5
HELD = 5  # s that a host cell holds Python's lock
PERIOD = 20  # ms between samples meanwhile
IMPORTS = 5  # processes a turn, of which the fastest counts

#: Takes the figures: reads a pipe to its end, and prints them as JSON.
CONSUMER = """
    import json, sys, time
    from ukernel.pipes import subscribe
    count = size = 0
    times, delays = [], []
    is_stamped = sys.argv[2] == "stamped"
    with subscribe(sys.argv[1]) as pipe:
        print("subscribed", flush=True)
        for data in pipe:
            now = time.time_ns()
            count += 1
            size += len(data)
            if is_stamped:
                delays.append(now - int(data, 16))
            if count == 1 or is_stamped:
                times.append(now)
        end = time.time_ns()
    delays.sort()
    gaps = [after - before for before, after in zip(times, times[1:])]
    print(json.dumps({
        "count": count, "lost": pipe.lost, "size": size, "seconds": (end - times[0]) / 1e9,
        "delay": delays[len(delays) // 2] / 1e6 if delays else 0, "gap": max(gaps, default=0) / 1e6,
    }))
"""

#: Empties connections without looking at what comes.
CROWD = """
    import selectors, sys
    from ukernel.pipes import subscribe
    selector = selectors.DefaultSelector()
    pipes = [subscribe(sys.argv[1]) for _ in range(int(sys.argv[2]))]
    for pipe in pipes:
        selector.register(pipe._connection, selectors.EVENT_READ)
    print("subscribed", flush=True)
    while selector.get_map():
        for key, _ in selector.select():
            if not key.fileobj.recv(1 << 20):
                selector.unregister(key.fileobj)
"""

#: What boards run: writes as fast as it can; writes when it wrote, now and then, to a pipe or barely.
PROGRAM = """
    import os, sys, time, ucore, _thread
    sample, block = b"1234", os.urandom(4096)
    def produce(name, count, data):
        with ucore.open_pipe(name) as pipe:
            for _ in range(count):
                pipe.write(data)
    def stamp(name, count, pause):
        with ucore.open_pipe(name) as pipe:
            stamp_with(pipe.write, count, pause)
    def stamp_with(write, count, pause):
        for _ in range(count):
            write(b"%016x" % time.time_ns())
            time.sleep_ms(pause)
"""

HOLD = """
    %%host
    import ctypes
    ctypes.PyDLL(None).sleep({})
"""


class Bench:
    """A kernel with a virtual board."""

    def __init__(self, pid: int, client: BlockingKernelClient) -> None:
        self._client = client
        self.pid = pid

    def run(self, code: str) -> None:
        """Runs a cell to its end."""
        reply_time(self._client, textwrap.dedent(code).lstrip())

    def follow(self, name: str, code: str, *, subscribers: int = 1, kind: str = "plain") -> Mapping[str, Any]:
        """Has a crowd subscribe, runs a cell that produces, and gives the figures of one of them."""
        with contextlib.ExitStack() as stack:
            if subscribers > 1:
                stack.enter_context(process(CROWD, name, str(subscribers - 1)))
            consumer = stack.enter_context(process(CONSUMER, name, kind))
            _await_subscribers(name, subscribers)
            self.run(code)
            assert consumer.stdout is not None
            figures: Mapping[str, Any] = json.loads(consumer.stdout.read())
        return figures

    def memory(self) -> float:
        """Megabytes of memory that the kernel has."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * 4096 / 1e6


@contextlib.contextmanager
def bench(link: str) -> Iterator[tuple[Bench, BareRelay]]:
    """A kernel whose board is at the end of such a link, and a relay with the same kind of board."""
    with tempfile.TemporaryDirectory() as directory, kernel("iot") as (manager, client):
        running = Bench(getattr(manager.provisioner, "pid", 0), client)
        running.run(f"%connect sim://bench?dir={directory}/kernel&link={link}")
        running.run(PROGRAM)
        with bare_relay(f"sim://bench?dir={directory}/relay&link={link}") as relay:
            relay.run(textwrap.dedent(PROGRAM))
            yield running, relay


def _await_subscribers(name: str, count: int) -> None:
    """Waits until the kernel knows all subscribers: a pipe may be open for less than a millisecond."""
    address, connection = find(name, host=None, port=None, token=None, device=None)
    connection.close()
    end = time.monotonic() + TIMEOUT
    while address.ask(name).get("subscribers") != count:
        assert time.monotonic() < end, f"{count} subscribers are not there"
        time.sleep(0.01)


def measure() -> Iterator[Row]:
    """Measures everything; some four minutes."""
    with jupyter_directories():
        with bench("ideal") as (running, relay):
            for subscribers in CROWDS:
                yield _rate(running, relay, "ideal", subscribers)
            for subscribers in CROWDS:
                yield _throughput(running, relay, subscribers)
            for subscribers in CROWDS:
                yield _latency(running, relay, subscribers)
            yield _gap(running)
            yield _memory(running)
        for link in LINKS:
            with bench(link) as (running, relay):
                for subscribers in CROWDS:
                    yield _rate(running, relay, link, subscribers)
    yield _import()


def _crowd(subscribers: int) -> str:
    return "1 subscriber" if subscribers == 1 else f"{subscribers} subscribers"


def _rate(running: Bench, relay: BareRelay, link: str, subscribers: int) -> Row:
    what = f"4-byte samples, {link}, {_crowd(subscribers)}"
    follow = _followers(running, relay, "sample", FRAMES[link], subscribers)
    return at_least(what, follow, "frames/s", LEAST[link], of="limit")


def _throughput(running: Bench, relay: BareRelay, subscribers: int) -> Row:
    what = f"4 KiB frames, ideal, {_crowd(subscribers)}"
    found = _followers(running, relay, "block", BLOCKS, subscribers)
    megabytes = Pair(*(tuple(rate * 4096 / 1e6 for rate in rates) for rates in (found.ours, found.limits)))
    return at_least(what, megabytes, "MB/s", 0.6, of="limit", digits=1)


def _followers(running: Bench, relay: BareRelay, data: str, count: int, subscribers: int) -> Pair:
    """Frames a second that a subscriber gets, from the kernel and from the relay."""
    code = f"produce('{data}', {count}, {data})"

    def ours() -> float:
        found = running.follow(data, code, subscribers=subscribers)
        assert found["count"] == count, f"{count - found['count']} frames are lost"
        return count / float(found["seconds"])

    return in_turns(
        ours, lambda: count / float(relay.follow(code, subscribers=subscribers)["seconds"]), TURNS
    )


def _latency(running: Bench, relay: BareRelay, subscribers: int) -> Row:
    def delay(follow: Callable[..., Mapping[str, Any]], *what: str) -> float:
        return float(follow(*what, subscribers=subscribers, kind="stamped")["delay"])

    pair = in_turns(
        lambda: delay(running.follow, "slow", f"stamp('slow', {STAMPS}, 5)"),
        lambda: delay(relay.follow, f"stamp_with(sys.stdout.buffer.write, {STAMPS}, 5)"),
        TURNS,
    )
    return at_most(f"write to consumer, ideal, {_crowd(subscribers)}", pair, "ms", 6, of="limit")


def _gap(running: Bench) -> Row:
    count = (HELD + 1) * 1000 // PERIOD
    with process(CONSUMER, "held", "stamped") as consumer:
        _await_subscribers("held", 1)
        running.run(f"_ = _thread.start_new_thread(stamp, ('held', {count}, {PERIOD}))")
        running.run(HOLD.format(HELD))
        assert consumer.stdout is not None
        found = json.loads(consumer.stdout.read())
    what = f"longest gap at {1000 // PERIOD} Hz, host holds its lock {HELD} s"
    ratio = found["gap"] / PERIOD
    good = ratio <= 2.5 and found["count"] == count
    beside = f"period {PERIOD} ms, x{ratio:.2f}, {count - found['count']} lost"
    return Row(what, f"{found['gap']:9.1f} ms", beside, good, "at most 2.5 x period, none lost")


def _memory(running: Bench) -> Row:
    running.follow("warm", "produce('warm', 50000, sample)")
    before, count = running.memory(), 0
    for _ in range(PARTS):
        count += running.follow("many", f"produce('many', {MILLION // PARTS}, sample)")["count"]
    grown = running.memory() - before
    good = grown < 5 and count == MILLION
    figure = f"{grown:+9.1f} MB, {MILLION - count} lost"
    return Row("memory of the kernel over a million frames", figure, "", good, "less than 5 MB, none lost")


def _import() -> Row:
    def milliseconds(code: str) -> float:
        command = [sys.executable, "-X", "importtime", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        lines = [line.split("|") for line in done.stderr.splitlines() if "|" in line]
        return sum(int(line[0].partition(":")[2]) for line in lines[1:]) / 1e3

    def best(code: str) -> float:
        return min(milliseconds(code) for _ in range(IMPORTS))

    pair = in_turns(lambda: best("import ukernel.pipes"), lambda: best("import socket, json"), TURNS)
    return at_most("import ukernel.pipes", pair, "ms", 3, of="socket and json", digits=1)


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
