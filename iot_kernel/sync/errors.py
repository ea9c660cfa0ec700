"""The errors of synchronising and compiling."""

from __future__ import annotations

from collections.abc import Sequence

from iot_kernel.errors import IoTKernelError


class SyncError(IoTKernelError):
    """A board could not be made what the directories on the host are, or not in all.

    Args:
        problems: why, one line each, and what to do.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class CompileError(IoTKernelError):
    """A module cannot be compiled for the board.

    Args:
        path: the module, or the device file that wants it compiled.
        problem: what is wrong, and what to do.
        line: 1-based line, None when unknown.
    """

    def __init__(self, path: str, problem: str, line: int | None = None) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {problem}")
        self.path = path
        self.problem = problem
        self.line = line
