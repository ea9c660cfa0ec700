"""Finds the MicroPython that runs virtual boards, and makes sure that it can.

Looked for in this order: the url's option ``micropython``, the variable ``IOT_MICROPYTHON``, ``micropython``
on PATH, and the cache in which this project's tools put a fetched one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectReason

#: The board's program, MicroPython source that the host only names.
PROGRAM = Path(__file__).parent.parent / "sim"

_HOW_TO_GET = (
    "a virtual board needs MicroPython's unix port, and there is no 'micropython' here: "
    "'apt install micropython' (Debian 13, Ubuntu) or 'brew install micropython' installs it; "
    "IOT_MICROPYTHON or the option 'micropython=PATH' names one that is elsewhere"
)

CHECK_TIMEOUT = 10.0  # s; the check takes milliseconds, a first start from a cold disk up to seconds


def find_interpreter(url: str, wanted: str | None = None) -> Path:
    """Gives the interpreter to run.

    Args:
        url: the board's, for errors.
        wanted: a path or a program's name that was asked for; nothing else will do then.

    Raises:
        ConnectError: MISSING, saying how to get one.
    """
    named = wanted or os.environ.get("IOT_MICROPYTHON")
    for candidate in [named] if named else ["micropython", str(_cache() / "bin" / "micropython")]:
        found = shutil.which(Path(candidate).expanduser())
        if found:
            return Path(found).absolute()
    if named:
        raise ConnectError(url, ConnectReason.MISSING, f"there is no program '{named}'; {_HOW_TO_GET}")
    raise ConnectError(url, ConnectReason.MISSING, _HOW_TO_GET)


def _cache() -> Path:
    ours = os.environ.get("IOT_KERNEL_CACHE")
    if ours:
        return Path(ours).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "iot-kernel"


def check_interpreter(url: str, interpreter: Path) -> None:
    """Makes sure that the interpreter is MicroPython with everything a board needs.

    Raises:
        ConnectError: UNSUPPORTED, with what is missing.
    """
    try:
        answer = subprocess.run(
            [interpreter, PROGRAM / "check.py"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CHECK_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConnectError(url, ConnectReason.UNSUPPORTED, f"cannot run {interpreter}: {error}") from None
    said = answer.stdout.decode(errors="replace").strip()
    if said == "ok":
        return
    problem = said or f"it is not MicroPython's unix port (exit status {answer.returncode})"
    raise ConnectError(url, ConnectReason.UNSUPPORTED, f"{interpreter} cannot run a board: {problem}")
