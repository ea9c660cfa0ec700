"""Which files of a board hide modules of its firmware from the user's own imports."""

from __future__ import annotations

from iot_kernel.files.board import FileBoard
from iot_kernel.files.remote_reply import DamagedError, ask, new_mark, question
from iot_kernel.snippets import PLAIN, SHADOWED

#: Those of CircuitPython's modules that a file may take the place of.
CIRCUITPYTHON = frozenset(
    {"array", "binascii", "collections", "errno", "heapq", "io", "json", "platform", "re", "select"}
)

#: Files that are named at most: more have the same reason, and a board may say anything.
MOST = 20


def shadowing(board: FileBoard, implementation: str) -> list[str]:
    """Returns the paths of such files, `MOST` at most; none where the board cannot be asked.

    Args:
        board: the board.
        implementation: its ``sys.implementation.name``.

    Raises:
        DeviceError: KeyboardInterrupt.
    """
    if board.platform in PLAIN:
        return []
    is_circuitpython = implementation == "circuitpython"
    names, prefix = (CIRCUITPYTHON, "") if is_circuitpython else (SHADOWED, "u")
    mark = new_mark()
    code = question(["shadowing"], "__iot_shadowing__", mark, (tuple(sorted(names)), prefix))
    try:
        answers = ask(board, code, mark, "/")
    except (DamagedError, OSError):
        return []
    found = [path.decode(errors="replace") for path, *_ in answers if isinstance(path, bytes)]
    return found[:MOST]
