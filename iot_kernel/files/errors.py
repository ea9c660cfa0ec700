"""What goes wrong with files; what a board itself reports comes as Python's own errors (`errnos`)."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError


class TransferError(IoTKernelError):
    """A file did not arrive as it was sent, although it was tried again.

    Args:
        path: the file on the board.
        problem: what was wrong.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(
            f":{path} {problem}; the file is as it was before. A program that prints on the board disturbs "
            "transfers ('%softreset' ends it), and so do bad cables and weak power supplies"
        )
        self.path = path
        self.problem = problem
