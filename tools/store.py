"""The cache directory: everything fetched is built once, beside its final place, and then moved there.

A name either exists complete or not at all; two processes that want the same name build it once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class UnavailableError(Exception):
    """Something cannot be had here; the text says what, why and what to do."""


def root() -> Path:
    """Return the cache directory: `$IOT_KERNEL_CACHE`, else `iot-kernel` in the user's cache directory."""
    if chosen := os.environ.get("IOT_KERNEL_CACHE"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache").absolute() / "iot-kernel"


def obtain(name: str, build: Callable[[Path], None]) -> Path:
    """Return the directory `name` of the cache, building it first when it is missing.

    Args:
        name: Path below the cache; a new one for new content, nothing is ever rebuilt in place.
        build: Fills the directory it is given; that is moved afterwards, so no file may hold its path.

    Raises:
        UnavailableError: From `build`; nothing is left behind then.
    """
    target = root() / name
    if target.is_dir():
        return target
    with locked(name):
        if not target.is_dir():
            _build(target, build)
    return target


def write_program(name: str, text: str) -> Path:
    """Put an executable script at `bin/<name>` of the cache, replacing it in one step."""
    path = root() / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{name}-", delete=False) as file:
        file.write(text)
    fresh = Path(file.name)
    fresh.chmod(0o755)
    fresh.replace(path)
    return path


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of `name`; the system frees it when the process dies."""
    path = root() / "locks" / name.replace("/", "-")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(target: Path, build: Callable[[Path], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        build(fresh)
        fresh.chmod(0o755)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
