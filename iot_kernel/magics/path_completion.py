"""Completes paths in the arguments of magics: of a board, of this computer. Reads directories, not files."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from iot_kernel.boards.live_names import LiveNames, NamedBoard
from iot_kernel.magics.kinds import Takes
from iot_kernel.syntax.words import Word, expanded, is_on_board
from ukernel.directories import Places

#: entries of a directory of this computer that are looked at; whoever has more knows what to type
MOST_ENTRIES = 20_000

BOARD_KINDS = frozenset({Takes.BOARD_PATH, Takes.BOARD_DIRECTORY})
PATH_KINDS = BOARD_KINDS | {
    *(Takes.HOST_PATH, Takes.HOST_DIRECTORY, Takes.EITHER_PATH),
    *(Takes.PROJECT_DIRECTORY, Takes.TARGET_DIRECTORY),
}
_WITH_COLON = frozenset({*BOARD_KINDS, Takes.EITHER_PATH, Takes.TARGET_DIRECTORY})
_IN_PROJECTS = frozenset({Takes.PROJECT_DIRECTORY, Takes.TARGET_DIRECTORY})
_DIRECTORIES = frozenset({Takes.BOARD_DIRECTORY, Takes.HOST_DIRECTORY, *_IN_PROJECTS})
_SEPARATORS = "/" if os.sep == "/" else "/\\"


def split_path(takes: Takes, value: Word) -> int:
    """Where the last part of a path begins: what is completed."""
    separators = "/" if is_of_board(takes, value) else _SEPARATORS
    return max(int(has_colon(takes, value)), *(value.rfind(mark) + 1 for mark in separators))


def has_colon(takes: Takes, value: Word) -> bool:
    """Whether a path begins with a colon that means the board."""
    return takes in _WITH_COLON and is_on_board(value)


def is_of_board(takes: Takes, value: Word) -> bool:
    """Whether a path is one of the board."""
    return takes in BOARD_KINDS or has_colon(takes, value)


def file_names(takes: Takes, value: Word, names: LiveNames, board: NamedBoard | None) -> Sequence[str]:
    """Returns what may stand in the place of a path's last part; a slash stands behind directories.

    Args:
        takes: one of `PATH_KINDS`.
        value: the path, as far as it is typed.
        names: what is known of the board's directories.
        board: the current one.
    """
    at = split_path(takes, value)
    prefix = str(value[at:])
    if is_of_board(takes, value):
        directory = _normal(value[int(has_colon(takes, value)) : at])
        asked = None if board is None else names.files(board, directory, prefix)
        found: Sequence[str] = () if asked is None else asked.names
    elif value == "~":
        return ["~/"]
    else:
        found = _on_host(_host_directory(takes, value[:at]), prefix)
    fitting = [name for name in found if name.endswith("/") or takes not in _DIRECTORIES]
    shown = [name for name in fitting if prefix.startswith(".") or not name.startswith(".")]
    return sorted(shown, key=lambda name: (name.lower(), name))


def _normal(directory: str) -> str:
    """A directory of the board: empty for the current one."""
    parts = [part for part in directory.split("/") if part not in ("", ".")]
    return "/" * directory.startswith("/") + "/".join(parts)


def _host_directory(takes: Takes, directory: Word) -> Path | None:
    with suppress(FileNotFoundError):  # there is no such user
        if takes in _IN_PROJECTS:
            places = Places.from_environment(os.environ)
            return places.projects / expanded(directory, places.variables(os.environ))
        return Path(expanded(directory))
    return None


def _on_host(directory: Path | None, prefix: str) -> Sequence[str]:
    if directory is None:
        return ()
    with suppress(OSError, ValueError), os.scandir(directory) as entries:
        return [
            f"{entry.name}/" if entry.is_dir() else entry.name
            for entry in itertools.islice(entries, MOST_ENTRIES)
            if entry.name.startswith(prefix) and entry.name.isprintable()
        ]
    return ()
