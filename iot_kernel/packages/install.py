"""Installs fetched files: checks and compares all of them before the first is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from iot_kernel.packages import mpy
from iot_kernel.packages.description import looks_like_web_page
from iot_kernel.packages.destinations import Destination
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.resolve import File


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be done so that files are what they should be.

    Attributes:
        contents: of the files to write, by path.
        hiding: files to remove, because boards would import them instead.
        unchanged: how many files are there already.
    """

    contents: Mapping[str, bytes]
    hiding: tuple[str, ...]
    unchanged: int

    @property
    def size(self) -> int:
        """Bytes to write."""
        return sum(map(len, self.contents.values()))


def check(file: File, data: bytes) -> None:
    """Makes sure that a file is what its package says.

    Raises:
        PackageError: it is not.
    """
    found = hashlib.sha256(data).hexdigest()
    if not found.startswith(file.digest):
        problem = (
            f"damaged: its SHA-256 begins with {found[: len(file.digest)]}, not with {file.digest}; try again"
        )
        raise PackageError(str(file.source), problem)
    if file.path.endswith((".py", mpy.SUFFIX)) and looks_like_web_page(data):
        raise PackageError(str(file.source), "this is a web page, not a Python module")


def check_for_board(file: File, data: bytes, board: int | None) -> None:
    """Makes sure that a board can import a file.

    Args:
        file: which.
        data: its content.
        board: its ``sys.implementation._mpy``; None for firmware that imports sources only.

    Raises:
        PackageError: it cannot.
    """
    problem = mpy.problem_of(data, board) if file.path.endswith(mpy.SUFFIX) else ""
    if problem:
        raise PackageError(str(file.source), problem)


def find_changes(contents: Mapping[str, bytes], destination: Destination) -> Changes:
    """Compares files with what is there.

    Raises:
        PackageError: the files cannot all be there.
        Exception: as ``destination`` does.
    """
    there = destination.compare(contents)
    changed = {path: data for path, data in contents.items() if path not in there.unchanged}
    return Changes(changed, there.hiding, len(there.unchanged))


def make_changes(changes: Changes, destination: Destination, on_progress: Callable[[int], None]) -> None:
    """Does what has to be done.

    Args:
        changes: what.
        destination: where.
        on_progress: takes how many bytes are written.

    Raises:
        Exception: as ``destination`` does; each file is as before or as it should be.
    """
    if changes.contents:
        destination.write(changes.contents, on_progress)
    for path in changes.hiding:
        destination.remove(path)
