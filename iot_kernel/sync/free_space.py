"""Whether a board has the space for a plan, asked for the whole plan before the first change. Pure.

Counts bytes. A file system stores whole blocks, and more for names. So a plan that does not fit by this count
fits nowhere, while one that fits may still fail: the space for each file is asked for again before it is
sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from iot_kernel.files.tree import Space, Tree
from iot_kernel.sync.plan import SyncPlan
from iot_kernel.sync.rules import is_below
from iot_kernel.text import byte_count


def written_mounts(plan: SyncPlan, board: Tree) -> set[str]:
    """Where the file systems begin that a plan writes to; ``/`` for the root's."""
    return {_mount_of(path, board) for path in plan.contents}


def shortage(plan: SyncPlan, board: Tree, mount: str, space: Space) -> str:
    """Says what is missing in a file system; empty where nothing is.

    Args:
        plan: the plan.
        board: what is there.
        mount: where the file system begins.
        space: that it has.
    """
    most = 0
    used = 0
    for change, needed_meanwhile in _steps(plan, board, mount):
        most = max(most, used + needed_meanwhile)
        used += change
    if most <= space.free:
        return ""
    where = "the board" if mount == "/" else f":{mount}"
    return (
        f"{where} has {byte_count(space.free)} left, and {byte_count(most)} are needed; nothing was changed"
    )


def _steps(plan: SyncPlan, board: Tree, mount: str) -> Iterator[tuple[int, int]]:
    """Yields by how much each step changes what is used, and how much more it needs while it lasts."""
    for path in plan.deletes:
        if path in board.files and _mount_of(path, board) == mount:
            yield -board.files[path].size, 0
    for path, data in plan.contents.items():
        if _mount_of(path, board) == mount:
            before = board.files[path].size if path in board.files else 0
            yield len(data) - before, len(data)  # the old file stays until the new one is there


def _mount_of(path: str, board: Tree) -> str:
    inside = [mount for mount in board.mounts if is_below(path, mount)]
    return max(inside, key=len, default="/")
