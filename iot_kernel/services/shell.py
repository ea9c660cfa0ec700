"""Runs bash for a cell: a script of any length, without input."""

from __future__ import annotations

import ntpath
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from iot_kernel.errors import UsageError
from iot_kernel.services.errors import HostServiceError
from iot_kernel.services.job import Job

ARGUMENT_LIMIT = 100_000  # bytes; Linux takes at most 128 KiB as one argument

#: Runs what it reads, without an input of its own: for scripts that are too long to be an argument, and on
#: Windows, where programs take their command line apart in different ways.
_FROM_INPUT = 'eval "$(cat)" </dev/null'

_USUAL = "/bin/bash"
_ON_WINDOWS = (
    "it is not on this computer: 'winget install Git.Git' in a terminal installs Git for Windows, which "
    "brings it; or begin the cell with %%host: there '!' runs commands of Windows"
)
_ELSEWHERE = (
    "it is not on this computer: install the package 'bash' of your system, or use a cell with %%host"
)


def script_bytes(script: str) -> bytes:
    """A script as a shell reads it: lines end in LF, whatever a notebook was saved with.

    Raises:
        UsageError: it cannot be one.
    """
    if "\0" in script:
        raise UsageError("a shell command cannot contain NUL characters")
    return script.replace("\r\n", "\n").encode(errors="surrogatepass")


def find_bash(
    environ: Mapping[str, str] = os.environ,
    *,
    windows: bool = os.name == "nt",
    is_file: Callable[[str], bool] = os.path.isfile,
) -> str:
    """Finds bash.

    On Windows that of Git comes first: ``bash`` on PATH may be the door to a Linux that was never installed.

    Args:
        environ: the environment.
        windows: whether this is Windows.
        is_file: whether there is such a file.

    Raises:
        HostServiceError: there is none; it says what to do.
    """
    candidates = list(_of_git(environ)) if windows else [_USUAL]
    found = next((path for path in candidates if is_file(path)), None)
    found = found or shutil.which("bash", path=environ.get("PATH", ""))
    if found is None:
        raise HostServiceError("bash", _ON_WINDOWS if windows else _ELSEWHERE)
    return found


def _of_git(environ: Mapping[str, str]) -> list[str]:
    """Where Git for Windows puts its bash: beside the ``git`` of PATH, for all users, for one."""
    on_path = [ntpath.join(place, "..") for place in environ.get("PATH", "").split(";") if _is_of_git(place)]
    usual = [environ.get(name, "") for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")]
    own = [ntpath.join(place, "Programs") for place in [environ.get("LOCALAPPDATA", "")] if place]
    roots = [*on_path, *(ntpath.join(place, "Git") for place in [*usual, *own] if place)]
    return [ntpath.normpath(ntpath.join(root, "bin", "bash.exe")) for root in roots]


def _is_of_git(place: str) -> bool:
    return ntpath.normpath(place).lower().endswith("\\git\\cmd")


class ShellJob(Job):
    """A script that a shell runs; the constructor starts nothing.

    Args:
        script: the commands.
        out: takes what they print; called on a thread of the job.
        err: takes what they print as errors; None when ``out`` takes both, in their order.
        shell: the program that runs them; bash where it is None.

    Raises:
        UsageError: the script cannot be one.
        HostServiceError: there is no bash.
    """

    def __init__(
        self,
        script: str,
        out: Callable[[str], None],
        err: Callable[[str], None] | None = None,
        *,
        shell: str | None = None,
    ) -> None:
        data = script_bytes(script)
        shell = shell or find_bash()
        name = Path(shell).stem
        if os.name == "nt" or len(data) > ARGUMENT_LIMIT:
            super().__init__([shell, "-c", _FROM_INPUT, name], out, err, data=data, holds_input=False)
        else:
            super().__init__([shell, "-c", data, name], out, err)
