"""Many boards in one notebook: how long all of them take to run nothing, and what each takes of the kernel.

Run ``python -m bench.many_boards``. Each board is a virtual one behind a terminal of its own. The limit is
what the same boards take at the same terminals, without a kernel, to echo one line each: it is typed at their
friendly prompts all at once, and over when all have shown it, run it and prompt again. Boards begin a cell
one after the other; how long that takes they tell themselves, whose clock is that of this computer.

The kernel has these boards, or the bare reader has them: after each turn they are let go. Memory is that of
boards ``sim://``, which take more of a kernel: it switches them on itself, and holds the ends of their
terminals. It may not open more than `MOST_DESCRIPTORS` files, which is what systems allow a process by
default.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import statistics
import tempfile
import time
import tty
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from bench.kernel_latency import SETTLE, await_message, jupyter_directories, kernel, reply_time
from bench.rows import Pair, Row, also, at_most, tell
from bench.terminal import terminals

COUNTS = (1, 5, 20, 50)  # boards
TURNS = 15
STARTS = 3  # of kernels that switch boards on
CELLS = 20  # a turn, and as many lines
JUDGED = 50  # boards; with fewer, the cell itself takes most of the time
MOST = 3.0  # of the limit
MOST_MEMORY = 3.0  # MB a board
MOST_DESCRIPTORS = 1024

LINE = b"pass\r"
OUT_OF_RAW = b"\r\x02\x03"
PROMPT = b">>> "
QUIET = 300  # ms after which nothing more comes
CHUNK = 65536  # bytes of a read


@dataclass(slots=True)
class Figures:
    """What the turns with so many boards have shown.

    Attributes:
        cells: ms that a cell took on all boards, one for each turn.
        lines: ms that a line took, likewise.
        spans: ms from when the first board began a cell until the last one did, likewise.
        memory: MB that each board takes of the kernel's memory.
        whole: MB of the kernel with all boards.
        descriptors: files that the kernel has open then.
        starts: s until as many boards ``sim://`` were switched on and connected.
    """

    cells: list[float] = field(default_factory=list)
    lines: list[float] = field(default_factory=list)
    spans: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    descriptors: int = 0
    starts: list[float] = field(default_factory=list)


def measure() -> Iterator[Row]:
    """Measures a block for each number of boards; two minutes."""
    with jupyter_directories():
        for count in COUNTS:
            yield from _rows(count, _figures(count))


def _rows(count: int, figures: Figures) -> Iterator[Row]:
    boards = f"{count} board{'s' * (count > 1)}"
    row = at_most(
        f"pass on {boards}", Pair(tuple(figures.cells), tuple(figures.lines)), "ms", MOST, of="limit"
    )
    yield row if count >= JUDGED else replace(row, good=None, bar="")
    if count > 1:
        yield Row(f"from the first of {boards} to the last", f"{statistics.median(figures.spans):9.2f} ms")
    memory, whole = statistics.median(figures.memory), statistics.median(figures.whole)
    row = Row(
        f"memory a board, {boards}",
        f"{memory:9.2f} MB",
        f"kernel {whole:.0f} MB, {figures.descriptors} descriptors",
        memory <= MOST_MEMORY,
        f"at most {MOST_MEMORY:g} MB",
    )
    is_open = figures.descriptors <= MOST_DESCRIPTORS
    yield also(row, is_open, f"at most {MOST_DESCRIPTORS} descriptors")
    yield Row(f"starting {boards}", f"{statistics.median(figures.starts):9.2f} s")


def _figures(count: int) -> Figures:
    figures = Figures()
    with _boards(count) as paths, limited_kernel() as (_, client):
        for _ in range(TURNS):
            figures.lines.append(echo_time(paths))
            head = f"%%connect --parallel {' '.join(f'serial://{path}' for path in paths)}"
            figures.cells.append(_cell_time(client, head))
            figures.spans.append(_span(client, head))
            reply_time(client, "%disconnect")
    for _ in range(STARTS):
        with limited_kernel() as (manager, client):
            _start(client, _process(manager), count, figures)
    return figures


def _cell_time(client: BlockingKernelClient, head: str) -> float:
    """Milliseconds that a cell takes on all boards once they are connected."""
    cell = f"{head}\npass"
    reply_time(client, cell)
    return statistics.median(reply_time(client, cell) for _ in range(CELLS))


def _span(client: BlockingKernelClient, head: str) -> float:
    """Milliseconds from when the first board begins a cell until the last one does."""
    reply_time(client, f"{head}\nimport time\nbegan = time.time_ns()")
    reply_time(client, f"{head} --out began\nbegan")
    request = client.execute("%%host\nmax(began.values()) - min(began.values())")
    result = await_message(client.get_iopub_msg, request, lambda each: each["msg_type"] == "execute_result")
    await_message(client.get_shell_msg, request, lambda each: True)
    return int(result["content"]["data"]["text/plain"]) / 1e6


def _start(client: BlockingKernelClient, process: int, count: int, figures: Figures) -> None:
    """Switches virtual boards on, and takes the figures of that."""
    reply_time(client, "%connect sim://")  # what the first board has loaded is no board's memory
    before = resident(process)
    urls = " ".join(f"sim://many{number}" for number in range(count))
    figures.starts.append(reply_time(client, f"%%connect --parallel {urls}\npass") / 1e3)
    whole = resident(process)
    figures.whole.append(whole)
    figures.memory.append((whole - before) / count)
    figures.descriptors = sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


@contextlib.contextmanager
def _boards(count: int) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as directory:
        urls = [f"sim://bench{number}?dir={Path(directory) / str(number)}" for number in range(count)]
        with terminals(urls) as paths:
            yield paths


@contextlib.contextmanager
def limited_kernel() -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A kernel that may open no more files than usual, and has loaded all that it loads beside cells."""
    with kernel("iot") as (manager, client):
        limits = (MOST_DESCRIPTORS, MOST_DESCRIPTORS)
        resource.prlimit(_process(manager), resource.RLIMIT_NOFILE, limits)
        reply_time(client, "%%host\npass")
        time.sleep(SETTLE)
        yield manager, client


def _process(manager: KernelManager) -> int:
    assert manager.provisioner is not None
    number: int = manager.provisioner.pid  # type: ignore[attr-defined]
    return number


def resident(process: int) -> float:
    """MB of memory that a process has, its own and shared."""
    fields = Path(f"/proc/{process}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def echo_time(paths: Sequence[str]) -> float:
    """Milliseconds in which boards at their terminals echo one line each, all at the same time."""
    descriptors = [os.open(path, os.O_RDWR | os.O_NOCTTY) for path in paths]
    poller = select.poll()
    try:
        for descriptor in descriptors:
            tty.setraw(descriptor)
            poller.register(descriptor, select.POLLIN)
        _type(descriptors, poller, OUT_OF_RAW)
        _drop(poller)
        _type(descriptors, poller, LINE)
        return statistics.median(_type(descriptors, poller, LINE) for _ in range(CELLS))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _drop(poller: select.poll) -> None:
    """Reads what still comes."""
    while found := poller.poll(QUIET):
        for descriptor, _ in found:
            os.read(descriptor, CHUNK)


def _type(descriptors: Sequence[int], poller: select.poll, line: bytes) -> float:
    begin = time.perf_counter()
    for descriptor in descriptors:
        os.write(descriptor, line)
    ends = dict.fromkeys(descriptors, b"")
    while ends:
        for descriptor, _ in poller.poll():
            said = ends.pop(descriptor, b"") + os.read(descriptor, CHUNK)
            if not said.endswith(PROMPT):
                ends[descriptor] = said[-len(PROMPT) :]
    return (time.perf_counter() - begin) * 1e3


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
