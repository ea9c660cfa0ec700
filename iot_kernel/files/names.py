"""Checks names of files that a board tells: for a listing, and for paths on this computer. Pure.

A board that is damaged, or means harm, may tell any name. In a listing a name is one part of a path, and
whatever else MicroPython allows (blanks, quotes, control characters, colons, backslashes). What is written on
this computer is one part of a path on every computer: a separator of one is a plain character for another.
"""

from __future__ import annotations

import errno
import os
import re

#: bytes of one name: file systems of boards end at 255 characters, and no character has more than four bytes.
LONGEST_NAME = 4 * 255

#: Separators, and what marks a drive or a stream of a file: on this platform or on another.
_SEPARATORS = re.compile(r"[/\\:\0]")

#: What Windows refuses, or takes for something else: a console, a printer, the same name without its end.
_NOT_ON_WINDOWS = re.compile(
    r'.*[<>"|?*\x01-\x1f].*|.*[. ]|(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\..*)?',
    re.IGNORECASE | re.DOTALL,
)


def entry(name: bytes, directory: str) -> str:
    """Returns a name that a board tells as an entry of a directory.

    Args:
        name: as the board says it.
        directory: whose entry it is, for errors.

    Raises:
        OSError: it is no name, but a path, a directory's own name, no text, ...
    """
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = ""
    if text in {"", ".", ".."} or "/" in text or "\0" in text or len(name) > LONGEST_NAME:
        what = (
            f"the board lists {_shown(name)} there, which is no name of a file; its file system is damaged, "
            "or a program on the board means harm"
        )
        raise OSError(errno.EINVAL, what, f":{directory}")
    return text


def check_for_host(path: str, shown: str, *, windows: bool = os.name == "nt") -> None:
    """Makes sure that each part of a path that a board told is one part of a path on this computer.

    Args:
        path: relative, with slashes between its parts.
        shown: what errors call it.
        windows: whether this computer runs Windows, which holds fewer names.

    Raises:
        OSError: a part is none.
    """
    for part in path.split("/"):
        if (
            part in {"", ".", ".."}
            or _SEPARATORS.search(part)
            or (windows and _NOT_ON_WINDOWS.fullmatch(part))
        ):
            what = "a file with this name is not safe on this computer; copy it alone, under another name"
            raise OSError(errno.EINVAL, what, shown)


def _shown(name: bytes) -> str:
    text = repr(name[: LONGEST_NAME + 1])[1:]
    return text if len(name) <= LONGEST_NAME else f"{text[:60]}… ({len(name)} bytes)"
