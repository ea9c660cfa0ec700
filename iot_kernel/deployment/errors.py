"""The error of deployments."""

from __future__ import annotations

from collections.abc import Sequence

from iot_kernel.errors import IoTKernelError


class DeployError(IoTKernelError):
    """A notebook could not be deployed; the board starts what it started before, unless it says otherwise.

    Args:
        problems: why, one line each, and what to do.
        output: what the board, or the virtual board of a rehearsal, printed.
    """

    def __init__(self, problems: Sequence[str], output: str = "") -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
        self.output = output
