"""Carries out a plan on a board. Whatever ends it in between, each file is the old one or the new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from iot_kernel.errors import IoTKernelError
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.files.tree import Tree
from iot_kernel.sync.errors import SyncError
from iot_kernel.sync.free_space import shortage, written_mounts
from iot_kernel.sync.plan import SyncPlan
from iot_kernel.text import printable


def check_free_space(plan: SyncPlan, board: Tree, files: RemoteFiles) -> None:
    """Makes sure that the board has the space for all of a plan.

    Raises:
        SyncError: it has not.
    """
    problems = []
    for mount in sorted(written_mounts(plan, board)):
        space = board.space if mount == "/" else files.space(mount)
        if space is not None and (problem := shortage(plan, board, mount, space)):
            problems.append(problem)
    if problems:
        raise SyncError(problems)


def apply(
    plan: SyncPlan, files: RemoteFiles, on_progress: Callable[[int], None] = lambda _: None
) -> list[str]:
    """Carries out a plan.

    Args:
        plan: the plan.
        files: of the board.
        on_progress: takes how many bytes of all files are dealt with.

    Returns:
        What could not be done although nothing speaks against it, one sentence each.

    Raises:
        OSError: the board's file system refused a file; the ones before it are done.
        Exception: as the methods of `RemoteFiles` do.
    """
    _remove_files([path for path in plan.deletes if not path.endswith("/")], files)
    problems = _remove_directories([path[:-1] for path in plan.deletes if path.endswith("/")], files)
    for path in plan.adds:
        if path.endswith("/"):
            files.mkdirs(path[:-1])
    if plan.contents:
        files.write_files(plan.contents, on_progress)
    return problems


def _remove_files(paths: Sequence[str], files: RemoteFiles) -> None:
    if not paths:
        return
    try:
        files.remove_files(paths)
    except FileNotFoundError:  # it went meanwhile, which is what was wanted
        for path in paths:
            with suppress(FileNotFoundError):  # it is the one that went
                files.remove_files([path])


def _remove_directories(paths: Sequence[str], files: RemoteFiles) -> list[str]:
    """Removes directories; they are empty, unless something appeared in them, or is in no listing."""
    try:
        files.remove_directories(paths)
    except IoTKernelError:
        raise
    except OSError:
        return [problem for path in paths for problem in _remove_directory(path, files)]
    return []


def _remove_directory(path: str, files: RemoteFiles) -> list[str]:
    try:
        files.remove_directories([path])
    except IoTKernelError:
        raise
    except FileNotFoundError:
        return []
    except OSError as error:
        return [f"{printable(path, 300)}/ stays on the board: {error.strerror}"]
    return []
