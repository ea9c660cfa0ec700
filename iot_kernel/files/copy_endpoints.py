"""The two ends that files are copied between, with one interface: this computer, and a board."""

from __future__ import annotations

import errno
import fnmatch
import glob
import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from iot_kernel.files.errors import TooMuchError
from iot_kernel.files.host_files import DIRECTORY, check_inside, file_size, host_path, size, write
from iot_kernel.files.paths import joined, name_of
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.files.tree import MOST_ENTRIES, RemoteFile, Tree
from iot_kernel.syntax.words import expanded, has_wildcards, pattern

_WILDCARDS = re.compile(r"[*?[]")
_BRACKETS = " ([[] stands for a [)"

OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Below:
    """What a directory holds, at any depth; all paths count from it, with slashes between their parts.

    Args:
        directories: that hold no file.
        files: sizes by path.
    """

    directories: Sequence[str]
    files: Mapping[str, int]


class BoardEndpoint:
    """A board. Paths are what `expand` returned, and what `join` made of them.

    Args:
        files: of the board.
    """

    #: whether it is a board
    is_board = True

    def __init__(self, files: RemoteFiles) -> None:
        self._files = files

    def expand(self, text: str) -> list[str]:
        """Returns what a user means by a path that may hold wildcards; the path itself where it holds none.

        Names that begin with a dot are meant only by patterns that do.

        Raises:
            FileNotFoundError: nothing fits the wildcards.
        """
        path = self._files.absolute(text)
        if not has_wildcards(text) or self._files.stat(path) is not None:
            return [path]
        found = ["/"]
        for part in self._files.absolute(pattern(text)).split("/")[1:]:
            fitting = (inner for directory in found for inner in self._fitting(directory, part))
            found = list(itertools.islice(fitting, MOST_ENTRIES + 1))
            if len(found) > MOST_ENTRIES:
                raise TooMuchError("looking for files", f"more than {MOST_ENTRIES} that match ':{text}'")
        if not found:
            raise FileNotFoundError(
                errno.ENOENT, f"nothing on the board matches{_BRACKETS * ('[' in text)}", f":{text}"
            )
        return found

    def literal(self, text: str) -> str:
        """Returns the path of exactly this name, wildcards or not."""
        return self._files.absolute(text)

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """Returns the bytes of each file, `DIRECTORY`, or None where there is nothing."""
        stats = iter(self._files.stats([path for path in paths if path != "/"]))
        return [DIRECTORY if path == "/" else _size_of(next(stats)) for path in paths]

    def below(self, path: str) -> Below:
        """Lists a directory with all in it."""
        tree = self._files.tree(path)
        start = len(path.rstrip("/")) + 1
        files = {file[start:]: found.size for file, found in tree.files.items()}
        empty = tree.directories - {path} - _with_parents(tree)
        return Below(sorted(directory[start:] for directory in empty), files)

    def name(self, path: str) -> str:
        """Returns the last part of a path; empty where it has no name of its own, such as ``/``."""
        return name_of(path)

    def join(self, directory: str, name: str) -> str:
        """Puts a name or a path with slashes behind a directory."""
        return joined(directory, name)

    def read(self, paths: Sequence[str], on_progress: OnProgress) -> list[bytes]:
        """Returns the contents of files."""
        return self._files.read_files(paths, on_progress)

    def write(self, contents: Mapping[str, bytes], on_progress: OnProgress) -> None:
        """Writes files; makes the directories above them."""
        self._files.write_files(contents, on_progress)

    def copy(self, path: str, target: str) -> None:
        """Copies a file from this side to this side."""
        self._files.copy(path, target)

    def mkdirs(self, path: str) -> None:
        """Makes a directory with all above it; one that is there is fine."""
        self._files.mkdirs(path)

    def check_inside(self, directory: str, paths: Sequence[str]) -> None:
        """Makes sure that what goes into a directory does not leave it by a link; boards have no links.

        Args:
            directory: which may be a link itself, and need not exist.
            paths: in it, or its own.

        Raises:
            OSError: one of them does.
        """

    def _fitting(self, directory: str, part: str) -> Iterator[str]:
        """Gives what in a directory fits one part of a pattern."""
        if not _WILDCARDS.search(part):
            inner = joined(directory, part)
            if self.sizes([inner]) != [None]:
                yield inner
            return
        try:
            listing = self._files.listing(directory)
        except (NotADirectoryError, FileNotFoundError):
            return
        for path in sorted({*listing.files, *listing.directories} - {directory}):
            name = name_of(path)
            if fnmatch.fnmatchcase(name, part) and name.startswith(".") <= part.startswith("."):
                yield path


def _size_of(found: RemoteFile | None) -> int | None:
    return None if found is None else found.size


def _with_parents(tree: Tree) -> set[str]:
    """All directories that hold something, at any depth."""
    parents: set[str] = set()
    for path in (*tree.files, *tree.directories):
        while (path := path.rpartition("/")[0]) and path not in parents:
            parents.add(path)
    return parents


class HostEndpoint:
    """This computer, asked as a board is; relative paths count from the kernel's current directory."""

    is_board = False

    def expand(self, text: str) -> list[str]:
        """See `BoardEndpoint.expand`; expands ``~`` and ``$VAR`` too."""
        word = expanded(text)
        path = str(Path(word))
        if not has_wildcards(word) or os.path.lexists(path):
            return [path]
        found = sorted(glob.glob(str(Path(pattern(word))), recursive=True))  # noqa: PTH207  hidden files as a shell has them
        if not found:
            raise FileNotFoundError(
                errno.ENOENT, f"nothing on this computer matches{_BRACKETS * ('[' in text)}", text
            )
        return found

    def literal(self, text: str) -> str:
        """See `BoardEndpoint.literal`."""
        return str(host_path(text))

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """See `BoardEndpoint.sizes`."""
        return [size(Path(path)) for path in paths]

    def below(self, path: str) -> Below:
        """See `BoardEndpoint.below`; links are followed, in circles at most once."""
        files: dict[str, int] = {}
        directories: list[str] = []
        seen = set()
        for directory, inner, names in os.walk(path, followlinks=True, onerror=_raise):
            seen.add(os.path.realpath(directory))
            inner[:] = sorted(n for n in inner if os.path.realpath(Path(directory, n)) not in seen)
            for name in sorted(names):
                file = Path(directory, name)
                files[file.relative_to(path).as_posix()] = file_size(file)
            if not inner and not names and directory != path:
                directories.append(Path(directory).relative_to(path).as_posix())
        return Below(directories, files)

    def name(self, path: str) -> str:
        """See `BoardEndpoint.name`."""
        return "" if Path(path).name in {"", ".."} else Path(path).name

    def join(self, directory: str, name: str) -> str:
        """See `BoardEndpoint.join`."""
        return str(Path(directory, name))

    def read(self, paths: Sequence[str], on_progress: OnProgress) -> list[bytes]:
        """See `BoardEndpoint.read`."""
        return [Path(path).read_bytes() for path in paths]

    def write(self, contents: Mapping[str, bytes], on_progress: OnProgress) -> None:
        """See `BoardEndpoint.write`. A file is the old one or the new one, never a part."""
        for path, data in contents.items():
            self.mkdirs(str(Path(path).parent))
            write(Path(path), data)

    def copy(self, path: str, target: str) -> None:
        """See `BoardEndpoint.copy`."""
        self.write({target: Path(path).read_bytes()}, lambda _: None)

    def mkdirs(self, path: str) -> None:
        """See `BoardEndpoint.mkdirs`."""
        try:
            Path(path).mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise NotADirectoryError(errno.ENOTDIR, "it is a file, and no directory", path) from None

    def check_inside(self, directory: str, paths: Sequence[str]) -> None:
        """See `BoardEndpoint.check_inside`."""
        check_inside(directory, paths)


#: A place with files.
Endpoint: TypeAlias = BoardEndpoint | HostEndpoint


def _raise(error: OSError) -> None:
    raise error
