"""How fast the kernel answers, beside stock ipykernel in the same run.

Run ``python -m bench.kernel_latency``. Rows: start to the first kernel_info reply, a cell that does nothing
on the virtual board and on the host, and from an interrupt to the reply in four states. The limit is stock
ipykernel with the same cell; for a cell on the board, with the same cell on the host.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from bench.rows import Pair, Row, at_most, in_turns, tell

Running = tuple[KernelManager, BlockingKernelClient]

STARTS = 9
CELLS = 200
INTERRUPTS = 9
SETTLE = 1.5  # s after the start, so that what is prepared in the background is ready
RUNNING = 0.4  # s that a cell runs before it is interrupted
TIMEOUT = 30.0

STATES = {
    "board loop": "while True: pass",
    "host loop": "%%host\nwhile True: pass",
    "host sleep": "%%host\nimport time; time.sleep(60)",
    "host await": "%%host\nimport asyncio; await asyncio.sleep(60)",
}

MOST = {"board loop": 4.0, "host loop": 2.5, "host sleep": 2.5, "host await": 6.0}  # of ipykernel's time

#: What ipykernel does instead; it lets nobody interrupt an ``await``.
PEERS = {
    "board loop": "while True: pass",
    "host loop": "while True: pass",
    "host sleep": "import time; time.sleep(60)",
    "host await": "import time; time.sleep(60)",
}


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
def kernel(name: str) -> Iterator[Running]:
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
    reply = await_message(client.get_shell_msg, request, lambda message: True)
    assert reply["content"]["status"] == "ok", reply["content"]
    elapsed = (time.perf_counter() - begin) * 1e3
    await_message(client.get_iopub_msg, request, _is_idle)
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
    reply = await_message(client.get_shell_msg, request, lambda message: True)
    assert reply["content"].get("ename") in ("KeyboardInterrupt", "CancelledError"), reply["content"]
    end = time.perf_counter()
    timer.join()
    await_message(client.get_iopub_msg, request, _is_idle)
    return (end - sent[0]) * 1e3


def measure() -> Iterator[Row]:
    """Measures everything; about a minute."""
    with jupyter_directories():
        start = in_turns(lambda: start_time("iot"), lambda: start_time("python3"), STARTS)
        yield _at_most("start to kernel_info reply", start, 1.15)
        with kernel("iot") as ours, kernel("python3") as stock:
            time.sleep(SETTLE)
            reply_time(ours[1], "%connect sim://")
            yield from _cells(ours[1], stock[1])
            for state in STATES:
                yield _interrupt(state, ours, stock)


def _cells(client: BlockingKernelClient, stock: BlockingKernelClient) -> Iterator[Row]:
    """Board cell, host cell and ipykernel's cell, taken in turns."""
    runs = [
        (reply_time(client, "pass"), reply_time(client, "%%host\npass"), reply_time(stock, "pass"))
        for _ in range(CELLS)
    ]
    board, host, peer = zip(*runs, strict=True)
    yield _at_most("pass cell, board", Pair(board, peer), 1.0)
    yield _at_most("pass cell, host", Pair(host, peer), 2.25)


def _interrupt(state: str, ours: Running, stock: Running) -> Row:
    pair = in_turns(
        lambda: interrupt_time(*ours, STATES[state]),
        lambda: interrupt_time(*stock, PEERS[state]),
        INTERRUPTS,
    )
    return _at_most(f"interrupt, {state}", pair, MOST[state])


def _at_most(what: str, pair: Pair, most: float) -> Row:
    return at_most(what, pair, "ms", most, of="ipykernel", digits=1)


def _is_idle(message: dict[str, Any]) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")


def await_message(
    receive: Callable[..., dict[str, Any]], request: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Waits for a message about a request; drops what else comes."""
    while True:
        message = receive(timeout=TIMEOUT)
        if message["parent_header"].get("msg_id") == request and wanted(message):
            return message


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
