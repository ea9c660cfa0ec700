"""Programs from PyPI that are no dependency of anything here: each in a directory of its own in the cache."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from tools.store import UnavailableError, obtain


def fetch(package: str) -> Path:
    """Return a directory with a package and all that it needs, for the path of the Python that runs.

    Args:
        package: A name and its exact version, as in `amqtt==0.12.1`.

    Raises:
        UnavailableError: pip cannot fetch it.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return obtain(f"pypi/{package}-py{version}", partial(_install, package))


def _install(package: str, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
    done = subprocess.run(
        [*pip, "--target", str(target), package],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise UnavailableError(f"pip cannot fetch {package}:\n{done.stderr.strip() or done.stdout.strip()}")
