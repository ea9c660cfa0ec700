"""Files of this computer for copies: sizes, whole contents, and nothing outside of the target directory."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from iot_kernel.files.paths import TEMPORARY
from iot_kernel.syntax.words import expanded
from iot_kernel.text import SHOWN_PATH, printable

#: What stands for the bytes of a directory.
DIRECTORY = -1


def host_path(text: str) -> Path:
    """The path on the host that a user means, with ``~`` and ``$VAR`` expanded unless they are protected.

    Raises:
        FileNotFoundError: there is no such user.
    """
    return Path(expanded(text))


def check_inside(directory: str, paths: Sequence[str]) -> None:
    """Makes sure that what is written below a directory stays there, wherever links in it lead.

    Args:
        directory: which may be a link itself, and need not exist.
        paths: in it, or its own.

    Raises:
        PermissionError: a link leads out of it.
    """
    real = os.path.realpath(directory)
    for path in paths:
        where = os.path.realpath(path)
        if path != directory and not Path(where).is_relative_to(real):
            shown = printable(where, SHOWN_PATH)
            what = f"a link there leads out of '{directory}', to '{shown}', where nothing is written"
            raise PermissionError(errno.EPERM, what, path)


def size(path: Path) -> int | None:
    """Returns the bytes of a file, `DIRECTORY`, or None where there is nothing."""
    try:
        return DIRECTORY if path.is_dir() else path.stat().st_size
    except FileNotFoundError:
        return None


def file_size(path: Path) -> int:
    """Returns the bytes of what was found in a directory to copy.

    Raises:
        OSError: it is no file, and reading it might never end.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        what = "it is a link to something that is not there"
        raise FileNotFoundError(errno.ENOENT, what, str(path)) from None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is neither a file nor a directory", str(path))
    return found.st_size


def write(path: Path, data: bytes) -> None:
    """Writes a file, as a whole or not at all, with the rights of the one before.

    Raises:
        OSError: about this file, whatever it is called on the way.
    """
    try:
        _replace(path.resolve(), data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _replace(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(data)  # a device, or an error
        return
    temporary = path.with_name(f"{path.name[:200]}{TEMPORARY}")
    temporary.unlink(missing_ok=True)  # from a copy that broke off; or a link, which must not be followed
    try:
        with temporary.open("xb") as file:
            file.write(data)
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):  # it may not exist yet
            temporary.unlink()
        raise
