"""Turns an exception into the error that a cell shows and replies; the one place that knows every family.

An error that the user or the world caused is one clear message; only a bug of ours shows our own code.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any

from iot_kernel.errors import DeviceError, HostError, IoTKernelError, UsageError
from iot_kernel.kernel.output import CellOutput
from iot_kernel.text import message

_RED, _PLAIN = "\x1b[31m", "\x1b[39m"


def report(error: BaseException, output: CellOutput) -> dict[str, Any]:
    """Shows an error in a cell.

    Args:
        error: what ended the cell.
        output: the cell's.

    Returns:
        The content of the execute_reply, without the execution count.
    """
    if isinstance(error, HostError):
        return _reply(error.reply["ename"], error.reply["evalue"], error.reply["traceback"])
    if isinstance(error, UsageError):
        output.stderr("".join(f"{text}\n" for text in (error.usage, str(error)) if text))
        return _reply("UsageError", str(error), [])
    ename, evalue, lines = _describe(error)
    output.error(ename, evalue, lines)
    return _reply(ename, evalue, lines)


def _describe(error: BaseException) -> tuple[str, str, list[str]]:
    """Returns name, text and lines of an exception."""
    if isinstance(error, DeviceError):
        return error.ename, error.evalue, error.traceback.split("\n")
    ename, evalue = type(error).__name__, message(error)
    if isinstance(error, IoTKernelError | OSError | KeyboardInterrupt):
        return ename, evalue, [f"{_RED}{ename}{_PLAIN}" + (f": {evalue}" if evalue else ""), *_more(error)]
    lines = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
    return ename, evalue, [*lines, "", "This is a bug of the IoT Kernel: please report it with these lines."]


def _more(error: BaseException) -> list[str]:
    """A line that says where more stands about an error; none about an interrupt, which the user wanted."""
    from iot_kernel.magics.troubleshooting import find_section, shown_text  # no kernel starts slower for it

    if isinstance(error, KeyboardInterrupt) and not message(error):
        return []
    section = find_section(shown_text(type(error).__name__, message(error)))
    return [] if section is None else [f"(%explain {section.anchor} tells more)"]


def _reply(ename: object, evalue: object, lines: object) -> dict[str, Any]:
    listed = list(lines) if isinstance(lines, Sequence) else []
    return {"status": "error", "ename": ename, "evalue": evalue, "traceback": listed}
