"""How long it takes to find that nothing has changed, beside mpytool on the same serial port.

Run ``python -m bench.synchronize``. A hundred source files are on the board already; then both tools are
asked to bring the board up to date. What is asked of the board is counted as executions.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mpytool
from mpytool.mpytool import MpyTool

from bench.rows import Row, tell, with_peers
from bench.sources import source_text
from bench.terminal import terminal
from iot_kernel.config.device_files import DeviceConfig, Resource
from iot_kernel.device.device import Device
from iot_kernel.sync.apply import apply
from iot_kernel.sync.compare import compare

COUNT = 100  # files
TURNS = 3
LINKS = ("ideal", "usb", "115200")
BAR = 0.5  # of mpytool's time


def sources() -> list[bytes]:
    """A hundred pieces of source text, one to three kilobytes each."""
    text = source_text()
    return [text[index * 1500 :][: 1000 + 20 * index] for index in range(COUNT)]


def ours(port: str, directory: Path) -> tuple[float, int]:
    """Seconds and executions of ``%rsync``, the second time."""
    resource = Resource(directory.name, directory.parent, "/app", True, ("./**/*.py",), ())
    config = DeviceConfig("bench", "00", directory, 1, directory.parent, resources=(resource,))
    device = Device(f"serial://{port}")
    device.open()
    try:
        apply(compare(config, device).plan, device.files)
        count = _count_executions(device)
        times = [_time(lambda: _nothing_to_do(config, device)) for _ in range(TURNS)]
        return statistics.median(times), count() // TURNS
    finally:
        device.close()


def _nothing_to_do(config: DeviceConfig, device: Device) -> None:
    plan = compare(config, device).plan
    assert plan.is_empty, plan


def _count_executions(device: Device) -> Callable[[], int]:
    executed = device.exec
    count = 0

    def counting(code: str, **more: object) -> str:
        nonlocal count
        count += 1
        return executed(code, **more)  # type: ignore[arg-type]

    device.exec = counting  # type: ignore[method-assign, assignment]
    return lambda: count


def with_mpytool(port: str, directory: Path) -> float:
    """Seconds of ``mpytool cp``, the second time."""
    connection = mpytool.ConnSerial(port=port, baudrate=115200)
    tool = MpyTool(conn=connection)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            _copy(tool, directory)
            times = [_time(lambda: _copy(tool, directory)) for _ in range(TURNS)]
        return statistics.median(times)
    finally:
        tool.mpy.comm.exit_raw_repl()
        connection.close()


def _copy(tool: MpyTool, directory: Path) -> None:
    tool._copy_cmd = None  # noqa: SLF001  else it goes by what it found the last time
    tool.cmd_cp(f"{directory}/", ":/app/")  # not the root, where it asks for each file alone


def _time(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def measure() -> Iterator[Row]:
    """Measures both on all links."""
    for link in LINKS:
        with tempfile.TemporaryDirectory() as host, tempfile.TemporaryDirectory() as board:
            directory = Path(host) / "project"
            directory.mkdir()
            for index, text in enumerate(sources()):
                (directory / f"module{index}.py").write_bytes(text)
            with terminal(f"sim://bench?dir={board}&link={link}") as port:
                seconds, executions = ours(port, directory)
                theirs = with_mpytool(port, directory)
        yield with_peers(
            Row(
                f"{COUNT} unchanged files, {link}",
                f"{seconds * 1e3:9.1f} ms, {executions} execution",
                good=seconds <= BAR * theirs and executions == 1,
                bar=f"at most {BAR} x mpytool, one execution",
            ),
            seconds * 1e3,
            {"mpytool": theirs * 1e3},
            digits=1,
        )


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
