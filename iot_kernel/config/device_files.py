"""Device files: YAML that gives boards names and says which files belong on them.

The values are taken from the parsed nodes, never from YAML's guesses about types: a uid such as
``24:10:03:12:45:12`` would be a number to base 60. Nothing is constructed, so a tag cannot run anything.
Every complaint carries the file and the line.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import yaml

from iot_kernel.config.nodes import NodeReader, Settings
from iot_kernel.text import printable
from iot_kernel.urls import is_url, normalise_uid

DEFAULT_INCLUDE = ("./**/*.py", "./**/*.mpy", "./**/")
DEFAULT_EXCLUDE = ("boot_out.txt",)

_DRIVE = re.compile("[A-Za-z]:")  # of Windows, where it leaves the directory before it

_SHARED_KEYS = ("path", "install-dir", "include-patterns", "exclude-patterns", "mpy")
_DEVICE_KEYS = ("uid", *_SHARED_KEYS, "resources")
_RESOURCE_KEYS = (*_SHARED_KEYS, "unpack")


@dataclass(frozen=True, slots=True)
class Resource:
    """Files that belong on a board.

    Attributes:
        name: a file or directory below ``path``, in POSIX form.
        path: the directory on the host, absolute.
        install_dir: the directory on the board, absolute.
        unpack: copy a directory's contents (True) or the directory itself (False); None decides by the
            directory: itself when it is a package, its contents otherwise.
        include_patterns: globs, relative to the directory; they say nothing about a single file.
        exclude_patterns: what is neither copied nor deleted on the board.
        line: where it stands in the device file.
        mpy: compile modules.
    """

    name: str
    path: Path
    install_dir: str
    unpack: bool | None
    include_patterns: tuple[str, ...]
    exclude_patterns: tuple[str, ...]
    line: int = 0
    mpy: bool = False

    @property
    def source(self) -> Path:
        """The file or directory on the host."""
        return self.path / self.name


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One device of a device file.

    Attributes:
        name: what the user calls it.
        uid: the board's uid in normal form.
        file: the device file.
        line: where the device starts there.
        install_dir: the directory on the board that its resources are copied to.
        exclude_patterns: see `Resource`.
        resources: in the order of the file.
    """

    name: str
    uid: str
    file: Path
    line: int
    install_dir: str = "/"
    exclude_patterns: tuple[str, ...] = DEFAULT_EXCLUDE
    resources: tuple[Resource, ...] = ()


def read_device_file(
    file: Path, locate: Callable[[str], Path], data: bytes | None = None
) -> list[DeviceConfig]:
    """Reads one device file.

    Args:
        file: the file; an empty one has no devices.
        locate: makes a path as the user wrote it absolute.
        data: what is in the file, where it has been read.

    Raises:
        ConfigError: with file and line.
    """
    reader = NodeReader(file, locate)
    root = reader.root(data)
    if root is None:
        return []
    return [_device(reader, name, value) for name, value in reader.pairs(root, "device names")]


def _device(reader: NodeReader, key: yaml.ScalarNode, value: yaml.Node) -> DeviceConfig:
    name = key.value
    _check_name(reader, key)
    settings = reader.settings(value, f"the settings of '{name}'", _DEVICE_KEYS)
    uid_node = settings.get("uid")
    if uid_node is None:
        raise reader.error(key, f"device '{name}' has no uid (it is the key, '%discover -v' shows it)")
    uid = normalise_uid(reader.text(uid_node, "uid"))
    if uid is None:
        raise reader.error(uid_node, "a uid is hexadecimal bytes joined by colons, such as 30:ae:a4:30:84:34")
    shared = _Shared.read(reader, settings, _Shared(reader.locate("")))
    resources = tuple(_resources(reader, settings, shared))
    where = (reader.file, reader.line(key))
    return DeviceConfig(name, uid, *where, shared.install_dir, shared.exclude_patterns, resources)


def _check_name(reader: NodeReader, key: yaml.ScalarNode) -> None:
    name = key.value
    if not name or not name.isprintable() or name != name.strip():
        raise reader.error(key, f"'{printable(name)}' cannot be the name of a device")
    if is_url(name) or ":" in name:
        raise reader.error(key, f"'{printable(name)}' looks like an address or a uid; a name must not")
    if name.startswith("-"):
        raise reader.error(key, f"'{printable(name)}' looks like an option; a name must not")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a device says for all its resources, and each resource may say again."""

    path: Path
    install_dir: str = "/"
    include_patterns: tuple[str, ...] = DEFAULT_INCLUDE
    exclude_patterns: tuple[str, ...] = DEFAULT_EXCLUDE
    mpy: bool = False

    @classmethod
    def read(cls, reader: NodeReader, settings: Settings, default: _Shared) -> _Shared:
        path, install = settings.get("path"), settings.get("install-dir")
        include, exclude = settings.get("include-patterns"), settings.get("exclude-patterns")
        mpy = reader.truth(settings.get("mpy"), "mpy")
        return cls(
            default.path if path is None else reader.locate(reader.text(path, "path")),
            default.install_dir if install is None else _install_dir(reader, install),
            default.include_patterns if include is None else _patterns(reader, include, "include-patterns"),
            default.exclude_patterns if exclude is None else _patterns(reader, exclude, "exclude-patterns"),
            default.mpy if mpy is None else mpy,
        )


def board_directory(text: str) -> str:
    """Gives a directory on a board in absolute form: ``lib/`` is ``/lib``."""
    return posixpath.normpath("/" + text.strip("/"))


def _patterns(reader: NodeReader, node: yaml.Node, what: str) -> tuple[str, ...]:
    texts = reader.texts(node, what)
    for text in texts:
        _check_slashes(reader, node, text)
    return texts


def _check_slashes(reader: NodeReader, node: yaml.Node, text: str) -> None:
    """Refuses backslashes, so that a device file means the same on each computer."""
    if "\\" in text:
        written = printable(text.replace("\\", "/"))
        raise reader.error(node, f"'{printable(text)}': write '{written}', with slashes, also on Windows")


def _install_dir(reader: NodeReader, node: yaml.Node) -> str:
    text = reader.text(node, "install-dir")
    _check_slashes(reader, node, text)
    if ".." in PurePosixPath(text).parts:
        raise reader.error(node, f"'{printable(text)}': a directory on the board is named without '..'")
    return board_directory(text)


def _resources(reader: NodeReader, settings: Settings, shared: _Shared) -> Iterator[Resource]:
    node = settings.get("resources")
    if node is None:
        return
    for item in reader.items(node, "resources"):
        if isinstance(item, yaml.ScalarNode):
            yield _resource(reader, item, None, shared)
            continue
        pairs = reader.pairs(item, "a resource's name")
        if len(pairs) != 1:
            raise reader.error(
                item, "each entry of 'resources' is one file or directory; start the next with '- '"
            )
        yield _resource(reader, *pairs[0], shared)


def _resource(reader: NodeReader, key: yaml.ScalarNode, value: yaml.Node | None, shared: _Shared) -> Resource:
    name = reader.text(key, "a resource's name")
    _check_slashes(reader, key, name)
    parts = PurePosixPath(name).parts
    if not parts or name.startswith(("/", "~")) or ".." in parts or _DRIVE.match(name):
        raise reader.error(key, f"'{printable(name)}': a resource is named relative to 'path', without '..'")
    unpack = None
    if isinstance(value, yaml.ScalarNode) and not reader.is_null(value):
        shared = replace(shared, install_dir=_install_dir(reader, value))
    elif value is not None:
        settings = reader.settings(value, f"the settings of '{printable(name)}'", _RESOURCE_KEYS)
        shared = _Shared.read(reader, settings, shared)
        unpack = reader.truth(settings.get("unpack"), "unpack")
    return Resource(
        str(PurePosixPath(name)),
        shared.path,
        shared.install_dir,
        unpack,
        shared.include_patterns,
        shared.exclude_patterns,
        reader.line(key),
        shared.mpy,
    )
