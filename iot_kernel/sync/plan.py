"""`plan`: what has to be done to a board so that it holds what belongs on it. Pure.

The same plan is shown by ``%rdiff`` and carried out by ``%rsync``: first what goes, so that there is space
and no file stands where a directory is needed, then what is new, then what is different.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iot_kernel.errors import ConfigError
from iot_kernel.files.paths import temporary
from iot_kernel.files.tree import Tree, digest
from iot_kernel.sync.rules import Rules, above, all_above
from iot_kernel.sync.tree import HostTree
from iot_kernel.text import printable

_CHECKSUMS = frozenset({"crc32", "adler32"})


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What is to be done, in this order. Paths of directories end in a slash.

    Args:
        deletes: what the board has and the host has not; what is in a directory before the directory.
        adds: what the board has not.
        updates: what is different on the board.
        contents: of the files that are added and updated.
        missing: sources that are not there, for which reason nothing is deleted.
        kept: how much would be deleted otherwise.
        blocked: what cannot be done, one sentence each.
        notes: what else to tell.
    """

    deletes: tuple[str, ...]
    adds: tuple[str, ...]
    updates: tuple[str, ...]
    contents: Mapping[str, bytes] = field(repr=False)
    missing: tuple[str, ...] = ()
    kept: int = 0
    blocked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.deletes or self.adds or self.updates)

    @property
    def size(self) -> int:
        """Bytes of all files to be written."""
        return sum(map(len, self.contents.values()))


def plan(host: HostTree, board: Tree, rules: Rules, *, upload_only: bool = False) -> SyncPlan:
    """Compares what belongs on a board with what is there.

    Args:
        host: what belongs there.
        board: what is there, with the digests of all files that have the size of one of the host's.
        rules: what may be deleted.
        upload_only: nothing is deleted.

    Raises:
        ConfigError: something belongs into a directory, and the board has none.
    """
    _check_directories(host, board)
    comparison = _Comparison(host, board, rules)
    gone = comparison.gone()
    kept = 0
    if upload_only or host.missing:
        kept, gone = len(gone), frozenset()
    blocked = comparison.blocked(gone)
    wanted = [path for path in host.files if path not in blocked]
    adds = [path for path in wanted if path not in board.files]
    updates = [path for path in wanted if path in board.files and not comparison.is_same(path)]
    made = [f"{path}/" for path in host.directories - board.directories - blocked.keys()]
    return SyncPlan(
        deletes=tuple(sorted(gone, reverse=True)),
        adds=tuple(sorted([*adds, *made])),
        updates=tuple(updates),
        contents={path: host.files[path].data for path in (*sorted(adds), *updates)},
        missing=host.missing,
        kept=0 if upload_only else kept,
        blocked=tuple(blocked[path] for path in sorted(blocked)),
        notes=tuple(comparison.notes(gone)),
    )


def _check_directories(host: HostTree, board: Tree) -> None:
    if not board.is_flat:
        return
    for path, file in host.files.items():
        if path.count("/") > 1:
            problem = f"{printable(path, 300)} needs a directory, and this board's file system has none"
            raise ConfigError(file.config, problem, file.line)
    for path in sorted(host.directories):
        raise ConfigError(
            host.config, f"{printable(path, 300)}/: this board's file system has no directories"
        )


class _Comparison:
    """Two trees beside each other."""

    def __init__(self, host: HostTree, board: Tree, rules: Rules) -> None:
        self._host = host
        self._board = board
        self._rules = rules
        self._hiding = {file.hidden_by for file in host.files.values()} - {""}
        self._on_the_way = {temporary(path) for path in host.files}

    def is_same(self, path: str) -> bool:
        """Whether a file that both have has the same content."""
        data, there = self._host.files[path].data, self._board.files[path]
        return there.size == len(data) and there.digest == digest(data, self._board.algorithm)

    def gone(self) -> frozenset[str]:
        """What is to be deleted, directories with a slash behind."""
        files = {path for path in self._board.files if self._is_surplus(path)}
        leftovers = {path for path in self._board.leftovers if self._is_broken_off(path)}
        directories = {f"{path}/" for path in self._empty_then(files | leftovers)}
        return frozenset(files | leftovers | directories)

    def blocked(self, gone: frozenset[str]) -> dict[str, str]:
        """What of the host's cannot be put in its place, and why."""
        there = self._board.files.keys() - gone
        directories = {path for path in self._board.directories if f"{path}/" not in gone}
        found: dict[str, str] = {}
        for path in [*self._host.files, *self._host.directories]:
            in_the_way = next((up for up in above(path) if up in there), "")
            if path in self._host.files and path in directories:
                found[path] = f"{path}/ is a directory on the board"
            elif path in self._host.directories and path in there:
                found[path] = f"{path} is a file on the board"
            elif in_the_way:
                found[path] = f"{in_the_way} is a file on the board"
            else:
                continue
            found[path] = f"{printable(path, 300)}: {printable(found[path], 300)}, and must not be deleted"
        return found

    def notes(self, gone: frozenset[str]) -> list[str]:
        """What to tell about the comparison."""
        hiding = (self._hiding & self._board.files.keys()) - gone - self._host.files.keys()
        notes = [
            f"{printable(path, 300)} stays on the board, which imports it rather than its compiled form"
            for path in sorted(hiding)
        ]
        algorithm = self._board.algorithm
        if algorithm in _CHECKSUMS and self._host.files.keys() & self._board.files.keys():
            notes.append(f"compared by size and {algorithm}: this board's firmware has no hashlib")
        return notes

    def _is_surplus(self, path: str) -> bool:
        if path in self._host.files:
            return False
        if path in self._hiding and not self._rules.protect(path):
            return True
        return self._rules.may_delete(path, self._board.mounts)

    def _is_broken_off(self, path: str) -> bool:
        if path in self._on_the_way:
            return not self._rules.protect(path)
        return self._rules.may_delete(path, self._board.mounts)

    def _empty_then(self, files: set[str]) -> set[str]:
        """The directories that are empty when these files are deleted, and that may be removed."""
        board, host = self._board, self._host
        deletable = {path for path in board.directories if self._rules.may_delete(path, board.mounts)}
        staying = (board.files.keys() | board.leftovers) - files
        fixed = board.directories - deletable
        needed = all_above([*staying, *host.files, *fixed, *board.mounts, *host.directories])
        return deletable - needed - host.directories
