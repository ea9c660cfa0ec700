"""How fast a board runs code that does nothing, beside mpremote and mpytool on the same serial port.

Run ``python -m bench.link_latency``. Each tool opens the same terminal with the same virtual board behind it,
enters the raw REPL once and then runs ``pass`` many times; the tools take turns. Links: ideal; USB-like
(1 MB/s, 0.5 ms each way); 115200 baud.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import mpytool
from mpremote.transport_serial import SerialTransport

from bench.terminal import terminal
from iot_kernel.device.device import Device

RUNS = {"ideal": 300, "usb": 100, "115200": 100}  # executions a turn
TURNS = 3
BAR = 0.6  # of mpytool's time


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds an execution, by tool, on one link."""

    link: str
    ours: float
    mpytool: float
    mpremote: float

    def __str__(self) -> str:
        verdict = "ok  " if self.ours <= BAR * self.mpytool else "MISS"
        peers = f"mpytool {self.mpytool:7.2f} ms x{self.ours / self.mpytool:4.2f}   "
        peers += f"mpremote {self.mpremote:7.2f} ms x{self.ours / self.mpremote:4.2f}"
        mine = f"pass on the board, {self.link:8} {self.ours:7.2f} ms"
        return f"{mine}   {peers}   {verdict} at most {BAR} x mpytool"


@contextlib.contextmanager
def ours(path: str) -> Iterator[Callable[[], object]]:
    """A ready function of this project that runs ``pass``."""
    device = Device(f"serial://{path}")
    device.open()
    try:
        yield lambda: device.exec("pass")
    finally:
        device.close()


@contextlib.contextmanager
def with_mpytool(path: str) -> Iterator[Callable[[], object]]:
    """The same of mpytool."""
    connection = mpytool.ConnSerial(port=path, baudrate=115200)
    board = mpytool.Mpy(connection)
    board.comm.enter_raw_repl()
    try:
        yield lambda: board.comm.exec("pass")
    finally:
        board.comm.exit_raw_repl()
        connection.close()


@contextlib.contextmanager
def with_mpremote(path: str) -> Iterator[Callable[[], object]]:
    """The same of mpremote."""
    transport = SerialTransport(path)
    transport.enter_raw_repl(soft_reset=False)
    try:
        yield lambda: transport.exec("pass")
    finally:
        transport.exit_raw_repl()
        transport.close()


TOOLS = (ours, with_mpytool, with_mpremote)


def measure(link: str) -> Row:
    """Measures all tools on one link, in turns; the median of the turns."""
    times: list[list[float]] = [[] for _ in TOOLS]
    with (
        tempfile.TemporaryDirectory() as directory,
        terminal(f"sim://bench?dir={directory}&link={link}") as path,
    ):
        for _ in range(TURNS):
            for collected, tool in zip(times, TOOLS, strict=True):
                with tool(path) as run:
                    collected.append(_time(run, RUNS[link]))
    return Row(link, *(statistics.median(collected) for collected in times))


def _time(run: Callable[[], object], count: int) -> float:
    run()
    begin = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - begin) * 1e3 / count


def main() -> None:
    """Prints the rows."""
    for link in RUNS:
        print(measure(link), flush=True)


if __name__ == "__main__":
    main()
