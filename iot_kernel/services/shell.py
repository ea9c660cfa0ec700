"""Runs bash for a cell: a script of any length, without input."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable

from iot_kernel.errors import UsageError
from iot_kernel.services.job import Job

BASH = "/bin/bash"
ARGUMENT_LIMIT = 100_000  # bytes; Linux takes at most 128 KiB as one argument


def script_bytes(script: str) -> bytes:
    """A script as a shell reads it: lines end in LF, whatever a notebook was saved with.

    Raises:
        UsageError: it cannot be one.
    """
    if "\0" in script:
        raise UsageError("a shell command cannot contain NUL characters")
    return script.replace("\r\n", "\n").encode(errors="surrogatepass")


class ShellJob(Job):
    """A script that a shell runs; the constructor starts nothing.

    Args:
        script: the commands.
        out: takes what they print; called on a thread of the job.
        err: takes what they print as errors; None when ``out`` takes both, in their order.
        shell: the program that runs them.

    Raises:
        UsageError: the script cannot be one.
    """

    def __init__(
        self,
        script: str,
        out: Callable[[str], None],
        err: Callable[[str], None] | None = None,
        *,
        shell: str = BASH,
    ) -> None:
        self._script = script_bytes(script)
        super().__init__([shell, "-c", self._script, os.path.basename(shell)], out, err)  # noqa: PTH119  a path is text here
        self._shell = shell

    def _start(self) -> subprocess.Popen[bytes]:
        if len(self._script) <= ARGUMENT_LIMIT:
            return super()._start()
        with tempfile.TemporaryFile() as file:
            file.write(self._script)
            file.seek(0)
            self._command, self._keep = [self._shell, f"/dev/fd/{file.fileno()}"], [file.fileno()]
            return super()._start()
