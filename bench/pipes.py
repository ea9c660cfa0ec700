"""How pipes do, from a board's ``write`` to a subscriber in another process, through a running kernel.

Run ``python -m bench.pipes``. The board is the virtual one; one of the subscribers is a Python process that
reads with `ukernel.pipes` and takes the figures; the others, where there are more, are connections that a
process of its own empties as fast as it can. There is no peer: no other tool does this on stock firmware.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from bench.kernel_latency import kernel, reply_time
from bench.rows import Row, tell

CROWDS = (1, 10, 50)  # subscribers
SHORTEST = 12  # bytes of a frame with a sample of four
WIRE = 11_520.0  # bytes/s at 115200 baud
MILLION = 1_000_000
PARTS = 5  # cells that write so many frames
FRAMES = {"ideal": 100_000, "usb": 20_000, "115200": 1500}  # of four bytes, on each link
BLOCKS = 5000  # frames of 4 KiB
STAMPS = 500  # samples that say when they were written
TURNS = 3  # of which the fastest counts: what else the machine does only slows down
HELD = 5  # s that a host cell holds Python's lock
IMPORTS = 20  # processes each

#: Takes the figures: reads a pipe to its end, and prints them as JSON.
CONSUMER = """
    import json, struct, sys, time
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
                delays.append(now - struct.unpack("<Q", data)[0])
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

#: Writes as fast as it can.
PRODUCE = """
    import ucore
    def produce(name, count, data):
        with ucore.open_pipe(name) as pipe:
            for _ in range(count):
                pipe.write(data)
"""

#: Writes when it wrote, now and then.
STAMP = """
    import struct, time, ucore, _thread
    def stamp(name, count, pause):
        with ucore.open_pipe(name) as pipe:
            for _ in range(count):
                pipe.write(struct.pack("<Q", time.time_ns()))
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
                stack.enter_context(_process(CROWD, name, str(subscribers - 1)))
            consumer = stack.enter_context(_process(CONSUMER, name, kind))
            self.run(code)
            assert consumer.stdout is not None
            figures: Mapping[str, Any] = json.loads(consumer.stdout.read())
        return figures

    def memory(self) -> float:
        """Megabytes of memory that the kernel has."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * 4096 / 1e6


@contextlib.contextmanager
def bench(link: str) -> Iterator[Bench]:
    """A kernel whose board is at the end of such a link."""
    with tempfile.TemporaryDirectory() as directory, kernel("iot") as (manager, client):
        running = Bench(getattr(manager.provisioner, "pid", 0), client)
        running.run(f"%connect sim://bench?dir={directory}&link={link}")
        running.run(PRODUCE)
        running.run(STAMP)
        yield running


@contextlib.contextmanager
def _process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "subscribed\n"
        yield process


def measure() -> Iterator[Row]:
    """Measures everything; some three minutes."""
    with bench("ideal") as running:
        for subscribers in CROWDS:
            yield _rate(running, "ideal", subscribers, bar=20_000 if subscribers == 1 else None)
        for subscribers in CROWDS:
            yield _throughput(running, subscribers)
        for subscribers in CROWDS:
            yield _latency(running, subscribers)
        yield _gap(running)
        yield _memory(running)
    for link, bar in (("usb", None), ("115200", 0.85 * WIRE / SHORTEST)):
        with bench(link) as running:
            for subscribers in CROWDS:
                yield _rate(running, link, subscribers, bar=bar)
    yield _import()


def _crowd(subscribers: int) -> str:
    return "1 subscriber" if subscribers == 1 else f"{subscribers} subscribers"


def _rate(running: Bench, link: str, subscribers: int, *, bar: float | None) -> Row:
    count = FRAMES[link]
    code = f"produce('fast', {count}, b'1234')"
    turns = [running.follow("fast", code, subscribers=subscribers) for _ in range(TURNS)]
    rate = max(found["count"] / found["seconds"] for found in turns)
    lost = sum(count - found["count"] for found in turns)
    figure = f"{rate:8.0f} frames/s, {lost} lost"
    if link == "115200":
        figure += f", {rate * SHORTEST / WIRE:.0%} of the wire"
    good = None if bar is None else rate >= bar and not lost
    target = "" if bar is None else f"at least {bar:.0f} frames/s, none lost"
    return Row(f"4-byte samples, {link}, {_crowd(subscribers)}", figure, good, target)


def _throughput(running: Bench, subscribers: int) -> Row:
    running.run("import os\nblock = os.urandom(4096)")
    code = f"produce('big', {BLOCKS}, block)"
    turns = [running.follow("big", code, subscribers=subscribers) for _ in range(TURNS)]
    rate = max(found["size"] / found["seconds"] for found in turns) / 1e6
    figure = f"{rate:8.1f} MB/s, {sum(BLOCKS - found['count'] for found in turns)} lost"
    good = rate >= 20 if subscribers == 1 else None
    return Row(
        f"4 KiB frames, ideal, {_crowd(subscribers)}", figure, good, "at least 20 MB/s" * (good is not None)
    )


def _latency(running: Bench, subscribers: int) -> Row:
    found = running.follow("slow", f"stamp('slow', {STAMPS}, 5)", subscribers=subscribers, kind="stamped")
    what = f"write to consumer, ideal, {_crowd(subscribers)}"
    return Row(what, f"{found['delay']:8.2f} ms (median)", found["delay"] <= 2, "at most 2 ms")


def _gap(running: Bench) -> Row:
    count = HELD * 50 + 50
    start = f"_thread.start_new_thread(stamp, ('held', {count}, 20))"
    with _process(CONSUMER, "held", "stamped") as consumer:
        running.run(start)
        running.run(HOLD.format(HELD))
        assert consumer.stdout is not None
        found = json.loads(consumer.stdout.read())
    what = f"longest gap at 50 Hz, host holds its lock {HELD} s"
    return Row(
        what, f"{found['gap']:8.1f} ms, {count - found['count']} lost", found["gap"] <= 50, "at most 50 ms"
    )


def _memory(running: Bench) -> Row:
    running.follow("warm", "produce('warm', 50000, b'1234')")
    before, count = running.memory(), 0
    for _ in range(PARTS):
        count += running.follow("many", f"produce('many', {MILLION // PARTS}, b'1234')")["count"]
    grown = running.memory() - before
    figure = f"{grown:+8.1f} MB, {MILLION - count} lost"
    return Row("memory of the kernel over a million frames", figure, grown < 5, "less than 5 MB more")


def _import() -> Row:
    def seconds(code: str) -> float:
        command = [sys.executable, "-X", "importtime", "-c", code]
        best = 1e9
        for _ in range(IMPORTS):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            lines = [line.split("|") for line in done.stderr.splitlines() if "|" in line]
            best = min(best, sum(int(line[0].partition(":")[2]) for line in lines[1:]) / 1e6)
        return best

    bare, sockets, ours = (seconds(code) for code in ("pass", "import socket, json", "import ukernel.pipes"))
    figure = f"{(ours - bare) * 1e3:8.1f} ms, socket and json {(sockets - bare) * 1e3:.1f} ms"
    return Row("import ukernel.pipes, more than bare Python", figure, ours - bare <= 0.04, "at most 40 ms")


def main() -> None:
    """Prints the rows."""
    tell(measure)


if __name__ == "__main__":
    main()
