"""How long it takes to find out that nothing has changed, beside mpytool on the same serial port.

Run ``python -m bench.synchronising``. Each tool opens the same terminal with the same virtual board behind
it, connects, and then compares 100 unchanged files of Python source several times, each by its digest.
Connecting and first questions about the firmware are not counted. Links: ideal; USB-like; 115200 baud.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mpytool
from mpytool.cmd_cp import CopyCommand
from mpytool.logger import SimpleColorLogger

from bench.terminal import terminal
from iot_kernel.config.device_files import DeviceConfig, read_device_file
from iot_kernel.device import Device
from iot_kernel.sync.apply import apply
from iot_kernel.sync.compare import compare

FILES = 100
LINKS = ("ideal", "usb", "115200")
RUNS = 5
BAR = 0.5  # of mpytool's time


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds that it takes, by tool, on one link."""

    link: str
    ours: float
    mpytool: float
    execs: int

    def __str__(self) -> str:
        verdict = "ok  " if self.ours <= BAR * self.mpytool and self.execs == 1 else "MISS"
        mine = f"{FILES} unchanged files, {self.link:8} {self.ours:7.1f} ms, {self.execs} exec"
        peer = f"mpytool {self.mpytool:7.1f} ms x{self.ours / self.mpytool:4.2f}"
        return f"{mine}   {peer}   {verdict} at most {BAR} x mpytool"


class Ours:
    """This project; counts executions."""

    def __init__(self, device: Device, config: DeviceConfig) -> None:
        self._device = device
        self._config = config
        self.execs = 0
        run = device.exec

        def count(code: str, **options: object) -> str:
            self.execs += 1
            return run(code, **options)  # type: ignore[arg-type]

        device.exec = count  # type: ignore[method-assign, assignment]

    def __call__(self) -> None:
        self.execs = 0
        plan = compare(self._config, self._device).plan
        apply(plan, self._device.files)

    @classmethod
    @contextlib.contextmanager
    def at(cls, port: str, projects: Path) -> Iterator[Ours]:
        (config,) = read_device_file(projects / "boards.yaml", lambda text: projects / text)
        device = Device(f"serial://{port}")
        device.open()
        try:
            yield cls(device, config)
        finally:
            device.close()


@contextlib.contextmanager
def with_mpytool(port: str, projects: Path) -> Iterator[Callable[[], None]]:
    """Its ``cp -r`` to the board, which skips files with the same digest."""
    connection = mpytool.ConnSerial(port=port, baudrate=115200)
    board = mpytool.Mpy(connection)

    def say_nothing(*_: object, **__: object) -> None: ...

    def copy() -> None:
        command = CopyCommand(
            board, SimpleColorLogger(), say_nothing, lambda: False, lambda: 0, set(), lambda _: False
        )
        command.run([f"{projects}/libs/", ":/"])

    board.comm.enter_raw_repl()
    try:
        yield copy
    finally:
        board.comm.exit_raw_repl()
        connection.close()


def make(projects: Path) -> None:
    """Makes the files, and the device file."""
    (projects / "boards.yaml").write_text("bench:\n  uid: 00:01\n  resources: [libs]\n")
    chance = random.Random(1)
    for number in range(FILES):
        path = projects / "libs" / f"package{number % 5}" / f"module{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"value_{number} = {chance.random()}" for _ in range(chance.randrange(20, 80))]
        path.write_text("\n".join(lines))


def measure(link: str) -> Row:
    """Measures both tools on one link, in turns; the median."""
    with tempfile.TemporaryDirectory() as directory:
        projects, board = Path(directory, "projects"), Path(directory, "board")
        projects.mkdir()
        make(projects)
        times: tuple[list[float], list[float]] = ([], [])
        execs = 0
        with terminal(f"sim://bench?dir={board}&link={link}") as port:
            for _ in range(3):
                with Ours.at(port, projects) as ours:
                    times[0].extend(_times(ours))
                    execs = max(execs, ours.execs)
                with with_mpytool(port, projects) as copy:
                    times[1].extend(_times(copy))
    return Row(link, *(statistics.median(collected) for collected in times), execs)


def _times(run: Callable[[], None]) -> Iterator[float]:
    """Yields the milliseconds of several runs; the first, which may copy, is not among them."""
    run()
    for _ in range(RUNS):
        begin = time.perf_counter()
        run()
        yield (time.perf_counter() - begin) * 1e3


def main() -> None:
    """Prints the rows."""
    for link in LINKS:
        print(measure(link), flush=True)


if __name__ == "__main__":
    main()
