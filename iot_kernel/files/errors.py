"""The errors of this package. What a board itself reports becomes Python's own errors, in `errnos`."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError, ProtocolError
from iot_kernel.text import SHOWN_PATH, printable


class TransferError(IoTKernelError):
    """A file did not arrive as it was sent, although it was tried again.

    Args:
        path: the file on the board.
        problem: what was wrong.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(
            f":{printable(path, SHOWN_PATH)} {problem}; the file is as it was before. A program that prints "
            "on the board disturbs transfers ('%softreset' ends it), and so do bad cables and weak power "
            "supplies"
        )
        self.path = path
        self.problem = problem


class TooMuchError(ProtocolError):
    """A board tells more than can be true, and was stopped before it filled this computer's memory.

    Args:
        what: was asked, e.g. ``listing its files``.
        limit: that was passed, in words.
    """

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(
            f"{what}: the board sent {limit}, which cannot be right, and was stopped. '%softreset', and try "
            "again; if it comes back, the board or its file system is damaged"
        )
        self.what = what
        self.limit = limit
