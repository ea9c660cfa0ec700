"""Where a package's files go: a directory of the board, or one of this computer."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from iot_kernel.files.names import check_for_host
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.files.tree import Space, Tree, digest
from iot_kernel.packages import mpy
from iot_kernel.packages.errors import PackageError
from iot_kernel.private_files import write_whole


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is there already of the files that are to be there.

    Attributes:
        unchanged: those with the same content.
        hiding: files that are not wanted, and that the board would import instead of one that is.
    """

    unchanged: frozenset[str]
    hiding: tuple[str, ...]


class BoardDirectory:
    """A directory of the board, which need not exist.

    Args:
        files: the board's.
        root: the directory, absolute.
    """

    def __init__(self, files: RemoteFiles, root: str) -> None:
        self._files = files
        self._root = root

    @property
    def title(self) -> str:
        """What people call it: as in `%cp`, with a colon."""
        return f":{self._root}"

    def compare(self, contents: Mapping[str, bytes]) -> Comparison:
        """Says what is there already, from one question; changes nothing.

        Raises:
            PackageError: the files cannot all be there.
        """
        sizes = {path: len(data) for path, data in contents.items()}
        try:
            tree = self._files.tree(self._root, digest_sizes=set(sizes.values()))
        except FileNotFoundError:
            self._check_space(sum(sizes.values()), self._space_above())
            return Comparison(frozenset(), ())
        if tree.is_flat:
            _check_flat(contents)
        _check_places(
            self._root,
            contents,
            is_file=lambda path: self._path(path) in tree.files,
            is_directory=lambda path: self._path(path) in tree.directories,
        )
        same = frozenset(path for path, data in contents.items() if self._is_same(tree, path, data))
        there = {path: tree.files[self._path(path)].size for path in sizes if self._path(path) in tree.files}
        needed = sum(size - there.get(path, 0) for path, size in sizes.items() if path not in same)
        self._check_space(needed, tree.space)
        return Comparison(same, _hiding(contents, lambda path: self._path(path) in tree.files))

    def write(self, contents: Mapping[str, bytes], on_progress: Callable[[int], None]) -> None:
        """Makes files what they should be, in their order; each is the old one or the new one at any time.

        Args:
            contents: by path.
            on_progress: takes how many bytes of them all are written.
        """
        self._files.write_files({self._path(path): data for path, data in contents.items()}, on_progress)

    def remove(self, path: str) -> None:
        """Removes a file."""
        self._files.remove(self._path(path))

    def _path(self, path: str) -> str:
        return posixpath.join(self._root, path)

    def _is_same(self, tree: Tree, path: str, data: bytes) -> bool:
        there = tree.files.get(self._path(path))
        if there is None or there.size != len(data):
            return False
        return there.digest is not None and there.digest == digest(data, tree.algorithm)

    def _space_above(self) -> Space | None:
        """Of the file system in which the directory will be made."""
        for directory in PurePosixPath(self._root).parents:
            with contextlib.suppress(FileNotFoundError):  # then of the next one above
                return self._files.space(str(directory))
        return None

    def _check_space(self, needed: int, space: Space | None) -> None:
        """Finds out before the first file, not in the middle of a package."""
        if space is not None and needed > space.free:
            problem = f"no room for these packages: they need {needed} bytes more, {space.free} are free"
            raise PackageError(self.title, problem)


class HostDirectory:
    """A directory of this computer, which need not exist.

    Args:
        root: the directory.
        keep: files that no package replaces.
    """

    def __init__(self, root: Path, keep: Collection[Path] = ()) -> None:
        self._root = root
        self._keep = keep

    @property
    def title(self) -> str:
        """Its path."""
        return str(self._root)

    def compare(self, contents: Mapping[str, bytes]) -> Comparison:
        """See `BoardDirectory.compare`."""
        check_host_places(self._root, contents, self._keep)
        same = frozenset(path for path, data in contents.items() if self._read(path) == data)
        return Comparison(same, _hiding(contents, lambda path: (self._root / path).is_file()))

    def write(self, contents: Mapping[str, bytes], on_progress: Callable[[int], None]) -> None:
        """See `BoardDirectory.write`."""
        done = 0
        for path, data in contents.items():
            (self._root / path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._root / path, data)
            done += len(data)
            on_progress(done)

    def remove(self, path: str) -> None:
        """Removes a file."""
        (self._root / path).unlink()

    def _read(self, path: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return (self._root / path).read_bytes()
        return None


#: A directory; paths are relative to it, POSIX, and never lead out of it.
Destination: TypeAlias = BoardDirectory | HostDirectory


def _hiding(contents: Mapping[str, bytes], exists: Callable[[str], bool]) -> tuple[str, ...]:
    """Boards import a source rather than the compiled module beside it."""
    twins = (f"{path.removesuffix(mpy.SUFFIX)}.py" for path in contents if path.endswith(mpy.SUFFIX))
    return tuple(twin for twin in twins if twin not in contents and exists(twin))


def _check_flat(contents: Mapping[str, bytes]) -> None:
    deep = next((path for path in contents if "/" in path), None)
    if deep is not None:
        raise PackageError(deep, "this board has no directories; only packages of single files fit there")


def check_host_places(root: Path, paths: Collection[str], keep: Collection[Path]) -> None:
    """Makes sure that files can be in a directory of this computer.

    Raises:
        PackageError: a file would take the place of a directory, or the other way round, or that of a file
            to keep, or be outside of the directory.
    """
    kept = {path.resolve() for path in keep}
    for path in paths:
        try:
            check_for_host(path, path)
        except OSError as error:
            raise PackageError(path, "a file with this name is not safe on this computer") from error
        if not (root / path).resolve().is_relative_to(root.resolve()):
            raise PackageError(path, f"a link there leads out of {root}, where nothing is written")
        if (root / path).resolve() in kept:
            raise PackageError(path, f"this would replace {root / path}, which is no part of a package")
    _check_places(
        str(root),
        paths,
        is_file=lambda path: (root / path).exists() and not (root / path).is_dir(),
        is_directory=lambda path: (root / path).is_dir(),
    )


def _check_places(
    root: str, paths: Iterable[str], *, is_file: Callable[[str], bool], is_directory: Callable[[str], bool]
) -> None:
    for path in paths:
        if is_directory(path):
            raise PackageError(path, f"there is a directory in its place already, in {root}")
        for parent in PurePosixPath(path).parents[:-1]:
            if is_file(str(parent)):
                raise PackageError(path, f"{parent} is a file already, in {root}")
