"""Asks a board that waits for code for its variables, and for what is in them. Pure but for the asking.

No code of the user's runs for that, and no answer holds more than fifty things, which are told by short
values. Where a board stands at a breakpoint, `iot_kernel.device.board_debugger` asks instead.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence

from iot_kernel.debugging.messages import VariablePage, page
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.snippets import PLAIN, snippet
from iot_kernel.text import literal

NO_MEMORY = (
    "the board has too little free memory to tell its variables; %softreset frees what cells have left there"
)

#: Runs code and returns what it printed, None where the board is busy; raises `IoTKernelError`.
ExecuteWhenIdle = Callable[[str], str | None]


def variables(execute: ExecuteWhenIdle, start: int = 0, *, platform: str = "") -> VariablePage | None:
    """Asks for the variables of cells, from one on.

    Args:
        execute: asks the board; `Device.answer_when_idle`.
        start: how many to leave out.
        platform: the board's ``sys.platform``.

    Returns:
        None where the board is busy.

    Raises:
        IoTKernelError: the board did not answer, or with no answer.
    """
    return _ask(execute, f"None,(),{start}", platform)


def inside(
    execute: ExecuteWhenIdle, name: str, path: Sequence[int] = (), start: int = 0, *, platform: str = ""
) -> VariablePage | None:
    """Asks for what is inside of a variable, from one thing on; raises what `variables` does.

    Args:
        execute: as for `variables`.
        name: of the variable.
        path: where to look in it: the place of a thing among those inside of it, then the same in that one.
        start: how many to leave out.
        platform: as for `variables`.

    Returns:
        None where the board is busy, or nothing is there any more.
    """
    return _ask(execute, f"{name!a},{tuple(path)!r},{start}", platform)


def _ask(execute: ExecuteWhenIdle, given: str, platform: str) -> VariablePage | None:
    mark = secrets.token_hex(3)
    show, values = "__iot_show_variables__", "__iot_values__"
    if platform in PLAIN:
        programs, names = snippet("show_variables_small", platform), show
    else:
        programs, names = snippet("debug_values") + snippet("show_variables"), f"{show},{values}"
    code = f"{programs.replace('MARK', mark)}{show}({given})\ndel {names}\n"
    try:
        said = execute(code)
    except DeviceError as error:
        if error.ename != "MemoryError":
            raise
        raise IoTKernelError(NO_MEMORY) from error
    if said is None:
        return None
    found = re.search(f"\x1e{mark}(.*?)\x1f", said, re.DOTALL)
    if found is None:
        raise IoTKernelError("the board's answer about variables was no answer")
    answer = literal(found[1])
    return None if answer is None else page(answer)
