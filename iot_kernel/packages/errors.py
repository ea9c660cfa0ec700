"""The errors of packages."""

from __future__ import annotations

from iot_kernel.errors import IoTKernelError


class PackageError(IoTKernelError):
    """A package cannot be installed.

    Args:
        package: its name, or the address that made the trouble.
        problem: what is wrong, and what to do.
    """

    def __init__(self, package: str, problem: str) -> None:
        super().__init__(f"{package}: {problem}")
        self.package = package
        self.problem = problem


class NotWantedError(PackageError):
    """Fetching a file was ended, because nobody waits for it any more."""

    def __init__(self, package: str) -> None:
        super().__init__(package, "it is not wanted any more")


class PackageNotFoundError(PackageError):
    """A package, or a file of one, is not where it was looked for."""
