"""Chromium and its driver for the browser tests: the machine's own, or installed from Debian's packages.

Unlike a board, a browser needs its package installed (helper programs, fonts, a sandbox), which takes rights.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys

from tools.store import UnavailableError, locked

PROGRAMS = ("chromium", "chromedriver")
APT = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300")  # s; another apt may be at work
PACKAGES = ("chromium", "chromium-driver")


def obtain() -> None:
    """Make sure that `chromium` and `chromedriver` are on PATH.

    Raises:
        UnavailableError: They are not, and cannot be installed with the rights this process has.
    """
    with locked("browser"):
        if all(map(shutil.which, PROGRAMS)):
            return
        prefix = _rights()
        sys.stderr.write("Installing Debian's chromium for the browser tests ...\n")
        for command in (["update"], ["install", "--no-install-recommends", *PACKAGES]):
            _run([*prefix, *APT, *command])


def _rights() -> list[str]:
    """Return the words before a command that let it install packages."""
    if shutil.which("apt-get") is None:
        raise UnavailableError(f"the browser tests need {' and '.join(PROGRAMS)} on PATH")
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    raise UnavailableError(
        f"the browser tests need chromium; install it: sudo apt-get install {' '.join(PACKAGES)}"
    )


def _run(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode != 0:
        raise UnavailableError(f"{shlex.join(command)} failed:\n{done.stderr.strip()}")


if __name__ == "__main__":
    try:
        obtain()
    except UnavailableError as error:
        sys.exit(f"error: {error}")
