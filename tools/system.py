"""Packages that have to be installed on the system, which takes rights; what can run from the cache does."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence

from tools.store import UnavailableError, locked

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # not on every user's PATH
APT = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300")  # s; another apt may be at work


def install(programs: Sequence[str], packages: Sequence[str], purpose: str) -> None:
    """Make sure that programs are on PATH, by installing Debian's packages where they are not.

    Args:
        programs: what has to be there.
        packages: what brings them.
        purpose: what needs them, for people.

    Raises:
        UnavailableError: They are not there, and cannot be installed with the rights this process has.
    """
    with locked("system"):
        places = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
        if all(shutil.which(program, path=places) for program in programs):
            return
        if shutil.which("apt-get") is None:
            raise UnavailableError(f"{purpose} need {' and '.join(programs)} on PATH")
        prefix = as_root(
            f"{purpose} need {programs[0]}; install it: sudo apt-get install {' '.join(packages)}"
        )
        sys.stderr.write(f"Installing Debian's {packages[0]}: {purpose} need it ...\n")
        for command in (["update"], ["install", "--no-install-recommends", *packages]):
            _run([*prefix, *APT, *command])


def as_root(advice: str) -> list[str]:
    """Return the words before a command that has to run with root's rights.

    Args:
        advice: What to say when this process can have none.

    Raises:
        UnavailableError: It can have none.
    """
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    raise UnavailableError(advice)


def _run(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode != 0:
        raise UnavailableError(f"{shlex.join(command)} failed:\n{done.stderr.strip()}")
