"""Finds modules of a program on this computer: beside the notebook, and among resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from iot_kernel.config import DeviceConfig
from iot_kernel.deployment.errors import DeployError
from iot_kernel.errors import ConfigError
from iot_kernel.sync.host import read_host
from iot_kernel.text import printable
from iot_kernel.ucore import installed

#: bytes of a module, and files of a package: more are no program for a board
LONGEST_MODULE = 1 << 20
MOST_FILES = 200

_LIBRARY = "lib"


@dataclass(frozen=True)
class Project:
    """What is on this computer for a board.

    Args:
        directory: of the notebook.
        config: the board's entry in a device file; None without one.
        platform: the board's ``sys.platform``.
        sources: takes where each file that was found is here, by its path in the program.
    """

    directory: Path
    config: DeviceConfig | None = None
    platform: str = ""
    sources: dict[str, Path] = field(default_factory=dict)

    def find(self, name: str) -> Mapping[str, bytes] | None:
        """The files of a module beside the notebook, or in ``lib`` there; None where it has none.

        Raises:
            DeployError: one cannot be read, or is too large.
        """
        for place in ("", _LIBRARY):
            start = self.directory / place
            module = start / f"{name}.py"
            if module.is_file():
                return self._read(start, place, [module])
            if (start / name).is_dir() and (files := _package(start / name)):
                return self._read(start, place, files)
        return None

    def find_elsewhere(self, name: str) -> Mapping[str, bytes] | None:
        """The files of a module among the resources of the device file, and of ``ucore``."""
        found: dict[str, bytes] = {}
        for start in ("/", "/lib/"):
            wanted = (f"{start}{name}.py", f"{start}{name}.mpy")
            for path, file in self._resources.items():
                if path in wanted or path.startswith(f"{start}{name}/"):
                    found[path[1:]] = file.data
                    self.sources[path[1:]] = file.source
        if not found and name == "ucore":
            found["lib/ucore.py"] = installed(self.platform)
        return found or None

    @cached_property
    def _resources(self) -> Mapping[str, _ResourceFile]:
        if self.config is None or not self.config.resources:
            return {}
        try:
            host, _ = read_host(self.config)
        except ConfigError as error:
            raise DeployError([str(error)]) from error
        return {path: _ResourceFile(file.source, file.data) for path, file in host.files.items()}

    def _read(self, start: Path, place: str, files: list[Path]) -> dict[str, bytes]:
        found = {}
        for file in files:
            path = "/".join([*([place] if place else []), *file.relative_to(start).parts])
            try:
                if file.stat().st_size > LONGEST_MODULE:
                    raise DeployError([f"{file} is too large for a module of a board"])
                found[path] = file.read_bytes()
            except OSError as error:
                raise DeployError([f"{file} cannot be read ({error.strerror})"]) from error
            self.sources[path] = file
        return found


@dataclass(frozen=True, slots=True)
class _ResourceFile:
    source: Path
    data: bytes


def _package(directory: Path) -> list[Path]:
    """The modules of a package.

    Raises:
        DeployError: there are more than any program for a board has.
    """
    files = list(_modules(directory))
    if len(files) > MOST_FILES:
        raise DeployError([f"{printable(str(directory), 300)} has more than {MOST_FILES} modules"])
    return files


def _modules(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.rglob("*.py")):
        inside = path.relative_to(directory).parts
        if all(part != "__pycache__" and not part.startswith(".") for part in inside):
            yield path
