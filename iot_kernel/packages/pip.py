"""Installs packages of PyPI into a directory whose files go to boards: calls pip, and keeps what is used.

Pip installs into a directory of its own beside the target, so that a failure or an interrupt changes nothing.
From there the files move to the target, without what only pip needs. Nothing else in the target is touched,
but files of an earlier version of the same package: which those are is noted in the target.
"""

from __future__ import annotations

import csv
import fnmatch
import json
import os
import posixpath
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from iot_kernel.packages.description import safe_path
from iot_kernel.packages.destinations import check_host_places
from iot_kernel.packages.errors import PackageError
from iot_kernel.private_files import write_whole
from iot_kernel.text import printable

#: What else pip is told; versions that do not know it yet take no notice.
ENVIRONMENT = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_INPUT": "1"}

RECORD = ".iot-kernel-pip.json"  # in the target: which files belong to which package

_METADATA = ("*.dist-info", "*.egg-info", "__pycache__")
_SCRIPTS = "bin"  # programs for this computer
_COMPILED = (".so", ".pyd", ".dylib")
_ERROR = re.compile(r"^ERROR: (.+)$", re.MULTILINE)
_NONE_FOUND = "No matching distribution"  # also what pip says in the end of an index that it has not reached
_UNREACHED = "after connection broken by"  # a warning, before each of its five other tries


@dataclass(slots=True)
class Delivered:
    """What arrived in the target directory.

    Attributes:
        names: files and directories at the top.
        removed: files of earlier versions.
        compiled: modules in machine code of this computer.
    """

    names: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    compiled: list[str] = field(default_factory=list)


def command(packages: Sequence[str], directory: Path, requirements: Sequence[str] = ()) -> list[str]:
    """The command that has pip install packages, without what they depend on, into a directory.

    Args:
        packages: names, with versions.
        directory: an empty one.
        requirements: files that list more of them.

    Raises:
        PackageError: this Python has no pip.
    """
    if find_spec("pip") is None:
        problem = (
            f"the kernel's Python ({sys.executable}) has none; '! {sys.executable} -m ensurepip' installs it"
        )
        raise PackageError("pip", problem)
    options = ["--target", str(directory), "--upgrade", "--no-deps", "--no-compile", "--progress-bar", "off"]
    options += [word for file in requirements for word in ("--requirement", file)]
    return [sys.executable, "-m", "pip", "install", *options, "--", *packages]


def is_unknown(output: str) -> bool:
    """Whether pip failed because the index does not have what it was asked for."""
    return _NONE_FOUND in output and _UNREACHED not in output


def failure(packages: Sequence[str], output: str) -> PackageError:
    """Why pip failed, in its own words, where they tell."""
    words = _ERROR.findall(output)
    if _UNREACHED in output and words and _NONE_FOUND in words[-1]:
        problem = "PyPI cannot be reached: is this computer on the network? (behind a proxy, set HTTPS_PROXY)"
        return PackageError(" ".join(packages), problem)
    return PackageError(" ".join(packages), printable(words[-1], 400) if words else "pip failed; see above")


def deliver(source: Path, target: Path, keep: Collection[Path] = ()) -> Delivered:
    """Moves what pip installed to the target directory.

    Args:
        source: where pip installed it, on the same file system.
        target: an existing directory.
        keep: files that no package replaces.

    Raises:
        PackageError: a file would take the place of a directory, or the other way round, or that of a file
            to keep; nothing has changed.
        OSError: a file cannot be moved.
    """
    files = sorted(_files(source))
    check_host_places(target, files, keep)
    noted, fresh = _load(target), dict(_projects(source))
    for path in files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).replace(target / path)
    kept = set(files).union(*(paths for name, paths in noted.items() if name not in fresh))
    stale = set[str]().union(*(noted.get(name, ()) for name in fresh)) - kept
    write_whole(target / RECORD, json.dumps(noted | fresh, indent=1, sort_keys=True).encode())
    return Delivered(
        sorted({path.split("/")[0] for path in files}),
        sorted(path for path in stale if _remove(target, path)),
        [path for path in files if path.endswith(_COMPILED)],
    )


def _files(source: Path) -> Iterator[str]:
    """What is worth keeping, relative to the top."""
    for directory, subdirectories, names in os.walk(source):
        relative = Path(directory).relative_to(source)
        skipped = {_SCRIPTS} if directory == str(source) else set()
        subdirectories[:] = [
            name for name in subdirectories if name not in skipped and not _is_metadata(name)
        ]
        yield from ((relative / name).as_posix() for name in names if not _is_metadata(name))


def _is_metadata(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _METADATA)


def _projects(source: Path) -> Iterator[tuple[str, list[str]]]:
    """The files of each project, as pip noted them."""
    for record in source.glob("*.dist-info/RECORD"):
        name = record.parent.name.partition("-")[0].lower()
        with record.open(encoding="utf-8", newline="") as file:
            paths = [safe_path(posixpath.normpath(row[0])) for row in csv.reader(file) if row]
        yield name, [path for path in paths if path and not any(map(_is_metadata, path.split("/")))]


def _load(target: Path) -> dict[str, list[str]]:
    """What belongs to which package; a note that cannot be read says nothing."""
    try:
        content = json.loads((target / RECORD).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    items = content.items() if isinstance(content, dict) else ()
    return {name: _paths(entries) for name, entries in items if isinstance(entries, list)}


def _paths(entries: list[object]) -> list[str]:
    return [path for entry in entries if (path := safe_path(entry)) is not None]


def _remove(target: Path, path: str) -> bool:
    """Removes a file, and the directories that are empty without it."""
    place = target / path
    try:
        if not place.resolve().is_relative_to(target.resolve()):
            return False
        place.unlink()
        for parent in place.relative_to(target).parents:
            if parent.parts:
                (target / parent).rmdir()
    except OSError:  # it is gone already, or its directory has other files
        pass
    return not place.exists()
