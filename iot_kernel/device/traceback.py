"""Reads the traceback that a board prints. Pure: text in, values out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from iot_kernel.device.output_text import whole_text
from iot_kernel.errors import DeviceError

_EXCEPTION = re.compile(r"(?P<ename>[A-Za-z_][\w.]*)(?::[ ]?(?P<evalue>.*))?\Z", re.DOTALL)
# `  File "main.py", line 3, in f`: CircuitPython translates each word of it, and in some languages its order.
_FRAME = re.compile(r'^ +[^"\n]*"(?P<file>[^"\n]*)"[^\d\n]*(?P<line>\d+)(?P<rest>[^\n]*)$', re.MULTILINE)
# Where a frame names its function: Japanese has the name at once behind the number, all others at the end.
_FUNCTION = re.compile(r"\A(?P<near>\w+|<\w+>)|(?:\A|[\s%])(?P<last>\w+|<\w+>)\Z")

#: What a board calls the file of code that came over the wire.
WIRE = "<stdin>"

#: The function of a frame that is in no function.
MODULE = "<module>"


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """Where an exception passed through.

    Attributes:
        file: as the board calls it; `WIRE` for code of any cell.
        line: in that file, or in the code that was sent.
        function: its name; `MODULE` outside of functions, empty where the board names none.
    """

    file: str
    line: int
    function: str


def device_error(traceback: bytes, output: str = "") -> DeviceError:
    """The error that code ended with.

    Args:
        traceback: as the board printed it.
        output: what the code had printed before.
    """
    text = whole_text(traceback).strip("\n")
    ename, evalue = parse_exception(text)
    return DeviceError(ename, evalue, text, output)


#: The functions that print the value of a cell's last expression, ask for input, and stop at checkpoints.
_OWN_FRAME = re.compile(
    rb'^ +[^"\n]*"(?:<stdin>"[^\n]*\b__iot__|<string>"[^\n]*\b(?:__iot__|__contains__))\b[^\n]*\n',
    re.MULTILINE,
)


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


def frames_of(traceback: str) -> list[CodeFrame]:
    """The frames of the exception that ended the code, the outermost first.

    Those of exceptions that were being handled when it was raised are left out.
    """
    lines = traceback.split("\n")
    groups = itertools.groupby((_FRAME.match(line) for line in lines), key=lambda match: match is not None)
    found = [list(group) for is_frame, group in groups if is_frame]
    return [_frame(match) for match in (found[-1] if found else ()) if match is not None]


def failed_line(traceback: str) -> int:
    """The line of the code that was sent in which it failed; 0 where the board does not tell."""
    frames = frames_of(traceback)
    return frames[0].line if frames and frames[0] == CodeFrame(WIRE, frames[0].line, MODULE) else 0


def _frame(match: re.Match[str]) -> CodeFrame:
    named = _FUNCTION.search(match["rest"].rstrip())
    return CodeFrame(match["file"], int(match["line"]), (named["near"] or named["last"]) if named else "")


def renumbered(traceback: str, number: Callable[[int, str], int | None]) -> str:
    """Changes the lines of a cell's code in a traceback.

    Args:
        traceback: the board's text.
        number: gives the new number for a line and the words behind it; None leaves the frame out.
    """
    return "\n".join(_renumbered(traceback.split("\n"), number))


def _renumbered(lines: Iterable[str], number: Callable[[int, str], int | None]) -> Iterator[str]:
    for line in lines:
        frame = _FRAME.fullmatch(line)
        if frame is None or frame["file"] != WIRE:
            yield line
            continue
        start, end = frame.span("line")
        if (found := number(int(frame["line"]), line[end:])) is not None:
            yield f"{line[:start]}{found}{line[end:]}"
