"""What tests of pipes through whole kernels share: producers, consumers, and where kernels are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.notebook import Notebook, eventually

#: Board cell: threads that count, each in a pipe of its own, until the pipe is closed.
PRODUCERS = """
import _thread, struct, time, ucore
ended = []
def count(name, pause=2, pack=lambda n: struct.pack("<f", n), **options):
    pipe = ucore.open_pipe(name, **options)
    def run():
        n = 0
        while ucore.is_pipe_open(name):
            pipe.write(pack(n))
            n += 1
            time.sleep_ms(pause)
        ended.append(name)
    _thread.start_new_thread(run, ())
"""

READ_ALL = """
import sys
from ukernel.pipes import subscribe
with subscribe(sys.argv[1]) as pipe:
    print("subscribed", flush=True)
    count = 0
    for count, _ in enumerate(pipe, 1):
        if count == 1:
            print("receives", flush=True)
    if not count:
        print("nothing", flush=True)
    print(count, pipe.lost, flush=True)
"""


class Consumer:
    """A plain Python process that reads a pipe to its end.

    Args:
        name: of the pipe.
        program: what it runs; it says "subscribed" first.
        **environ: more environment variables.
    """

    def __init__(self, name: str, program: str = READ_ALL, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, name],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environ},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "subscribed\n"

    def receives(self) -> bool:
        """Waits for the first message; False where the pipe ends without any."""
        assert self.process.stdout is not None
        return self.process.stdout.readline() == "receives\n"

    def result(self) -> tuple[int, ...]:
        """How many chunks there were, and how many were lost."""
        assert self.process.stdout is not None
        with self.process:
            counts = self.process.stdout.read().splitlines()[-1].split()
        assert self.process.returncode == 0
        return tuple(map(int, counts))

    def close(self) -> None:
        """Ends it, whatever it does."""
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def command(pid: int) -> str:
    """How a process was started."""
    return Path(f"/proc/{pid}/cmdline").read_text()


def state_file() -> Path:
    """Where the kernels of a test say where they are."""
    return Path(os.environ["JUPYTER_RUNTIME_DIR"]) / "iot-kernel" / "pipes.json"


def entry_of(pid: int) -> dict[str, object] | None:
    """What the state file says of a kernel; None where it does not know it."""
    kernels = json.loads(state_file().read_text())["kernels"]
    return next((kernel for kernel in kernels if kernel["pid"] == pid), None)


def place_of(notebook: Notebook) -> dict[str, object]:
    """Where a kernel listens, as keywords for `ukernel.pipes`."""
    entry = entry_of(notebook.pid)
    assert entry is not None
    return {"port": entry["port"], "token": entry["token"]}


def listed(notebook: Notebook, name: str) -> list[str] | None:
    """The row of a pipe in ``%pipes``; None where it is not open."""
    for line in notebook.run("%pipes").text().splitlines():
        if line.startswith(f"{name} "):
            return line.split()
    return None


def subscribed(notebook: Notebook, name: str, count: int = 1) -> bool:
    """Whether a pipe gets so many subscribers in time."""
    return eventually(lambda: (row := listed(notebook, name)) is not None and int(row[-2]) == count)
