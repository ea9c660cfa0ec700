"""Paths of files on a board as text: absolute, with single slashes, never above the root. Pure."""

from __future__ import annotations

import errno
import zlib

#: The end of the name of a file that is being written; listings leave such names out.
TEMPORARY = ".~iot"

#: bytes; a longer name is shortened before `TEMPORARY` is put behind it. The micro:bit allows 120 in all.
LONGEST_BASE = 100


def normal(path: str) -> str:
    """Returns an absolute path without empty parts, ``.`` and ``..``; the root's parent is the root.

    Raises:
        OSError: no board can have a file of this name.
    """
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    whole = "/" + "/".join(parts)
    _check(whole)
    return whole


def _check(path: str) -> None:
    if "\0" in path:
        raise OSError(errno.EINVAL, "a name cannot contain a NUL character", f":{path}")
    try:
        path.encode()
    except UnicodeEncodeError:
        name = path.encode(errors="backslashreplace").decode()
        raise OSError(errno.EILSEQ, "a name has to be Unicode text", f":{name}") from None


def parent(path: str) -> str:
    """Returns the directory that holds a normal path; the root holds itself."""
    return path.rpartition("/")[0] or "/"


def name_of(path: str) -> str:
    """Returns the last part of a normal path; empty for the root."""
    return path.rpartition("/")[2]


def joined(directory: str, name: str) -> str:
    """Puts a name behind a directory."""
    return f"{directory.rstrip('/')}/{name}"


def temporary(path: str) -> str:
    """Returns where the new content of a file is kept until it is known to be right: beside it."""
    directory, _, name = path.rpartition("/")
    data = name.encode()
    if len(data) > LONGEST_BASE:
        name = f"{data[: LONGEST_BASE - 8].decode(errors='ignore')}{zlib.crc32(data):08x}"
    return f"{directory}/{name}{TEMPORARY}"


def is_temporary(path: str) -> bool:
    """Whether a path is one that `temporary` returned."""
    return path.endswith(TEMPORARY)
