"""What goes wrong between a script and its board, beside what boards do."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError


class DeviceClosedError(IoTKernelError):
    """A script uses a board that it has closed.

    Args:
        url: where the board was.
    """

    def __init__(self, url: str) -> None:
        super().__init__(f"{url or 'the board'} was closed by this program; connect() opens it again")
        self.url = url


class OtherProcessError(IoTKernelError):
    """A process uses a board that the process has connected from which it was forked.

    Args:
        url: where the board is.
    """

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url or 'the board'} was connected by another process, which has it; connect() boards in the "
            "process that uses them"
        )
        self.url = url


class InputNotPossibleError(IoTKernelError):
    """Code that a script runs on a board has asked for input."""

    def __init__(self) -> None:
        super().__init__(
            "the code asked for input(), and no script answers that; set() a variable before, or run() a "
            "function with arguments"
        )


class UnsendableFunctionError(IoTKernelError, ValueError):
    """A function cannot be sent to a board.

    Args:
        name: the function's.
        problem: what cannot go, why, and what to do instead.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem
