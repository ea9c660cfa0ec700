"""Finds the MicroPython that runs virtual boards, and makes sure that it can.

Looked for in this order: what was asked for (the url's option ``micropython``, the variable
``IOT_MICROPYTHON``), ``micropython`` on PATH, and the cache in which this project's tools put a fetched one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectReason

#: The board's program, MicroPython source that the host only names.
PROGRAM = Path(__file__).parent / "firmware"

_HOW_TO_GET = (
    "'apt install micropython' (Debian 13, Ubuntu) or 'brew install micropython' installs MicroPython's unix "
    "port; IOT_MICROPYTHON or the option 'micropython=PATH' names one that is elsewhere"
)

OLDEST = "1.22"

_ENVIRONMENT = (
    *("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"),
    *("SYSTEMROOT", "USERPROFILE", "APPDATA", "TEMP", "TMP"),  # of Windows
)

_VERDICT = re.compile(r"MicroPython (?P<version>[\d.]{1,20}) lacks ?(?P<lacking>[\w., ]{0,200})")

CHECK_TIMEOUT = 10.0  # s; the check takes milliseconds, a first start from a cold disk up to seconds


def find_interpreters(url: str, wanted: str | None = None) -> list[Path]:
    """Gives the interpreters to try, the best first; none where the unix port is not there, as on Windows.

    Args:
        url: the board's, for errors.
        wanted: a path or a program's name that was asked for; nothing else will do then.

    Raises:
        ConnectError: MISSING, the one that was asked for is not there.
    """
    candidates = [wanted] if wanted else ["micropython", str(cache() / "bin" / "micropython")]
    if os.name == "nt":
        candidates = []
    found = [shutil.which(Path(candidate).expanduser()) for candidate in candidates]
    interpreters = [Path(path).absolute() for path in found if path]
    if wanted and not interpreters:
        where = f"there is no program '{wanted}', and no 'micropython.mjs' in a directory of that name"
        raise ConnectError(url, ConnectReason.MISSING, f"{where}; {_HOW_TO_GET}")
    return interpreters


def nothing_found(url: str, web_assembly: str) -> ConnectError:
    """The error where nothing is there that could run a board.

    Args:
        url: the board's.
        web_assembly: how to get MicroPython's WebAssembly port.
    """
    if os.name == "nt":
        problem = f"a virtual board needs MicroPython's WebAssembly port on Windows: {web_assembly}"
    else:
        problem = (
            f"a virtual board needs MicroPython, and there is no 'micropython' here: {_HOW_TO_GET}. "
            f"Without it, MicroPython's WebAssembly port will do: {web_assembly}"
        )
    return ConnectError(url, ConnectReason.MISSING, problem)


def cache(environ: Mapping[str, str] = os.environ) -> Path:
    """The directory in which this project's tools put what they fetch."""
    ours = environ.get("IOT_KERNEL_CACHE")
    if ours:
        return Path(ours).expanduser()
    shared = environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "iot-kernel"


def explain(url: str, interpreter: Path) -> ConnectError | None:
    """Gives what is wrong with an interpreter that did not become a board; None if nothing is."""
    try:
        answer = subprocess.run(
            [interpreter, PROGRAM / "check.py"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CHECK_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return ConnectError(url, ConnectReason.UNSUPPORTED, f"cannot run {interpreter}: {error}")
    verdict = _VERDICT.fullmatch(answer.stdout.decode(errors="replace").strip())
    if verdict is None:
        return ConnectError(url, ConnectReason.UNSUPPORTED, f"{interpreter} is not MicroPython's unix port")
    if not verdict["lacking"]:
        return None
    return ConnectError(
        url,
        ConnectReason.UNSUPPORTED,
        f"{interpreter} is MicroPython {verdict['version']} without {verdict['lacking']}; a virtual board "
        f"needs the unix port in its standard build, {OLDEST} or newer",
    )


def environment() -> dict[str, str]:
    """Gives what an interpreter needs to start, no secrets of the user; a board has no time zone."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {"TZ": "UTC0"}
