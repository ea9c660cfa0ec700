"""Sends a board its side of the debugger: programs one by one, as compiling takes ten times their memory."""

from __future__ import annotations

from iot_kernel.debugging.module_commands import NAMES
from iot_kernel.device.device import Device
from iot_kernel.device.marked_answer import marked_answer
from iot_kernel.errors import DeviceError, DeviceMemoryError
from iot_kernel.snippets import OWN, executing, snippet

#: s for one of them to be compiled: 8 KB of text on a slow chip.
TIMEOUT = 20.0

_PROGRAMS = (
    "frame",
    "short_value",
    "parts",
    "debug_values",
    "debug_names",
    "debug_checks",
    "debug_notes",
    "debug",
)

#: Comes behind them where the firmware can trace lines.
_TRACING = "debug_trace"

#: What programs with machine code have.
_MACHINE_CODE = "@micropython."

#: What firmware raises that makes no machine code, or has no memory left from which it could run.
_CANNOT_COMPILE = frozenset({"SyntaxError", "MemoryError"})


def send_debugger(device: Device) -> bool:
    """Sends all that a board always gets.

    Returns:
        Whether its firmware can trace lines.

    Raises:
        Exception: as `Device.exec` does.
    """
    given = f"{OWN}.{NAMES}={{'VARIABLES':{OWN}.globals()}}"
    device.exec(executing(given), timeout=TIMEOUT)
    traces = marked_answer(device, snippet("ask_settrace")) == "True"
    for name in (*_PROGRAMS, _TRACING) if traces else _PROGRAMS:
        send_program(device, name)
    return traces


def send_program(device: Device, name: str) -> None:
    """Sends one program; its hottest functions are machine code where the firmware makes that.

    Raises:
        Exception: as `Device.exec` does.
    """
    program = snippet(name)
    try:
        _execute(device, program)
    except (DeviceError, DeviceMemoryError) as error:
        why = getattr(error, "ename", "MemoryError")
        if _MACHINE_CODE not in program or why not in _CANNOT_COMPILE:
            raise
        _execute(device, snippet(name, is_interpreted=True))


def _execute(device: Device, program: str) -> None:
    device.exec(executing(f"{OWN}.exec({program!r},{NAMES})"), timeout=TIMEOUT)
