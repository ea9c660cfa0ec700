"""What belongs on a board: files with their contents, by the places they go to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from iot_kernel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file of this computer that belongs on a board.

    Args:
        source: where it is here.
        data: its content.
        config: the device file that wants it, ...
        line: ... and where it says so.
        compile_to: where on the board it goes when it is compiled; empty for what is not to be.
        hidden_by: a path on the board that has to be empty, because its file would be used instead.
    """

    source: Path
    data: bytes
    config: str = ""
    line: int | None = None
    compile_to: str = ""
    hidden_by: str = ""


@dataclass(frozen=True, slots=True)
class HostTree:
    """Everything that belongs on a board.

    Args:
        files: by absolute path on the board, sorted.
        directories: that are to be there although nothing is in them.
        missing: what the device file names and is not there, or has nothing in it; one sentence each.
        config: the device file.
    """

    files: Mapping[str, HostFile]
    directories: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    config: str = ""

    @property
    def sizes(self) -> frozenset[int]:
        """The sizes of the files."""
        return frozenset(len(file.data) for file in self.files.values())

    @property
    def has_modules(self) -> bool:
        """Whether something is to be compiled."""
        return any(file.compile_to for file in self.files.values())

    def compiled(self, compile_module: Callable[[HostFile, str], bytes]) -> HostTree:
        """Returns the tree with compiled modules in place of those that are to be.

        Args:
            compile_module: takes a file and its path on the board, and returns what goes there instead.

        Raises:
            ConfigError: a compiled module is there already.
        """
        files: dict[str, HostFile] = {}
        for path, file in self.files.items():
            goes_to = file.compile_to or path
            if file.compile_to and file.compile_to in self.files:
                other = self.files[file.compile_to].source
                problem = f"{file.source} is compiled to {file.compile_to}, and {other} goes there too"
                raise ConfigError(file.config, problem, file.line)
            if file.compile_to:
                data = compile_module(file, path)
                files[goes_to] = replace(file, data=data, compile_to="", hidden_by=path)
            else:
                files[goes_to] = file
        return replace(self, files={path: files[path] for path in sorted(files)})
