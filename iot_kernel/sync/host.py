"""Reads what belongs on a board from this computer: the resources of a device file as one tree.

A resource that is missing or empty is noted and no error yet, and nothing is deleted on the board then. A
file that cannot be read is an error, since a file that is not seen would be deleted.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from iot_kernel.config import DeviceConfig, Resource
from iot_kernel.errors import ConfigError
from iot_kernel.files.paths import is_temporary, joined, name_of
from iot_kernel.sync.patterns import Excludes, Includes
from iot_kernel.sync.rules import Rules, all_above, is_hidden
from iot_kernel.sync.tree import HostFile, HostTree
from iot_kernel.text import byte_count, printable

#: bytes of all files together: more than a board holds, and not too much for this computer's memory.
LIMIT = 1 << 28

#: files among which a module is looked for
MOST_NAMES = 5000

#: Programs that the firmware starts by these names, as sources only.
_STARTED = frozenset({"boot.py", "main.py", "code.py"})

_CACHES = frozenset({"__pycache__"})


def read_host(config: DeviceConfig) -> tuple[HostTree, Rules]:
    """Reads everything that belongs on a board, and says what else may be there.

    Where two resources have a file for the same place, the later one wins.

    Raises:
        ConfigError: there are no resources, they contradict each other, or a file cannot be read.
    """
    if not config.resources:
        problem = f"'{config.name}' has no resources, so nothing is known to belong on it"
        raise ConfigError(str(config.file), problem, config.line)
    reading = _Reading(config)
    for resource in config.resources:
        reading.add(resource)
    return reading.tree(), reading.rules()


def find_module(config: DeviceConfig, name: str) -> Path | None:
    """Finds the file here of a module that belongs on a board; reads names only.

    Args:
        config: the board's entry in a device file.
        name: the module's; of a package, its own and none inside of it.

    Returns:
        None where no resource has it among the first `MOST_NAMES` files.

    Raises:
        ConfigError: a resource's patterns make no sense.
        OSError: a directory cannot be read.
    """
    inside = name.replace(".", "/")
    endings = tuple(f"/{inside}{ending}" for ending in (".py", ".mpy", "/__init__.py"))
    reading = _Reading(config)
    files = itertools.chain.from_iterable(reading.names(resource) for resource in config.resources)
    found = (source for path, source in itertools.islice(files, MOST_NAMES) if path.endswith(endings))
    return next(found, None)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    config: DeviceConfig
    files: dict[str, HostFile] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    mirrored: set[str] = field(default_factory=set)
    excludes: list[tuple[str, Excludes]] = field(default_factory=list)
    size: int = 0

    def tree(self) -> HostTree:
        """Puts together what was read."""
        directories = all_above(self.files) | all_above(self.directories) | self.directories
        for path in sorted(directories & self.files.keys()):
            file = self.files[path]
            problem = f"{printable(path)} would be a file ({file.source}) and a directory on the board"
            raise ConfigError(file.config, problem, file.line)
        return HostTree(
            {path: self.files[path] for path in sorted(self.files)},
            frozenset(self.directories),
            tuple(self.missing),
            str(self.config.file),
        )

    def rules(self) -> Rules:
        """Says what may be deleted."""
        everywhere = ("/", Excludes(self.config.exclude_patterns))
        return Rules(frozenset(self.mirrored), (everywhere, *self.excludes))

    def names(self, resource: Resource) -> Iterator[tuple[str, Path]]:
        """The files of one resource, by their places on the board."""
        mode = _mode(resource.source)
        place = _place(resource, is_directory=stat.S_ISDIR(mode))
        if stat.S_ISDIR(mode):
            excludes = Excludes(resource.exclude_patterns)
            yield from _Walk(resource.source, place, self._includes(resource), excludes)
        elif stat.S_ISREG(mode):
            yield place, resource.source

    def add(self, resource: Resource) -> None:
        """Reads one resource."""
        source = resource.source
        try:
            mode = _mode(source)
        except OSError as error:
            raise self._unreadable(resource, source, error) from error
        is_directory = stat.S_ISDIR(mode)
        if not is_directory and not stat.S_ISREG(mode):
            self._miss(resource, f"{source} is no file" if mode else f"there is no {source}")
            return
        place = _place(resource, is_directory=is_directory)
        self._check(resource, place)
        if resource.install_dir == self.config.install_dir:
            self.mirrored.add(resource.install_dir)
        if is_directory:
            self._add_directory(resource, place)
        else:
            self._add_file(resource, place, source)

    def _add_directory(self, resource: Resource, place: str) -> None:
        self.mirrored.add(place)
        excludes = Excludes(resource.exclude_patterns)
        if resource.exclude_patterns != self.config.exclude_patterns:
            self.excludes.append((place, excludes))
        walk = _Walk(resource.source, place, self._includes(resource), excludes)
        try:
            found = dict(walk)
        except OSError as error:
            raise self._unreadable(resource, Path(error.filename or resource.source), error) from error
        for path, source in found.items():
            self._add_file(resource, path, source, excludes)
        for source in walk.dangling:
            self._miss(resource, f"{source} is a link that leads nowhere")
        for path in walk.empty:
            self._check(resource, path)
            self.directories.add(path)
        if not found and not walk.dangling:
            why = "has no file that its patterns allow" if walk.has_names else "is empty"
            self._miss(resource, f"{resource.source} {why}")

    def _add_file(
        self, resource: Resource, path: str, source: Path, excludes: Excludes | None = None
    ) -> None:
        self._check(resource, path)
        try:
            self.size += source.stat().st_size
            if self.size > LIMIT:
                problem = f"the resources hold more than {byte_count(LIMIT)}, which no board has room for"
                raise ConfigError(str(self.config.file), problem, resource.line)
            data = source.read_bytes()
        except OSError as error:
            raise self._unreadable(resource, source, error) from error
        compile_to = _compiled(path, excludes) if resource.mpy else ""
        self.files[path] = HostFile(source, data, str(self.config.file), resource.line, compile_to)

    def _includes(self, resource: Resource) -> Includes:
        try:
            return Includes(resource.include_patterns)
        except ValueError as error:
            raise ConfigError(str(self.config.file), printable(str(error), 300), resource.line) from error

    def _check(self, resource: Resource, path: str) -> None:
        """Refuses a path that is left alone on every board."""
        if is_hidden(path):
            problem = "names that begin with a dot are neither copied nor deleted"
        elif is_temporary(path):
            problem = "names with this ending are kept for transfers"
        elif not _is_text(path):
            problem = "a name has to be Unicode text"
        else:
            return
        shown = path.encode(errors="backslashreplace").decode()
        raise ConfigError(str(self.config.file), f"{printable(shown, 300)}: {problem}", resource.line)

    def _miss(self, resource: Resource, why: str) -> None:
        where = f"{self.config.file.name}, line {resource.line}"
        self.missing.append(f"'{printable(resource.name)}' ({where}): {why}")

    def _unreadable(self, resource: Resource, source: Path, error: OSError) -> ConfigError:
        problem = f"'{printable(resource.name)}': {source} cannot be read ({error.strerror})"
        return ConfigError(str(self.config.file), problem, resource.line)


class _Walk:
    """Goes through a directory: gives the included files, by their places on the board.

    Args:
        source: the directory.
        place: where it is on the board.
        includes: what is copied ...
        excludes: ... and what is not.

    Attributes:
        has_names: whether anything was there, apart from what is never copied.
        dangling: links to nothing that would be included.
        empty: places of included directories in which nothing is.
    """

    def __init__(self, source: Path, place: str, includes: Includes, excludes: Excludes) -> None:
        self._source = source
        self._place = place
        self._includes = includes
        self._excludes = excludes
        self.has_names = False
        self.dangling: list[Path] = []
        self.empty: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        yield from self._below(self._source, "", frozenset())

    def _below(self, directory: Path, inside: str, outer: frozenset[str]) -> Iterator[tuple[str, Path]]:
        """Goes through what is in a directory.

        Args:
            directory: on the host.
            inside: its path relative to the resource, with a slash behind; empty for the resource itself.
            outer: the real paths of the directories around it, to which a link may lead back.
        """
        real = os.path.realpath(directory)
        if real in outer:
            return
        names = [name for name in sorted(os.listdir(directory)) if not _is_ours(name)]  # noqa: PTH208  names only
        self.has_names = self.has_names or bool(names)
        if not names and inside and self._includes.has_directory(inside[:-1]):
            self.empty.append(joined(self._place, inside[:-1]))
        for name in names:
            source, path = directory / name, inside + name
            if self._excludes.covers(joined(self._place, path)):
                continue
            mode = _mode(source)
            if stat.S_ISDIR(mode):
                yield from self._below(source, f"{path}/", outer | {real})
            elif self._includes.has_file(path):
                if stat.S_ISREG(mode):
                    yield joined(self._place, path), source
                elif not mode and source.is_symlink():
                    self.dangling.append(source)


def _mode(path: Path) -> int:
    """What is there, links followed; 0 where nothing is."""
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return 0
        raise


def _is_ours(name: str) -> bool:
    """Whether a name is one that is never copied to a board."""
    return name.startswith(".") or name in _CACHES or is_temporary(name)


def _place(resource: Resource, *, is_directory: bool) -> str:
    """Where a resource goes: with its whole name, unless it is unpacked."""
    unpack = resource.unpack
    if unpack is None:
        unpack = is_directory and not (resource.source / "__init__.py").is_file()
    if not unpack:
        return joined(resource.install_dir, resource.name)
    return resource.install_dir if is_directory else joined(resource.install_dir, name_of(resource.name))


def _compiled(path: str, excludes: Excludes | None) -> str:
    """Where a module goes when it is compiled; empty for what stays as it is."""
    compiled = path.removesuffix(".py") + ".mpy"
    if not path.endswith(".py") or name_of(path) in _STARTED:
        return ""
    return "" if excludes is not None and excludes.covers(compiled) else compiled


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
