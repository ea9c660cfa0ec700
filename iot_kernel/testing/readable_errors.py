"""Makes errors of boards readable in a report: what the board said is shown, what this project did is not."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from iot_kernel.errors import DeviceError, IoTKernelError

_OURS = str(Path(__file__).parents[1])


def make_readable(error: IoTKernelError) -> None:
    """Ends an error's traceback where the test called this project, and shows where code on the board stood.

    Args:
        error: as the test raised it; twice is fine.
    """
    if isinstance(error, DeviceError) and error.traceback not in getattr(error, "__notes__", ()):
        error.add_note(error.traceback)
    last = _last_of_theirs(error.__traceback__)
    if last is not None:
        last.tb_next = None


def is_ours(filename: str) -> bool:
    """Whether code is of this project, and not of whoever tests a board with it."""
    return filename.startswith(_OURS)


def _is_machinery(filename: str) -> bool:
    """Whether code only carries a call to a board: ours, and what Python has for threads."""
    return is_ours(filename) or Path(filename).parent.name in {"concurrent", "futures"}


def _last_of_theirs(traceback: TracebackType | None) -> TracebackType | None:
    found = None
    while traceback is not None:
        if not _is_machinery(traceback.tb_frame.f_code.co_filename):
            found = traceback
        traceback = traceback.tb_next
    return found
