"""Small files, most for their owner only: read up to a limit, written beside the old one and renamed.

Kernels and scripts share them, in Jupyter's directories. What knows these is loaded when they are asked for.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from iot_kernel.errors import ConfigError

#: s that Windows is asked again to replace a file that somebody reads; small files are read in milliseconds.
_PATIENCE = 2.0 if os.name == "nt" else 0.0
_POLL = 0.01  # s between two times


def data_directory() -> Path:
    """What is kept for good: known boards, the files of virtual ones, compiled modules."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "iot-kernel"


def runtime_directory() -> Path:
    """What is of use only while this computer runs: who has which board."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir()) / "iot-kernel"


def private_directory(path: Path, advice: str) -> Path:
    """Makes a directory that only the owner may enter, with its parents, and returns it.

    Args:
        path: the directory; one that is there already keeps its mode.
        advice: what to do when it cannot be made or written, for the error.

    Raises:
        ConfigError: it cannot be made, or it cannot be written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(str(path), f"cannot make this directory ({error.strerror}); {advice}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(str(path), f"no right to write to this directory; {advice}")
    return path


def read_small(path: Path, limit: int, advice: str) -> bytes | None:
    """Returns the content of a file; None where there is none.

    Args:
        path: the file.
        limit: bytes; real ones are far below.
        advice: what to make of a larger one, for the error.

    Raises:
        ConfigError: it cannot be read, or it is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read ({error.strerror})") from error
    if len(data) > limit:
        raise ConfigError(str(path), f"is larger than {limit} bytes; {advice}")
    return data


def write_private(path: Path, text: str) -> None:
    """Replaces a file by ``text`` (UTF-8), mode 0600; see `write_whole`."""
    write_whole(path, text.encode(), mode=0o600)


def write_whole(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Replaces a file; readers see the old file or the new one, never a part.

    Args:
        path: the file, in a directory that is there.
        data: its content.
        mode: who may do what with it, less what the process's mask forbids.

    Raises:
        OSError: it could not be written; the old file is as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        _replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _replace(beside: Path, path: Path, *, patience: float = _PATIENCE) -> None:
    """Gives a file the name of another one; on Windows once nobody reads that."""
    end = time.monotonic() + patience
    while True:
        try:
            beside.replace(path)
        except PermissionError:
            if time.monotonic() >= end:
                raise
            time.sleep(_POLL)
        else:
            return
