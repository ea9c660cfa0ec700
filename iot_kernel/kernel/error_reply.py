"""Turns an exception into the error that a cell shows and replies; the one place that knows every family.

An error that the user or the world caused is one clear message; only a bug of ours shows our own code.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from typing import Any

from iot_kernel.device.traceback import line_in_cell
from iot_kernel.errors import DeviceError, HostError, IoTKernelError, UsageError
from iot_kernel.kernel.output import CellOutput
from iot_kernel.text import message

_RED, _PLAIN = "\x1b[31m", "\x1b[39m"

_SYNTAX_ERRORS = ("SyntaxError", "IndentationError")
_IMPORT_ERRORS = ("ImportError", "ModuleNotFoundError")
_CONSUMERS = re.compile(r"\bukernel\b")
# IPython's syntax where only Python's goes; no line of Python looks like that.
_MAGIC_INSIDE = re.compile(r"[ \t]+(?P<magic>%{1,2}[A-Za-z]\w*|!(?!=))")
_TAKES_OUTPUT = re.compile(r"\s*\w[\w.,\s]*=\s*(?P<magic>%[A-Za-z]\w*|!\w*)")
_ASKS_FOR_HELP = re.compile(r"\s*(?:\?\??\s*(?P<before>[\w.]+)|(?P<behind>[\w.]+)\s*\?\??)[\s;]*\Z")


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


def explain(error: DeviceError, code: str, line: int) -> DeviceError:
    """Adds to a board's traceback which line of the cell it means, where that differs, and what to do.

    The line is that of the outermost frame, which is always in this cell: inner ones may be functions of
    earlier cells, and nothing tells their lines from this cell's.

    Args:
        error: raised by a part of a cell; its line numbers count from the start of the part.
        code: of the part.
        line: the 1-based line of the cell in which the part starts.
    """
    frames = (line_in_cell(text) for text in error.traceback.split("\n"))
    found = next((number for number in frames if number is not None), None)
    if found is None:
        return error
    notes = [f"(line {line + found - 1} of the cell)"] if line != 1 else []
    source = "".join(code.split("\n")[found - 1 : found])
    if error.ename in _SYNTAX_ERRORS and (hint := _hint(source)):
        notes.append(f"({hint})")
    elif error.ename in _IMPORT_ERRORS and _CONSUMERS.search(source):
        notes.append("(ukernel is for cells on this computer: begin the cell with %%host)")
    elif error.ename in _IMPORT_ERRORS and "'ucore'" in error.evalue:
        notes.append("(a module of the board needs ucore, which cells bring along: import ucore before it)")
    return DeviceError(error.ename, error.evalue, "\n".join([error.traceback, *notes]), error.output)


def _hint(line: str) -> str:
    """What to do about a line that a board does not understand; empty when nothing is known."""
    if match := _MAGIC_INSIDE.match(line):
        return f"{match['magic']} has to start in the first column, and cannot stand inside a block"
    if match := _TAKES_OUTPUT.match(line):
        return _value_hint(match["magic"])
    if match := _ASKS_FOR_HELP.match(line):
        name = match["before"] or match["behind"]
        return f"a ? asks IPython for help; a board knows help({name}) and dir({name})"
    return ""


def _value_hint(magic: str) -> str:
    """What to do instead of giving a variable of the board what a magic shows."""
    if magic.startswith("!"):
        return (
            f"a board cannot take what {magic} shows; a cell that begins with %%host can, and %push copies it"
        )
    if magic in {"%pull", "%push"}:
        return f"{magic} gives no value; '{magic} NAME as OTHER' copies to another name"
    return f"{magic} only shows something, and gives no value to a variable of a board"


def _describe(error: BaseException) -> tuple[str, str, list[str]]:
    """Returns name, text and lines of an exception."""
    if isinstance(error, DeviceError):
        return error.ename, error.evalue, error.traceback.split("\n")
    ename, evalue = type(error).__name__, message(error)
    if isinstance(error, IoTKernelError | OSError | KeyboardInterrupt):
        return ename, evalue, [f"{_RED}{ename}{_PLAIN}" + (f": {evalue}" if evalue else "")]
    lines = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
    return ename, evalue, [*lines, "", "This is a bug of the IoT Kernel: please report it with these lines."]


def _reply(ename: object, evalue: object, lines: object) -> dict[str, Any]:
    listed = list(lines) if isinstance(lines, Sequence) else []
    return {"status": "error", "ename": ename, "evalue": evalue, "traceback": listed}
