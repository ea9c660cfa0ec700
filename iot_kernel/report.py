"""How every family of errors looks in a cell: the one place that turns an exception into a Jupyter error.

An error that the user or the world caused is one clear message; only a bug of ours shows our own code.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any

from iot_kernel.errors import DeviceError, HostError, IoTKernelError, UsageError
from iot_kernel.output import CellOutput
from iot_kernel.tracebacks import line_in_cell

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


def locate(error: DeviceError, line: int) -> DeviceError:
    """Adds to a board's traceback which line of the cell it means, where that differs.

    That is the outermost frame, which is always in this cell: inner ones may be functions of earlier cells,
    and nothing tells their lines from this cell's.

    Args:
        error: raised by a part of a cell; its line numbers count from the start of the part.
        line: the 1-based line of the cell in which the part starts.
    """
    frames = (line_in_cell(text) for text in error.traceback.split("\n"))
    found = next((number for number in frames if number is not None), None)
    if found is None or line == 1:
        return error
    text = f"{error.traceback}\n(line {line + found - 1} of the cell)"
    return DeviceError(error.ename, error.evalue, text, error.output)


def _describe(error: BaseException) -> tuple[str, str, list[str]]:
    """Returns name, text and lines of an exception."""
    if isinstance(error, DeviceError):
        return error.ename, error.evalue, error.traceback.split("\n")
    ename, evalue = type(error).__name__, str(error)
    if isinstance(error, IoTKernelError | OSError | KeyboardInterrupt):
        return ename, evalue, [f"{_RED}{ename}{_PLAIN}: {evalue}"]
    lines = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
    return ename, evalue, [*lines, "", "This is a bug of the IoT Kernel: please report it with these lines."]


def _reply(ename: object, evalue: object, lines: object) -> dict[str, Any]:
    listed = list(lines) if isinstance(lines, Sequence) else []
    return {"status": "error", "ename": ename, "evalue": evalue, "traceback": listed}
