"""Where a kernel listens for subscribers: environment variables and the state file. Standard library only.

The state file is JSON: under ``kernels`` an entry for each kernel that runs, and for programs that know of
one kernel only, the port of the newest under ``pipe_port``. `iot_kernel.pipes.state` writes it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path  # takes as long to load as all the rest, and a port makes it needless

PORT_VARIABLE = "UCORE_PIPE_PORT"
TOKEN_VARIABLE = "UCORE_PIPE_TOKEN"  # noqa: S105 - the name of one
PATH_VARIABLE = "UCORE_STATE_PATH"

#: PROCESS_QUERY_LIMITED_INFORMATION, STILL_ACTIVE and ERROR_ACCESS_DENIED of Windows
_MAY_ASK, _STILL_ACTIVE, _DENIED = 0x1000, 259, 5

#: bytes; an entry has about 300.
LARGEST_STATE = 1_000_000


class StateError(ValueError):
    """The state file cannot be used; the message names it."""


class KernelEntry(NamedTuple):
    """A kernel in the state file.

    Attributes:
        pid: its process; 0 where that is not said.
        started: seconds since 1970.
        port: where it listens.
        token: what it wants to see; empty for nothing.
        device: what its board is called; empty without one.
        uid: of the board.
        url: of the board.
        notebook: the kernel's, as the Jupyter server calls it.
    """

    pid: int
    started: float
    port: int
    token: str = ""
    device: str = ""
    uid: str = ""
    url: str = ""
    notebook: str = ""

    def is_of(self, device: str) -> bool:
        """Whether its board is called so, or has this uid or url."""
        return device in (self.device, self.uid, self.url)


def state_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The state file: ``UCORE_STATE_PATH``, or its place among what Jupyter keeps while it runs."""
    from pathlib import Path

    named = environ.get(PATH_VARIABLE, "")
    return Path(named).expanduser() if named else runtime_directory(environ) / "iot-kernel" / "pipes.json"


def runtime_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Jupyter's runtime directory, found without loading Jupyter where its rules are simple."""
    from pathlib import Path

    if environ.get("JUPYTER_RUNTIME_DIR"):
        return Path(environ["JUPYTER_RUNTIME_DIR"])
    if environ.get("JUPYTER_PLATFORM_DIRS") or sys.platform == "win32":
        from jupyter_core.paths import jupyter_runtime_dir

        return Path(jupyter_runtime_dir())
    if environ.get("JUPYTER_DATA_DIR"):
        return Path(environ["JUPYTER_DATA_DIR"]) / "runtime"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Jupyter" / "runtime"
    share = environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(share) / "jupyter" / "runtime"


def port_from(environ: Mapping[str, str] = os.environ) -> int | None:
    """The port that ``UCORE_PIPE_PORT`` names; None where it is not set or empty.

    Raises:
        ValueError: it is no port.
    """
    text = environ.get(PORT_VARIABLE, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f"{PORT_VARIABLE} must be a port from 1 to 65535, not {text!r}")
    return int(text)


def token_from(environ: Mapping[str, str] = os.environ) -> str | None:
    """The token that ``UCORE_PIPE_TOKEN`` holds, which may be empty; None where it is not set.

    Raises:
        ValueError: it holds what no token can.
    """
    token = environ.get(TOKEN_VARIABLE)
    if token is not None and (len(token) > 256 or any(not "!" <= c <= "~" for c in token)):
        raise ValueError(f"{TOKEN_VARIABLE} has at most 256 printable ASCII characters and no blanks")
    return token


def read_state(path: Path) -> dict[str, object]:
    """Reads the state file; empty where there is none.

    Raises:
        StateError: it cannot be read, or is something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_STATE + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StateError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        state = json.loads(data) if len(data) <= LARGEST_STATE else None
    except (ValueError, RecursionError):
        state = None
    if not isinstance(state, dict):
        raise StateError(f"{path}: is no state file of kernels; remove it, and they write a new one")
    return state


def entries_in(state: Mapping[str, object]) -> list[KernelEntry]:
    """The kernels in a state file whose processes live, newest first."""
    listed = state.get("kernels")
    found = [_entry(item) for item in listed] if isinstance(listed, list) else []
    if not found and "pipe_port" in state:  # written by a program that knows of one kernel
        found = [_entry({"port": state["pipe_port"], "token": state.get("pipe_token", "")})]
    alive = [entry for entry in found if entry is not None and is_alive(entry.pid)]
    return sorted(alive, key=lambda entry: entry.started, reverse=True)


def is_alive(pid: int) -> bool:
    """Whether there is such a process, as far as this user can tell."""
    if pid <= 0:
        return True
    if os.name == "nt":
        import ctypes

        return _is_alive_on_windows(pid, ctypes.windll.kernel32)  # type: ignore[attr-defined,unused-ignore]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_alive_on_windows(pid: int, kernel32: Any) -> bool:  # noqa: ANN401  a library of the system
    """Asks Windows for a process and its exit code; there, a signal 0 would end it."""
    from ctypes import byref, c_ulong

    handle = kernel32.OpenProcess(_MAY_ASK, False, pid)
    if not handle:
        return bool(kernel32.GetLastError() == _DENIED)  # then it is another user's
    code = c_ulong()
    known = kernel32.GetExitCodeProcess(handle, byref(code))
    kernel32.CloseHandle(handle)
    return not known or code.value == _STILL_ACTIVE


def _entry(item: object) -> KernelEntry | None:
    """Reads an entry; None for what is none."""
    if not isinstance(item, dict):
        return None
    pid, started, port = (item.get(key, 0) for key in ("pid", "started", "port"))
    texts = {key: item.get(key, "") for key in ("token", "device", "uid", "url", "notebook")}
    numbers_fit = isinstance(pid, int) and isinstance(started, int | float) and isinstance(port, int)
    if not numbers_fit or not 0 < port < 65536 or not all(isinstance(text, str) for text in texts.values()):
        return None
    if not 0 <= pid < 2**31:
        return None
    return KernelEntry(pid, float(started), port, **texts)
