"""Runs a program of the host for a cell: output as it comes, and an interrupt that ends all it started.

The program runs in a session of its own, without a terminal. It ends for the cell when it ends itself. What
it leaves running (``server &``) lives on, and what that prints still goes to the cell, for as long as the
kernel runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from iot_kernel.services.pump import Pump

GRACE = 1.0  # s that a program has to end after each step of an interrupt, before the next, harder one


class Job:
    """A program that runs for a cell; the constructor starts nothing.

    Args:
        command: the program and its arguments.
        out: takes what it prints; called on a thread of the job.
        err: takes what it prints as errors; None when ``out`` takes both, in their order.
        data: what it reads. Its input stays open behind that, and an interrupt closes it first: a program
            that ends everything by itself then is given time to. None when it has no input.
        environment: variables beyond this process's.
        keep: file descriptors that it inherits.
    """

    def __init__(
        self,
        command: Sequence[str | bytes],
        out: Callable[[str], None],
        err: Callable[[str], None] | None = None,
        *,
        data: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        keep: Sequence[int] = (),
    ) -> None:
        self._command = command
        self._out = out
        self._err = err
        self._data = data
        self._environment = environment or {}
        self._keep = keep
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
                self._signal(signal.SIGKILL)
        returncode = process.wait()
        self._pump.ended()
        if self._stopping.is_set():
            self._pump.finished.wait(3 * GRACE)
        else:
            self._pump.drained.wait()
        self._over.set()
        return returncode

    def stop(self) -> None:
        """Ends the program and all it started, gently at first; from any thread. Blocks until it is done."""
        with self._starting:
            self._stopping.set()
        if self._process is None or self._pump is None or self._over.is_set():
            return
        if self._data is not None:
            self._pump.hang_up()
            self._over.wait(GRACE)
        self._signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):  # harder, then
            self._process.wait(GRACE)
        for harder in (signal.SIGTERM, signal.SIGKILL):
            self._signal(harder)
            if self._group_ends():
                return

    def _begin(self) -> tuple[subprocess.Popen[bytes], Pump]:
        process = self._start()
        outputs = {process.stdout: self._out, process.stderr: self._err}
        pipes = {pipe: write for pipe, write in outputs.items() if pipe is not None and write is not None}
        pump = Pump(pipes, process.stdin, self._data or b"")
        pump.start()
        return process, pump

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL if self._data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if self._err is None else subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=self._keep,
            # else a Python script's output waits for its end
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self._environment},
        )

    def _signal(self, number: int) -> bool:
        """Sends a signal to the program and all it started; returns whether anything of it is there."""
        if self._process is None:
            return False
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _group_ends(self) -> bool:
        """Whether nothing is left of it within `GRACE`."""
        end = time.monotonic() + GRACE
        while there := self._signal(0):
            if time.monotonic() > end:
                break
            time.sleep(0.02)  # they are no children of ours: nothing tells when they end
        return not there
