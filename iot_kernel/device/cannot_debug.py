"""Why some boards cannot be debugged: what is known before they are asked, and what is said of it.

Each reason is a text, and for narrow panels the same and what to do in short; see `CannotDebugError`.
"""

from __future__ import annotations

from iot_kernel.debugging.errors import CannotDebugError
from iot_kernel.device.device import Device
from iot_kernel.snippets import PLAIN

#: Why a board cannot be debugged, and the same and what to do in short.
NO_MEMORY = (
    "it has too little free memory for its side of the debugger; %softreset frees what cells have left there",
    "too little memory",
    "%softreset",
)
_CIRCUITPYTHON = (
    (
        "CircuitPython has no time.ticks_ms, no sys.stdout.buffer, and nothing that tells how deep calls are"
        "; use MicroPython on this board if there is one for it"
    ),
    "CircuitPython",
    "MicroPython",
)
_WEBASSEMBLY = (
    (
        "MicroPython's WebAssembly port reads nothing while code runs, so nobody could tell it to go on; "
        "on Linux and macOS %connect sim:// has a virtual board that can be debugged"
    ),
    "reads no commands",
    "%connect sim://",
)
_SMALL = (
    (
        "it has less than 10 KB of free memory, and its side of the debugger takes as much; "
        "print values, or try the code on a virtual board (%connect sim://)"
    ),
    "too little memory",
    "print values",
)

#: The platforms and implementations for which that is known before.
_WHY_NOT = {
    "circuitpython": _CIRCUITPYTHON,
    "webassembly": _WEBASSEMBLY,
    **dict.fromkeys(PLAIN, _SMALL),
}


def why_never(device: Device) -> CannotDebugError | None:
    """Returns why no code on a board can be stopped, without asking it; None where that may be possible."""
    info = device.info
    names = (device.platform, info.implementation if info is not None else "")
    return next((CannotDebugError(*why) for name in names if (why := _WHY_NOT.get(name))), None)
