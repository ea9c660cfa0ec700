"""Rows and lines of text about a board's files: those of %rlist and %ls, and about its disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from iot_kernel.files.paths import name_of, parent
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.files.tree import RemoteFile, Space, Tree
from iot_kernel.magics import colours
from iot_kernel.magics.tables import Cell, Column, Note, Table, TableRow, row
from iot_kernel.text import byte_count, printable

_COLUMNS = (
    Column("bytes", width=7, is_number=True),
    Column("changed", width=18, gap=1, is_short=True),
    Column("name"),
)
_INDENT = 4  # blanks a level of directories

#: characters; the longest name that file systems of boards allow.
_NAME_LIMIT = 255

#: file systems that are asked how much is free; boards have five at most.
_MOST_MOUNTS = 16

#: names in the line about files that cannot be listed.
_MOST_UNLISTED = 5

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def listing(rows: Sequence[TableRow]) -> Table:
    """Returns the table of some `rows`."""
    return Table(_COLUMNS, rows)


def rows(tree: Tree, root: str, *, everything: bool = False, only: str = "") -> list[TableRow]:
    """Returns one row a file and directory, sorted by name, what is in a directory indented below it.

    Args:
        tree: what there is.
        root: the directory whose files are not indented.
        everything: lists names that begin with a dot, too.
        only: the one name to list in the root; empty for all.
    """
    inside: dict[str, list[str]] = {}
    for path in (*tree.files, *tree.directories):
        inside.setdefault(parent(path), []).append(path)
    found: list[TableRow] = []
    waiting = [(path, 0) for path in sorted(inside.get(root, []), reverse=True)]
    while waiting:
        path, depth = waiting.pop()
        name = name_of(path)
        if only not in {"", name} or (name.startswith(".") and not (everything or only)):
            continue
        file = tree.files.get(path)
        found.append(_directory(name, depth) if file is None else _file(file, depth))
        waiting += [(inner, depth + 1) for inner in sorted(inside.get(path, []), reverse=True)]
    return found


def _directory(name: str, depth: int) -> TableRow:
    return row("", "", Cell(f"{printable(name, _NAME_LIMIT)}/", colours.directory, _INDENT * depth))


def _file(file: RemoteFile, depth: int) -> TableRow:
    name = printable(name_of(file.path), _NAME_LIMIT)
    return row(f"{file.size}", _time(file.modified), Cell(name, colours.file, _INDENT * depth))


def _time(seconds: int | None) -> str:
    """Writes a time as the board's clock says it, in English whatever the language of this computer is."""
    if seconds is None:
        return ""
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{_MONTHS[when.month - 1]} {when:%d %H:%M} {when.year}"


def disk_line(files: RemoteFiles) -> str:
    """Returns how much of a board's disk is free; empty where the firmware cannot tell, or has no disk."""
    space = files.space()
    return disk(space) if space is not None else ""


def shadows_line(paths: Sequence[str]) -> str:
    """Names files that a board imports in place of its firmware's modules; empty without any."""
    shown = ", ".join(f":{printable(path, _NAME_LIMIT)}" for path in paths)
    return f"{shown} (imported instead of the firmware's modules)" if shown else ""


def unlisted_line(tree: Tree) -> str:
    """Names files that cannot be listed; empty without any."""
    names = sorted(tree.unlisted)
    if not names:
        return ""
    shown = ", ".join(printable(name, _NAME_LIMIT) for name in names[:_MOST_UNLISTED])
    more = f" and {len(names) - _MOST_UNLISTED} more" * (len(names) > _MOST_UNLISTED)
    return (
        f"not listed: {shown}{more} (on a board without directories a slash is a part of the name, and no "
        "path; a cell can read and remove such a file)\n"
    )


def disk_notes(files: RemoteFiles, tree: Tree) -> list[Note]:
    """Returns how much is free where the root of a tree is, and on what else is mounted."""
    lines = [disk(tree.space)] if tree.space is not None else []
    for mount in sorted(tree.mounts)[:_MOST_MOUNTS]:
        space = files.space(mount)
        if space is not None and space != tree.space:
            lines.append(f"{printable(mount, _NAME_LIMIT)}: {disk(space)}")
    return [Note(line, colours.label) for line in lines]


def disk(space: Space) -> str:
    """Writes how much is free."""
    return f"{byte_count(space.free)} free of {byte_count(space.total)}"
