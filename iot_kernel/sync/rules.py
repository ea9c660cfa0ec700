"""What a synchronisation may delete on a board. Pure.

Only what lies below a mirrored directory, in the same file system; never a name that begins with a dot, nor
what belongs to the firmware, nor what an exclude pattern covers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from iot_kernel.files.paths import name_of, parent
from iot_kernel.sync.patterns import Excludes

#: What the firmware itself reads or writes: passwords, without which a board cannot be reached any more.
_FIRMWARE = frozenset({"webrepl_cfg.py", "settings.toml"})


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one device.

    Args:
        mirrored: directories on the board that hold what the host has, and nothing else.
        excludes: directories on the board, each with the patterns that hold below it.
    """

    mirrored: frozenset[str]
    excludes: tuple[tuple[str, Excludes], ...] = ()

    def protect(self, path: str) -> bool:
        """Whether a path on the board is to be left alone, wherever it is."""
        return (
            is_hidden(path)
            or name_of(path) in _FIRMWARE
            or any(is_below(path, directory) and found.covers(path) for directory, found in self.excludes)
        )

    def may_delete(self, path: str, mounts: Collection[str]) -> bool:
        """Whether a path on the board is removed when the host has nothing there.

        Args:
            path: of a file or directory.
            mounts: where other file systems begin.
        """
        return not self.protect(path) and any(
            is_below(path, directory) and not _is_crossed(directory, path, mounts)
            for directory in self.mirrored
        )


def is_hidden(path: str) -> bool:
    """Whether a name in it begins with a dot."""
    return "/." in path


def is_below(path: str, directory: str) -> bool:
    """Whether a path leads into a directory."""
    return path.startswith(directory.rstrip("/") + "/") and path != directory


def above(path: str) -> Iterator[str]:
    """Yields the directories that a path is in, the root not among them."""
    directory = parent(path)
    while directory != "/":
        yield directory
        directory = parent(directory)


def all_above(paths: Iterable[str]) -> set[str]:
    """Returns the directories that paths are in, the root not among them."""
    found: set[str] = set()
    for path in paths:
        for directory in above(path):
            if directory in found:
                break
            found.add(directory)
    return found


def _is_crossed(directory: str, path: str, mounts: Collection[str]) -> bool:
    """Whether another file system begins between a directory and a path below it."""
    return any(is_below(mount, directory) and (mount == path or is_below(path, mount)) for mount in mounts)
