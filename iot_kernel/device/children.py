"""Asks a board that waits for code for its variables and for what is inside of them, page by page.

No code of the user's runs for it, and a list of 12 000 numbers costs what its first entries cost. Where the
board stands at a breakpoint, `iot_kernel.device.board_debugger` asks instead. Pure but for the asking, which
is `lookup`'s.
"""

from __future__ import annotations

from iot_kernel.debugging.messages import MOST_VARIABLES, VariablePage, page
from iot_kernel.device.lookup import Execute, ask
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.snippets import PLAIN

#: characters of a value; those of the first things in one are half as long
LONGEST_VALUE = 80

#: the same where memory is little, and things in one answer there
_LONGEST_SMALL = 40
_MOST_SMALL = 50

#: steps from the variables to a thing
_DEEPEST = 50

#: From the variables to a thing: names where it has names, else places.
Path = tuple[str | int, ...]


class LittleMemoryError(IoTKernelError):
    """The board has too little free memory to tell its variables."""

    def __init__(self) -> None:
        super().__init__("the board has too little free memory to tell its variables; %softreset frees some")


def children(
    execute: Execute, path: Path = (), start: int = 0, *, platform: str = "", longest: int = LONGEST_VALUE
) -> VariablePage | None:
    """Asks for what is inside of a thing.

    Args:
        execute: asks the board.
        path: to the thing; empty for the variables.
        start: how many to leave out.
        platform: the board's ``sys.platform``.
        longest: characters of a value.

    Returns:
        None where the path leads nowhere.

    Raises:
        LittleMemoryError: the board says so.
        IoTKernelError: the board did not answer, or with no answer.
    """
    if len(path) > _DEEPEST:
        return None
    most = MOST_VARIABLES
    if platform in PLAIN:
        most, longest = _MOST_SMALL, min(longest, _LONGEST_SMALL)
    try:
        answer = ask(execute, "list_children", f"{path!r},{start},{most},{longest}", platform)
    except DeviceError as error:
        if error.ename != "MemoryError":
            raise
        raise LittleMemoryError from error
    return None if answer is None else page(answer)
