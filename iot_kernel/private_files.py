"""Small files that only their owner may read, always whole: written beside and renamed, never in place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from iot_kernel.errors import ConfigError


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


def write_private(path: Path, text: str) -> None:
    """Replaces a file by ``text`` (UTF-8), mode 0600; readers see the old file or the new one, never a part.

    Raises:
        OSError: it could not be written; the old file is as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
