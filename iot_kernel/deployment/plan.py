"""What a deployment changes: a program beside the one that the board starts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from iot_kernel.deployment.layout import FIRST, Generation, Layout
from iot_kernel.files.tree import Space, Tree, digest
from iot_kernel.text import byte_count


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """What changes for the program, by paths in it.

    Args:
        number: of the new generation.
        deletes: what the program before had and the new one has not.
        adds: what it had not.
        updates: what is different.
        contents: of all files of the new program.
    """

    number: int
    deletes: tuple[str, ...]
    adds: tuple[str, ...]
    updates: tuple[str, ...]
    contents: Mapping[str, bytes]

    @property
    def is_empty(self) -> bool:
        """Whether the board starts this program already."""
        return not (self.deletes or self.adds or self.updates)

    @property
    def size(self) -> int:
        """Bytes of all files: they are written beside those that are there."""
        return sum(map(len, self.contents.values()))


def make_plan(contents: Mapping[str, bytes], layout: Layout, board: Tree) -> DeployPlan:
    """Compares a program with the one that the board starts.

    Args:
        contents: of its files, by path.
        layout: of the board.
        board: its files, with the digests of those that have the size of one of the program's.
    """
    current = layout.current
    there = current.files if current is not None and current.number != FIRST else {}
    updates = [path for path in contents if path in there and not _is_same(path, contents, layout, board)]
    return DeployPlan(
        layout.next_number,
        deletes=tuple(sorted(there.keys() - contents.keys())),
        adds=tuple(sorted(contents.keys() - there.keys())),
        updates=tuple(sorted(updates)),
        contents=contents,
    )


def is_compiled(generation: Generation, sources: Collection[str]) -> bool:
    """Whether modules of a program on the board were compiled.

    Args:
        generation: the program.
        sources: paths of its modules.
    """
    return any(f"{path.removesuffix('.py')}.mpy" in generation.files for path in sources)


def shortage(plan: DeployPlan, more: int, space: Space | None) -> str:
    """Says what space is missing; empty where none is, as far as bytes tell.

    Args:
        plan: the plan.
        more: bytes that are written beside the program.
        space: of the board's file system; None where it cannot tell.
    """
    needed = plan.size + more
    if space is None or needed <= space.free:
        return ""
    return (
        f"the board has {byte_count(space.free)} left, and {byte_count(needed)} are needed, since the old "
        "program stays until the new one has come up; nothing was changed"
    )


def _is_same(path: str, contents: Mapping[str, bytes], layout: Layout, board: Tree) -> bool:
    current = layout.current
    there = current.files.get(path) if current is not None else None
    data = contents[path]
    return there is not None and there.size == len(data) and there.digest == digest(data, board.algorithm)
