"""The checkout's own Python environment, `.venv`: made once, and again when what it is made from has changed.

`python3 -m tools.environment demo` installs what running needs, `... test` what the checks need besides. A
bare Python is enough: where it has no pip (Debian splits it off), pip's wheel comes from Debian's packages.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.debian import Bundle
from tools.store import UnavailableError, locked

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
GROUPS = {
    "demo": ["demo"],
    "test": ["demo", "test", "docs", "lint", "bench"],
}  # of dependencies in pyproject.toml
INSTALLED_FROM = (
    "pyproject.toml",
    "kernelspec",
    "tools/environment.py",
)  # a change in these calls for a new install

PIP = "pip>=25.1"  # the first that installs dependency groups
QUIETLY = ("--quiet", "--quiet", "--disable-pip-version-check")  # errors are still shown
PIP_WHEEL = Bundle("pip", ("python3-pip-whl", "ca-certificates"), ("trixie",), closed=False)
# Debian's pip looks for authorities at one place of the system, which is empty on a bare machine.
PIP_STARTER = """
import sys
from pip._vendor import certifi
certificates = sys.argv.pop(1)
certifi.where = lambda: certificates
from pip._internal.cli.main import main
sys.exit(main())
"""
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def prepare(purpose: str) -> None:
    """Make `.venv` fit for a purpose; a fraction of a second when it is already.

    Args:
        purpose: A key of `GROUPS`.

    Raises:
        UnavailableError: Python is too old, or something cannot be fetched.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise UnavailableError(f"Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer is needed")
    with locked("environment-" + _digest(str(ROOT).encode())):
        stamp = VENV / f"{purpose}.stamp"
        wanted = _fingerprint()
        if _read(stamp) == wanted:
            return
        sys.stderr.write(f"Setting up {VENV} (a minute or two the first time) ...\n")
        _create()
        _install(purpose)
        stamp.write_text(wanted)


def _create() -> None:
    """Make an empty environment with pip, unless there is one for this very Python and place."""
    origin = VENV / "origin.stamp"
    wanted = f"{VENV} {sys.version}"
    if _read(origin) == wanted:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    _run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], "Python makes no virtual environment")
    try:
        import ensurepip  # noqa: F401 - only to see whether it is there
    except ImportError:
        _pip_from_wheel()
    else:
        _run([str(PYTHON), "-m", "ensurepip"], "Python brings no working pip")
    origin.write_text(wanted)


def _pip_from_wheel() -> None:
    directory = PIP_WHEEL.obtain()
    wheel = next(directory.glob("usr/share/python-wheels/pip-*.whl"))
    certificates = SYSTEM_CERTIFICATES if SYSTEM_CERTIFICATES.exists() else _certificates(directory)
    command = [str(PYTHON), "-c", PIP_STARTER, str(certificates), "install", *QUIETLY, PIP]
    _run(command, f"{PIP} cannot be installed", {**os.environ, "PYTHONPATH": str(wheel)})


def _certificates(directory: Path) -> Path:
    """Return one file with the authorities of an unpacked `ca-certificates`."""
    bundle = VENV / "certificates.pem"
    parts = sorted(directory.glob("usr/share/ca-certificates/mozilla/*.crt"))
    bundle.write_text("".join(part.read_text() for part in parts))
    return bundle


def _install(purpose: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "install", *QUIETLY]
    groups = [word for group in GROUPS[purpose] for word in ("--group", f"{ROOT / 'pyproject.toml'}:{group}")]
    _run([*pip, "--upgrade", PIP], f"{PIP} cannot be installed")
    _run([*pip, "--editable", str(ROOT), *groups], "what the project depends on cannot be installed")


def _fingerprint() -> str:
    paths = [ROOT / name for name in INSTALLED_FROM]
    files = [
        file
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    ]
    content = b"".join(_digest(file.read_bytes()).encode() for file in files)
    return _digest(f"{VENV} {sys.version}".encode() + content)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _run(command: list[str], failure: str, environment: dict[str, str] | None = None) -> None:
    """Run a command; its own error output is shown as it comes."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment, check=False
    )
    if done.returncode != 0:
        raise UnavailableError(failure)


def main() -> int:
    """Prepare the environment for the purpose named on the command line."""
    parser = argparse.ArgumentParser(description="Set up the checkout's own Python environment in .venv.")
    parser.add_argument("purpose", choices=GROUPS)
    try:
        prepare(parser.parse_args().purpose)
    except UnavailableError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
