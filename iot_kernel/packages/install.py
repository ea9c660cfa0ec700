"""Installs what a plan says: everything is fetched and checked before the first file is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from iot_kernel.errors import PackageError
from iot_kernel.packages import mpy
from iot_kernel.packages.description import looks_like_web_page
from iot_kernel.packages.destinations import Destination
from iot_kernel.packages.resolve import File

#: Takes what is going on, and how much of it is done, 0 to 1.
Progress = Callable[[str, float], None]


@dataclass(slots=True)
class Installed:
    """What has been done.

    Attributes:
        written: files, by their paths.
        removed: files that would have hidden one of them.
        unchanged: how many files were there already.
        size: bytes written.
    """

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    size: int = 0


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


def install(
    contents: Mapping[str, bytes], destination: Destination, progress: Progress, done: Installed
) -> None:
    """Makes files what they should be, those that are not yet.

    Args:
        contents: by path.
        destination: where.
        progress: is told how far it is.
        done: takes what has been done, also where something fails.

    Raises:
        PackageError: the files do not fit; nothing has been changed.
        Exception: as ``destination`` does; each file is as before or as it should be.
    """
    there = destination.compare(contents)
    changed = {path: data for path, data in contents.items() if path not in there.unchanged}
    done.unchanged = len(there.unchanged)
    total = sum(map(len, changed.values())) or 1
    for path, data in changed.items():
        destination.write(path, data, _reporting(progress, path, done.size, total))
        done.written.append(path)
        done.size += len(data)
    for path in there.hiding:
        destination.remove(path)
        done.removed.append(path)


def _reporting(progress: Progress, path: str, before: int, total: int) -> Callable[[int], None]:
    return lambda sent: progress(path, (before + sent) / total)
