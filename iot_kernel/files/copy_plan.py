"""Plans copies between two ends: finds all that is wrong before the first file is copied, and copies then."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from iot_kernel.files.copy_endpoints import Endpoint
from iot_kernel.files.host_files import DIRECTORY
from iot_kernel.files.names import check_for_host
from iot_kernel.text import byte_order_notes

#: Files that are under way together, and their bytes: enough to keep a fast wire busy, and never much memory.
GROUP_FILES = 32
GROUP_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """One file to copy."""

    source: Endpoint
    path: str
    target: str
    size: int


@dataclass(slots=True)
class CopyPlan:
    """What there is to do.

    Args:
        side: where everything goes.
        base: what the user named there: nothing goes anywhere else.
        copies: in order.
        directories: to make on that side; those above files are made anyway.
    """

    side: Endpoint
    base: str
    copies: list[Copy] = field(default_factory=list)
    directories: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(copy.size for copy in self.copies)


_NO_SUCH_FILE = {
    True: "no such file or directory on the board",
    False: "no such file or directory on this computer",
}
_COLON = " (a colon in quotes is part of the name)"


@dataclass(frozen=True, slots=True)
class PathOnSide:
    """A path, as a user wrote it or what it turned out to mean, and the side it is on."""

    side: Endpoint
    text: str

    @property
    def shown(self) -> str:
        """How errors call it."""
        return f":{self.text}" if self.side.is_board else self.text


def plan(sources: Sequence[PathOnSide], destination: PathOnSide, *, recursive: bool) -> CopyPlan:
    """Finds out what there is to copy, and what is wrong with it, before anything is changed.

    Args:
        sources: may hold wildcards.
        destination: a directory where it is one, ends with a slash or is empty; the new name otherwise.
        recursive: whether directories are copied with all in them.

    Raises:
        OSError: a source is missing, or it is a directory, or the destination is none, or a name or a link
            would lead elsewhere, ...
    """
    side = destination.side
    base = _base(destination)
    found = [PathOnSide(source.side, path) for source in sources for path in source.side.expand(source.text)]
    there = side.sizes([base])[0]
    into = destination.text.endswith("/") or there == DIRECTORY
    if len(found) > 1 and not into:
        hint = "end its name with a slash" if there is None else "it is a file, and several need a directory"
        what = f"several files go into a directory; {hint}" if there is None else hint
        raise NotADirectoryError(errno.ENOTDIR, what, destination.shown)
    made = CopyPlan(side, base)
    for source, size in _with_sizes(found):
        name = source.side.name(source.text)
        target = _below(made, base, source.side, source.text, name) if into and name else base
        _add(made, source, size, target, recursive=recursive)
    _check_targets(made)
    side.check_inside(base, [*made.directories, *(copy.target for copy in made.copies)])
    return made


def _base(destination: PathOnSide) -> str:
    """Finds the destination; brackets that fit nothing are part of a new name.

    Raises:
        FileNotFoundError: other wildcards fit nothing.
    """
    text = destination.text or "."
    try:
        return destination.side.expand(text)[0]
    except FileNotFoundError:
        if "*" in text or "?" in text:
            raise
        return destination.side.literal(text)


def _with_sizes(found: Sequence[PathOnSide]) -> Iterator[tuple[PathOnSide, int]]:
    """Asks each side once for all that come one behind the other.

    Raises:
        FileNotFoundError: something is not there.
    """
    for _, group in itertools.groupby(found, lambda source: id(source.side)):
        sources = list(group)
        sizes = sources[0].side.sizes([source.text for source in sources])
        for source, size in zip(sources, sizes, strict=True):
            if size is None:
                is_board = source.side.is_board
                what = _NO_SUCH_FILE[is_board] + _COLON * (not is_board and source.shown.startswith(":"))
                raise FileNotFoundError(errno.ENOENT, what, source.shown)
            yield source, size


def _add(made: CopyPlan, source: PathOnSide, size: int, target: str, *, recursive: bool) -> None:
    if size != DIRECTORY:
        made.copies.append(Copy(source.side, source.text, target, size))
        return
    if not recursive:
        raise IsADirectoryError(errno.EISDIR, "it is a directory; -r copies it with all in it", source.shown)
    if source.side is made.side and f"{target}/".startswith(f"{source.text.rstrip('/')}/"):
        raise OSError(errno.EINVAL, "a directory cannot be copied into itself", source.shown)
    below = source.side.below(source.text)
    made.directories.append(target)
    for inner in below.directories:
        path = source.side.join(source.text, inner)
        made.directories.append(_below(made, target, source.side, path, inner))
    for inner, inner_size in below.files.items():
        path = source.side.join(source.text, inner)
        made.copies.append(
            Copy(source.side, path, _below(made, target, source.side, path, inner), inner_size)
        )


def _below(made: CopyPlan, directory: str, source: Endpoint, path: str, inner: str) -> str:
    """Where something goes that keeps its name, or its path below a directory that is copied."""
    if source.is_board and not made.side.is_board:
        check_for_host(inner, f":{path}")
    return made.side.join(directory, inner)


def _check_targets(made: CopyPlan) -> None:
    """Refuses what would overwrite itself, or what was copied just before."""
    targets: dict[str, Copy] = {}
    for copy in made.copies:
        shown = f":{copy.target}" if made.side.is_board else copy.target
        if copy.source is made.side and copy.path == copy.target:
            raise OSError(errno.EINVAL, "source and destination are the same file", shown)
        if copy.target in targets:
            raise FileExistsError(errno.EEXIST, "two of the files would get the same name", shown)
        targets[copy.target] = copy


def carry_out(made: CopyPlan, on_progress: Callable[[int], None]) -> list[str]:
    """Copies what was planned, in order; what fails leaves the files before it copied.

    Args:
        made: the plan.
        on_progress: takes how many bytes are copied.

    Returns:
        What the user should know of files that were copied, one sentence each.
    """
    for directory in made.directories:
        made.side.mkdirs(directory)
    done = 0
    notes: list[str] = []
    for group in _groups(made.copies):
        made.side.check_inside(made.base, [copy.target for copy in group.copies])  # links come and go
        if group.source is made.side:
            _copy(group, done, on_progress)
        else:
            notes += _transfer(group, made.side, done, on_progress)
        done += group.bytes
        on_progress(done)
    return notes


@dataclass(slots=True)
class _Group:
    source: Endpoint
    copies: list[Copy]

    @property
    def bytes(self) -> int:
        return sum(copy.size for copy in self.copies)


def _groups(copies: Sequence[Copy]) -> Iterator[_Group]:
    """Gives copies from one side that go together."""
    group: _Group | None = None
    for copy in copies:
        if (
            group is None
            or group.source is not copy.source
            or len(group.copies) == GROUP_FILES
            or group.bytes + copy.size > GROUP_BYTES
        ):
            if group is not None:
                yield group
            group = _Group(copy.source, [])
        group.copies.append(copy)
    if group is not None:
        yield group


def _copy(group: _Group, done: int, on_progress: Callable[[int], None]) -> None:
    """Copies on one side."""
    for copy in group.copies:
        group.source.copy(copy.path, copy.target)
        done += copy.size
        on_progress(done)


def _transfer(group: _Group, side: Endpoint, done: int, on_progress: Callable[[int], None]) -> list[str]:
    """Copies to the other side; what counts is what goes over the wire. Returns notes."""
    paths, targets = [copy.path for copy in group.copies], [copy.target for copy in group.copies]

    def told(more: int) -> None:
        on_progress(done + min(more, group.bytes))

    contents = group.source.read(paths, told if group.source.is_board else lambda _: None)
    files = dict(zip(targets, contents, strict=True))
    side.write(files, told if side.is_board else lambda _: None)
    return byte_order_notes(files) if side.is_board else []
