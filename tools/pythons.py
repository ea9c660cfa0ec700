"""Pythons to run the tests with: this machine's own, else those of a newer Debian, unpacked in the cache.

A Python from the cache starts with the loader and the C library that came with it. So its environments have a
shell script where others have a link to the program; it names the loader, and Python takes its own place from
the script's. Nothing in such an environment may start the unpacked program directly, as `venv` would do: the
C library of an older system refuses it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.debian import Bundle
from tools.store import UnavailableError

#: Which suite of Debian has which Python. No suite has 3.12: it was never part of a release.
SUITES = {"3.11": "bookworm", "3.13": "trixie", "3.14": "forky", "3.15": "forky"}
LIBRARIES = ("libstdc++6",)  # what wheels take from the system


class NoPythonError(UnavailableError):
    """This machine has no such Python, and Debian has none either: nothing can be done about it here."""


@dataclass(frozen=True, slots=True)
class Python:
    """A Python that environments can be made of.

    Args:
        version: As in `3.14`.
        program: The program itself.
        loader: The words that start it, up to the program; none where the system can.
    """

    version: str
    program: Path
    loader: tuple[str, ...] = ()

    def make_environment(self, target: Path) -> Path:
        """Make an environment without packages, in place of what is there, and return its Python."""
        shutil.rmtree(target, ignore_errors=True)
        if self.loader:
            self._write_environment(target)
        else:
            command = [str(self.program), "-m", "venv", "--without-pip", str(target)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return target / "bin" / "python"

    def _write_environment(self, target: Path) -> None:
        (target / "bin").mkdir(parents=True)
        (target / "lib" / f"python{self.version}" / "site-packages").mkdir(parents=True)
        (target / "pyvenv.cfg").write_text(f"home = {self.program.parent}\nversion = {self.version}\n")
        loader, *options = self.loader
        words = shlex.join([*options, str(self.program)])
        python = target / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(loader)} --argv0 "$0" {words} "$@"\n')
        python.chmod(0o755)
        (target / "bin" / "python3").symlink_to("python")


def find(version: str) -> Python:
    """Return a Python of this version, fetched if need be.

    Args:
        version: As in `3.14`.

    Raises:
        NoPythonError: This machine has none, and no suite of Debian either.
        UnavailableError: It cannot be fetched.
    """
    for program in _candidates(f"python{version}"):
        if _version(program) == version:
            return Python(version, program)
    if version not in SUITES:
        raise NoPythonError(f"no python{version} on PATH or of pyenv, and Debian has none")
    bundle = Bundle(f"python{version}", (f"python{version}", *LIBRARIES), (SUITES[version],))
    *loader, unpacked = bundle.command(f"usr/bin/python{version}")
    return Python(version, Path(unpacked), tuple(loader))


def _candidates(name: str) -> list[Path]:
    """Return what may be a Python of this machine; pyenv's stand-ins on PATH refuse most versions."""
    path = [Path(entry) / name for entry in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [program for program in [*path, *pyenv.glob(f"versions/*/bin/{name}")] if program.is_file()]


def _version(program: Path) -> str:
    """Return the version that a Python tells, `` where it does not start or cannot make environments."""
    asks = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([program, "-c", asks], capture_output=True, text=True, check=False)
    return done.stdout.strip()
