"""The errors of moving variables."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError


class UnmovableValueError(IoTKernelError, TypeError):
    """A value cannot go to a board, or come from it.

    Args:
        place: of what cannot, e.g. ``data['a'][3]``.
        problem: why not.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class VariableNotFoundError(IoTKernelError, LookupError):
    """There is no variable with this name.

    Args:
        name: of the variable.
        place: where it was looked for, e.g. ``in storage``.
    """

    def __init__(self, name: str, place: str) -> None:
        super().__init__(f"no variable with name '{name}' {place}")
        self.name = name
        self.place = place
