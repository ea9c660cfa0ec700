"""Reads the traceback that a board prints. Pure: text in, values out."""

from __future__ import annotations

import re

from iot_kernel.device.output_text import whole_text
from iot_kernel.errors import DeviceError

_EXCEPTION = re.compile(r"(?P<ename>[A-Za-z_][\w.]*)(?::[ ]?(?P<evalue>.*))?\Z", re.DOTALL)
# `  File "main.py", line 3, in f`: CircuitPython translates each word of it, and in some languages its order.
_FRAME = re.compile(r'^ +[^"\n]*"(?P<file>[^"\n]*)"[^\d\n]*(?P<line>\d+)[^\n]*$', re.MULTILINE)


def device_error(traceback: bytes, output: str = "") -> DeviceError:
    """The error that code ended with.

    Args:
        traceback: as the board printed it.
        output: what the code had printed before.
    """
    text = whole_text(traceback).strip("\n")
    ename, evalue = parse_exception(text)
    return DeviceError(ename, evalue, text, output)


#: The function that prints the value of a cell's last expression.
_OWN_FRAME = re.compile(rb'^ +[^"\n]*"<stdin>"[^\n]*\b__iot__\b[^\n]*\n', re.MULTILINE)


def without_own_frames(traceback: bytes) -> bytes:
    """Leaves out of a cell's traceback what the kernel has added to the cell."""
    return _OWN_FRAME.sub(b"", traceback)


def parse_exception(traceback: str) -> tuple[str, str]:
    """Finds what was raised.

    The words are translated in some firmware. The same everywhere is the shape: frames are indented and have
    a file name in quotes and a line number; the last part is ``Name: text``.

    Args:
        traceback: the board's text, LF line ends.

    Returns:
        The exception's class name and its text, which may have several lines or be empty.
    """
    frames = list(_FRAME.finditer(traceback))
    text = traceback[frames[-1].end() :] if frames else traceback
    match = _EXCEPTION.match(text.strip())
    if match is None:
        last = traceback.strip().rsplit("\n", 1)[-1]
        return "Exception", last
    return match["ename"], match["evalue"] or ""


def line_in_cell(traceback: str) -> int | None:
    """Returns the line of the executed code that the traceback leads to; None when it names none."""
    lines = [int(frame["line"]) for frame in _FRAME.finditer(traceback) if frame["file"] == "<stdin>"]
    return lines[-1] if lines else None
