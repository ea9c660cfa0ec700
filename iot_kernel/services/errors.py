"""The errors of programs of the host."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError


class HostServiceError(IoTKernelError):
    """A program of the host that a magic needs is missing, or cannot do what it is asked for.

    Args:
        service: what it is about: a program, or what that should reach.
        problem: what is wrong, and what to do.
    """

    def __init__(self, service: str, problem: str) -> None:
        super().__init__(f"{service}: {problem}")
        self.service = service
        self.problem = problem


class HostCommandError(IoTKernelError):
    """A shell script failed; the cell shows already what it printed.

    Args:
        returncode: its exit status; the negative number of a signal that ended the shell.
        what: the script, and where it ran.
    """

    def __init__(self, returncode: int, what: str = "the shell command") -> None:
        how = f"exit status {returncode}" if returncode >= 0 else f"signal {-returncode}"
        super().__init__(f"{what} ended with {how}")
        self.returncode = returncode
