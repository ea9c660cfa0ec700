"""Keeps what files a board has, and makes them the same again: all of them, to the byte, and no others.

Unlike a synchronisation this leaves nothing alone: what a program wrote is undone, whatever it is called.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from iot_kernel.device.device import Device
from iot_kernel.files.paths import normal
from iot_kernel.files.tree import Tree, digest
from iot_kernel.text import byte_count

#: bytes of all files of a snapshot, which is kept in memory: as much as the largest flash of a board has.
LARGEST_SNAPSHOT = 1 << 24

#: Where boards have their own files that mount cards beside them, such as pyboards.
_FLASH = "/flash"


@dataclass(frozen=True, slots=True)
class FilesSnapshot:
    """What a board had at one moment, in one file system: cards and others that are mounted do not count.

    Attributes:
        path: the directory of which this is the content.
        directories: in it, at any depth.
        contents: of the files in it, by path.
    """

    path: str
    directories: frozenset[str]
    contents: Mapping[str, bytes]


def take_snapshot(device: Device, path: str) -> FilesSnapshot:
    """Reads all files of a directory.

    Args:
        device: the board.
        path: the directory; empty for the board's own file system.

    Raises:
        OSError: the directory cannot be read; EFBIG when its files have more than `LARGEST_SNAPSHOT` bytes.
        Exception: as `Device.exec` does.
    """
    tree = device.files.tree(normal(path))
    if not path and _FLASH in tree.mounts and not _own_files(tree) and not _own_directories(tree):
        path, tree = _FLASH, device.files.tree(_FLASH)
    path, files = normal(path), _own_files(tree)
    size = sum(tree.files[each].size for each in files)
    if size > LARGEST_SNAPSHOT:
        problem = f"the files have {byte_count(size)}, and a snapshot keeps {byte_count(LARGEST_SNAPSHOT)}"
        raise OSError(errno.EFBIG, problem, f":{path}")
    contents = dict(zip(files, device.files.read_files(files) if files else [], strict=True))
    return FilesSnapshot(path, frozenset(_own_directories(tree) - {path}), MappingProxyType(contents))


def restore_snapshot(device: Device, snapshot: FilesSnapshot) -> list[str]:
    """Makes a directory what it was. What is the same already is not sent, only asked for.

    Args:
        device: the board.
        snapshot: of this board.

    Returns:
        What was removed, made or written, as the board calls it.

    Raises:
        OSError: the board's file system refused something.
        Exception: as `Device.exec` does.
    """
    sizes = {len(data) for data in snapshot.contents.values()}
    tree = device.files.tree(snapshot.path, digest_sizes=sizes)
    surplus = [path for path in [*_own_files(tree), *sorted(tree.leftovers)] if path not in snapshot.contents]
    there = _own_directories(tree) - {snapshot.path}
    emptied = sorted(there - snapshot.directories, reverse=True)
    missing = sorted(snapshot.directories - there)
    changed = {path: data for path, data in snapshot.contents.items() if not _is_same(tree, path, data)}
    if surplus:
        device.files.remove_files(surplus)
    if emptied:
        device.files.remove_directories(emptied)
    for path in missing:
        device.files.mkdirs(path)
    if changed:
        device.files.write_files(changed)
    return [*surplus, *emptied, *missing, *changed]


def _is_same(tree: Tree, path: str, data: bytes) -> bool:
    found = tree.files.get(path)
    return found is not None and found.size == len(data) and found.digest == digest(data, tree.algorithm)


def _own_files(tree: Tree) -> list[str]:
    return [path for path in tree.files if not _is_mounted(tree, path)]


def _own_directories(tree: Tree) -> set[str]:
    return {path for path in tree.directories if not _is_mounted(tree, path)}


def _is_mounted(tree: Tree, path: str) -> bool:
    return any(f"{path}/".startswith(f"{mount}/") for mount in tree.mounts)
