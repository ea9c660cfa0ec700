"""Compiles modules for one board, and keeps what was compiled by the digest of all that it depends on."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from iot_kernel.packages.mpy import fits
from iot_kernel.private_files import write_whole
from iot_kernel.sync.compilers import Compiler, ImportFormat
from iot_kernel.sync.errors import CompileError
from iot_kernel.sync.tree import HostFile

#: How many compiled modules are kept; some KB each.
KEPT = 2000

COMPILE_TIMEOUT = 60.0  # s; a module of 1 MB takes one

#: Bytes of a name that any compiler takes.
_LONGEST_NAME = 200

_MACHINE_CODE = re.compile(rb"@micropython\.(?:native|viper|asm_\w+)")
_LINE = re.compile(r"line (\d+)")

#: Names of the architectures for machine code, by number.
_ARCHITECTURES = (
    "",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
)


class Modules:
    """Compiles modules for one board. The constructor touches nothing.

    Args:
        compiler: which `choose` returned for the board.
        wanted: what the board imports.
        kept: the directory for what was compiled.
    """

    def __init__(self, compiler: Compiler, wanted: ImportFormat, kept: Path) -> None:
        self._compiler = compiler
        self._mpy = wanted.mpy or 0
        self._kept = kept

    def compile(self, file: HostFile, path: str) -> bytes:
        """Returns the compiled form of a file.

        Args:
            file: the module.
            path: on the board; tracebacks show it.

        Raises:
            CompileError: there is a mistake in it, or the board could not import what came out.
        """
        options = [*self._machine(file.data), "-s", _name(path)]
        key = self._key(file.data, options)
        data = self._look_up(key)
        if data is None:
            data = self._run(file, options)
            self._check(file, data)
            self._keep(key, data)
        return data

    def _machine(self, source: bytes) -> list[str]:
        """The option for machine code, where there is some: others need none, and are the same everywhere."""
        number = self._mpy >> 10 & 0xF
        if not number or number >= len(_ARCHITECTURES) or not _MACHINE_CODE.search(source):
            return []
        return [f"-march={_ARCHITECTURES[number]}"]

    def _run(self, file: HostFile, options: list[str]) -> bytes:
        with TemporaryDirectory() as directory:
            source, result = Path(directory, "module.py"), Path(directory, "module.mpy")
            source.write_bytes(file.data)
            try:
                done = subprocess.run(
                    [self._compiler.program, *options, "-o", result, source],
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=COMPILE_TIMEOUT,
                    check=False,
                )
                if done.returncode == 0:
                    return result.read_bytes()
            except (OSError, subprocess.TimeoutExpired) as error:
                raise CompileError(str(file.source), f"{self._compiler.program} failed: {error}") from error
        said = (done.stderr or done.stdout).strip() or f"mpy-cross ended with status {done.returncode}"
        line = _LINE.search(said)
        raise CompileError(str(file.source), said.splitlines()[-1], int(line[1]) if line else None)

    def _is_right(self, data: bytes) -> bool:
        """Whether the board can import a compiled module."""
        letter = b"C" if self._compiler.is_circuitpython else b"M"
        return len(data) > 3 and data[:1] == letter and fits(data[1] | (data[2] & 0x3F) << 8, self._mpy)

    def _check(self, file: HostFile, data: bytes) -> None:
        if not self._is_right(data):
            problem = (
                "compiled to machine code that this board cannot run, because its firmware is of another "
                f"version than mpy-cross ({self._compiler.says}); give the file 'mpy: false'"
            )
            raise CompileError(str(file.source), problem)

    # What is kept

    def _key(self, source: bytes, options: list[str]) -> str:
        parts = (self._compiler.says.encode(), "\0".join(options).encode(errors="surrogateescape"), source)
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _look_up(self, key: str) -> bytes | None:
        path = self._kept / f"{key}.mpy"
        with suppress(OSError):  # then it is compiled
            data = path.read_bytes()
            os.utime(path)
            return data if self._is_right(data) else None
        return None

    def _keep(self, key: str, data: bytes) -> None:
        """Keeps a module, and forgets those that were not used for the longest time."""
        with suppress(OSError):  # then it is compiled again the next time
            self._kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._kept / f"{key}.mpy", data)
            kept = list(self._kept.glob("*.mpy"))
            if len(kept) > KEPT:
                for old in sorted(kept, key=lambda path: path.stat().st_mtime)[:-KEPT]:
                    old.unlink()


def _name(path: str) -> str:
    """How a module is called in tracebacks: as the board calls its source."""
    name = path.lstrip("/")
    return name if len(name.encode()) <= _LONGEST_NAME else "module.py"
