"""The arguments that %pip and %upip share: what is to be done, and where to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from iot_kernel.errors import UsageError
from iot_kernel.syntax.words import expanded
from iot_kernel.text import printable
from ukernel.directories import Places

_BOARD_DIRECTORIES = ("/", "/lib", "/flash", "/flash/lib", "/sd", "/sd/lib")


def checked_operation(magic: str, text: str, instead: Mapping[str, str]) -> str:
    """Reads what is to be done: ``install``.

    Args:
        magic: which says so.
        text: the user's word.
        instead: what to do instead, for words that other installers know.

    Raises:
        UsageError: it is something else.
    """
    if text == "install":
        return text
    hint = instead.get(text) or f"did you mean '{magic} install {printable(text)}'?"
    raise UsageError(f"{magic} only installs; {hint}")


def host_directory(places: Places, text: str) -> Path:
    """The directory of this computer that somebody means by ``-t``.

    Raises:
        UsageError: it looks like one of the board.
    """
    path = Path(os.path.normpath(places.projects / expanded(text, places.variables(os.environ))))
    if str(path) in _BOARD_DIRECTORIES:
        raise UsageError(f"-t {text} would be a directory of this computer; -t :{text} is one of the board")
    return path
