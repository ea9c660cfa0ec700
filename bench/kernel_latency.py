"""How fast the kernel answers, beside stock ipykernel in the same run.

Run ``python -m bench.kernel_latency``. Rows: start to the first kernel_info reply, a cell that does nothing
on the virtual board and on the host, and from an interrupt to the reply in four states. Kernels take turns,
so that what else the machine does hits both.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

STARTS = 9
CELLS = 200
INTERRUPTS = 5
SETTLE = 1.5  # s after the start, so that what is prepared in the background is ready
RUNNING = 0.4  # s that a cell runs before it is interrupted
TIMEOUT = 30.0

STATES = {
    "board loop": "while True: pass",
    "host loop": "%%host\nwhile True: pass",
    "host sleep": "%%host\nimport time; time.sleep(60)",
    "host await": "%%host\nimport asyncio; await asyncio.sleep(60)",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: ours and the peer's, in milliseconds, and the bar that ours has to stay below."""

    what: str
    ours: float
    peer: float | None
    bar: str
    good: bool

    def __str__(self) -> str:
        peer = (
            "       -        " if self.peer is None else f"{self.peer:7.1f} ms x{self.ours / self.peer:4.2f}"
        )
        return f"{self.what:34} {self.ours:7.1f} ms   {peer}   {'ok  ' if self.good else 'MISS'} {self.bar}"


@contextlib.contextmanager
def jupyter_directories() -> Iterator[None]:
    """Gives Jupyter directories of its own with the kernelspecs of this source tree."""
    with tempfile.TemporaryDirectory(prefix="iot-bench-") as directory:
        base = Path(directory)
        specs = Path(__file__).parents[1] / "kernelspec"
        shutil.copytree(specs, base / "specs" / "kernels")
        os.environ["JUPYTER_PATH"] = str(base / "specs")
        for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
            os.environ[name] = str(base / name.lower())
        yield


@contextlib.contextmanager
def kernel(name: str) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A running kernel and its client."""
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(stderr=open(os.devnull, "w"))  # noqa: SIM115, PTH123  the child owns it
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def start_time(name: str) -> float:
    """Milliseconds from spawning the process to its reply to kernel_info."""
    manager = KernelManager(kernel_name=name)
    begin = time.perf_counter()
    manager.start_kernel(stderr=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    client = manager.blocking_client()
    client.start_channels(hb=False)
    try:
        client.kernel_info()
        client.get_shell_msg(timeout=TIMEOUT)
        return (time.perf_counter() - begin) * 1e3
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def reply_time(client: BlockingKernelClient, code: str) -> float:
    """Milliseconds from sending a cell to its reply; waits for idle as well."""
    begin = time.perf_counter()
    request = client.execute(code)
    reply = _await(client.get_shell_msg, request, lambda message: True)
    assert reply["content"]["status"] == "ok", reply["content"]
    elapsed = (time.perf_counter() - begin) * 1e3
    _await(client.get_iopub_msg, request, _is_idle)
    return elapsed


def interrupt_time(manager: KernelManager, client: BlockingKernelClient, code: str) -> float:
    """Milliseconds from an interrupt to the reply of the cell it ends."""
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        manager.interrupt_kernel()

    timer = threading.Timer(RUNNING, interrupt)
    timer.start()
    request = client.execute(code)
    reply = _await(client.get_shell_msg, request, lambda message: True)
    assert reply["content"].get("ename") in ("KeyboardInterrupt", "CancelledError"), reply["content"]
    end = time.perf_counter()
    timer.join()
    _await(client.get_iopub_msg, request, _is_idle)
    return (end - sent[0]) * 1e3


def measure() -> Iterator[Row]:
    """Measures everything; about a minute."""
    pairs = [(start_time("iot"), start_time("python3")) for _ in range(STARTS)]
    ours, peer = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield Row("start to kernel_info reply", ours, peer, "at most 1.15 x ipykernel", ours <= 1.15 * peer)
    with kernel("iot") as (manager, client), kernel("python3") as (_, stock):
        time.sleep(SETTLE)
        reply_time(client, "%connect sim://")
        board, host, peer = _cells(client, stock)
        yield Row("pass cell, board", board, peer, "at most ipykernel + 3 ms", board <= peer + 3)
        yield Row("pass cell, host", host, peer, "at most ipykernel + 5 ms", host <= peer + 5)
        for state, code in STATES.items():
            worst = max(interrupt_time(manager, client, code) for _ in range(INTERRUPTS))
            yield Row(
                f"interrupt, {state} (worst of {INTERRUPTS})", worst, None, "at most 200 ms", worst <= 200
            )


def _cells(client: BlockingKernelClient, stock: BlockingKernelClient) -> tuple[float, float, float]:
    """Medians of board cell, host cell and ipykernel's cell, taken in turns."""
    runs = [
        (reply_time(client, "pass"), reply_time(client, "%%host\npass"), reply_time(stock, "pass"))
        for _ in range(CELLS)
    ]
    board, host, peer = (statistics.median(column) for column in zip(*runs, strict=True))
    return board, host, peer


def _is_idle(message: dict[str, Any]) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")


def _await(
    receive: Callable[..., dict[str, Any]], request: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    while True:
        message = receive(timeout=TIMEOUT)
        if message["parent_header"].get("msg_id") == request and wanted(message):
            return message


def main() -> None:
    """Prints the rows."""
    with jupyter_directories():
        print(f"{'':34} {'iot':>10}   {'python3':>10}")
        for row in measure():
            print(row, flush=True)


if __name__ == "__main__":
    main()
