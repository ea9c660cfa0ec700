"""Starts a program so that it can be ended with all that it has started, as far as the system offers that.

POSIX: the program leads a session, whose processes take signals. Windows: ``taskkill`` ends a process and its
children, without a chance to clean up; a child whose parent has ended is out of reach there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import Any

TASKKILL_TIMEOUT = 10.0  # s; it takes a tenth of one
POLL = 0.02  # s between looks at processes that are no children of ours: nothing tells when they end


def start_options() -> dict[str, Any]:
    """What `subprocess.Popen` is told for a program that is to be ended here."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined,unused-ignore]
    return {"start_new_session": True}


def stop(process: subprocess.Popen[bytes], grace: float) -> None:
    """Ends a program and all it has started, gently at first where that can be; blocks until it is done.

    Args:
        process: started with `start_options`.
        grace: seconds to end after each step, before the next, harder one.
    """
    if os.name == "nt":
        _end_on_windows(process)
        return
    _signal(process, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):  # harder, then
        process.wait(grace)
    for harder in (signal.SIGTERM, signal.SIGKILL):
        _signal(process, harder)
        if _group_ends(process, grace):
            return


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a program and all it has started, at once."""
    if os.name == "nt":
        _end_on_windows(process)
    else:
        _signal(process, signal.SIGKILL)


def _end_on_windows(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(process.pid)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TASKKILL_TIMEOUT,
            check=False,
            **start_options(),
        )
    if process.poll() is None:
        process.kill()


def _signal(process: subprocess.Popen[bytes], number: int) -> bool:
    """Sends a signal to a program and all it has started; returns whether anything of it is there."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _group_ends(process: subprocess.Popen[bytes], grace: float) -> bool:
    """Whether nothing is left of it in time."""
    end = time.monotonic() + grace
    while there := _signal(process, 0):
        if time.monotonic() > end:
            break
        time.sleep(POLL)
    return not there
