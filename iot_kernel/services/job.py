"""Runs a program of the host for a cell: output as it comes, and an interrupt that ends all it started.

The program runs in a session of its own, without a terminal. It ends for the cell when it ends itself. What
it leaves running (``server &``) lives on, and what that prints still goes to the cell, for as long as the
kernel runs.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence

from iot_kernel.services import process_tree
from iot_kernel.services.pump import Pump

GRACE = 1.0  # s that a program has to end after each step of an interrupt, before the next, harder one


#: Else a Python script's output waits for its end, and on Windows it is in the code page of the country.
_FOR_PYTHON = {"PYTHONUNBUFFERED": "1", **({"PYTHONIOENCODING": "utf-8"} if os.name == "nt" else {})}


class Job:
    """A program that runs for a cell; the constructor starts nothing.

    Args:
        command: the program and its arguments.
        out: takes what it prints; called on a thread of the job.
        err: takes what it prints as errors; None when ``out`` takes both, in their order.
        data: what it reads; None when it has no input.
        holds_input: its input stays open behind ``data``, and an interrupt closes it first: a program that
            ends everything by itself then is given time to.
        environment: variables beyond this process's.
    """

    def __init__(
        self,
        command: Sequence[str | bytes],
        out: Callable[[str], None],
        err: Callable[[str], None] | None = None,
        *,
        data: bytes | None = None,
        holds_input: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._out = out
        self._err = err
        self._data = data
        self._holds_input = data is not None and holds_input
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._pump: Pump | None = None
        self._starting = threading.Lock()  # so that a stop comes before the start or after it
        self._stopping = threading.Event()
        self._over = threading.Event()

    def run(self) -> int:
        """Runs the program.

        Returns:
            Its exit status; the negative number of the signal that ended it.

        Raises:
            OSError: it cannot be started.
        """
        with self._starting:
            process, self._pump = self._begin()
            self._process = process
            if self._stopping.is_set():  # before there was anything to stop
                process_tree.kill(process)
        returncode = process.wait()
        if self._stopping.is_set():
            self._pump.hang_up()
            self._pump.finished.wait(3 * GRACE)
        else:
            self._pump.ended()
        self._over.set()
        return returncode

    def stop(self) -> None:
        """Ends the program and all it started, gently at first; from any thread. Blocks until it is done."""
        with self._starting:
            self._stopping.set()
        if self._process is None or self._pump is None or self._over.is_set():
            return
        if self._holds_input:
            self._pump.hang_up()
            self._over.wait(GRACE)
        process_tree.stop(self._process, GRACE)

    def _begin(self) -> tuple[subprocess.Popen[bytes], Pump]:
        process = self._start()
        outputs = {process.stdout: self._out, process.stderr: self._err}
        pipes = {pipe: write for pipe, write in outputs.items() if pipe is not None and write is not None}
        pump = Pump(pipes, process.stdin, self._data or b"", holds=self._holds_input)
        pump.start()
        return process, pump

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL if self._data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if self._err is None else subprocess.PIPE,
            bufsize=0,
            env={**os.environ, **_FOR_PYTHON, **self._environment},
            **process_tree.start_options(),
        )
