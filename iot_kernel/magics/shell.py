"""Bash for a cell: output as it comes, and an interrupt that ends everything the command started.

The command runs in a session of its own, without input. It ends for the cell when bash ends. What it leaves
running (``server &``) lives on, and what that prints still goes to the cell, for as long as the kernel runs.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from typing import IO

from iot_kernel.errors import UsageError

BASH = "/bin/bash"
ARGUMENT_LIMIT = 100_000  # bytes; Linux takes at most 128 KiB as one argument
CHUNK = 65_536  # bytes a read: as much as a pipe holds
LAST_WORDS = (
    0.2  # s after bash's end for output that is still on its way, where something else keeps the pipe open
)
GRACE = 1.0  # s that a process has to end after each signal of an interrupt, before the next, harder one


class ShellJob:
    """A script on its way through bash; the constructor starts nothing.

    Args:
        script: the commands.
        write: takes what they print, stdout and stderr in one; called on a thread of the job.

    Raises:
        UsageError: the script cannot be one.
    """

    def __init__(self, script: str, write: Callable[[str], None]) -> None:
        if "\0" in script:
            raise UsageError("a shell command cannot contain NUL characters")
        self._script = script
        self._write = write
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._over = threading.Event()

    def run(self) -> int:
        """Runs the script.

        Returns:
            Bash's exit status; the negative number of the signal that ended it.
        """
        self._process = self._start()
        if self._stopping.is_set():  # before there was anything to stop
            self._signal(signal.SIGKILL)
        assert self._process.stdout is not None  # noqa: S101  it was asked for
        reader = threading.Thread(
            target=self._relay, args=(self._process.stdout,), name="IoT shell output", daemon=True
        )
        reader.start()
        returncode = self._process.wait()
        reader.join(3 * GRACE if self._stopping.is_set() else LAST_WORDS)
        self._over.set()
        return returncode

    def stop(self) -> None:
        """Ends the script and all it started, gently at first. Blocks until that is done; from any thread."""
        self._stopping.set()
        self._signal(signal.SIGINT)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        for harder in (signal.SIGTERM, signal.SIGKILL):
            self._signal(harder)
            if self._over.wait(GRACE):
                return

    def _start(self) -> subprocess.Popen[bytes]:
        script = self._script.encode(errors="surrogatepass")
        if len(script) <= ARGUMENT_LIMIT:
            return _bash("-c", script, "bash")
        with tempfile.TemporaryFile() as file:
            file.write(script)
            file.seek(0)
            return _bash(f"/dev/fd/{file.fileno()}", keep=[file.fileno()])

    def _relay(self, pipe: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with pipe:
            while data := pipe.read(CHUNK):
                self._write(decoder.decode(data))
        if rest := decoder.decode(b"", final=True):
            self._write(rest)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and not self._over.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _bash(*arguments: str | bytes, keep: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [BASH, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
        pass_fds=keep,
        env={"PYTHONUNBUFFERED": "1", **os.environ},  # else a Python script's output waits for its end
    )
