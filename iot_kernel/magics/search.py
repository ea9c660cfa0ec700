"""Searches for boards, with a progress line, for the magics that need one."""

from __future__ import annotations

import threading

from iot_kernel.api.finder import Finder
from iot_kernel.boards.scan import Discovery, discover
from iot_kernel.discovery import Skipped
from iot_kernel.magics import tables
from iot_kernel.magics.colours import dim
from iot_kernel.magics.magic import MagicContext
from iot_kernel.magics.progress import Progress
from iot_kernel.magics.tables import Column, Note, Shown, Table

#: boards named in the line about those that are not there: as many as one line holds
MOST_NAMES = 5


def search(ctx: MagicContext, *, keep_line: bool = False) -> Discovery:
    """Searches for boards, with a progress line where it takes long; an interrupt ends it.

    Args:
        ctx: the cell's.
        keep_line: whether the progress line stays, as a summary.

    Raises:
        ConfigError: the registry's file cannot be used.
    """
    cancel = threading.Event()
    with (
        ctx.interruptible(cancel.set),
        Progress(ctx, "looking for boards", keep=keep_line, always=True) as line,
    ):

        def progress(done: int, total: int) -> None:
            if total:
                line.update(f"looking for boards: {done} of {_count(total, 'address')} asked", done / total)

        found = discover(ctx.registry, progress=progress, cancel=cancel)
        boards, left_out = _count(len(found.rows), "board"), _count(len(_unusual(found)), "address")
        line.update(f"looked for boards: {boards} found, {left_out} left out")
        return found


def _count(number: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


def remarks(found: Discovery, *, everything: bool = False) -> list[Shown]:
    """What a search has to say beside the boards, in dim text: which addresses were left out, and why.

    Args:
        found: by the search.
        everything: tells of ports too that are never asked, such as those on a computer's mainboard.
    """
    skipped = found.skipped if everything else _unusual(found)
    away = "" if everything else _away(found)
    left_out = [tables.row(skip.url, f"{_who(skip)}{skip.reason}", colour=dim) for skip in skipped]
    notes = [Note(note, dim) for note in found.notes]
    return [*[Note(away, dim)] * bool(away), Table((Column(is_short=True), Column()), left_out), *notes]


def _who(skip: Skipped) -> str:
    return f"{skip.board}: " if skip.board not in ("", skip.url) else ""


def _away(found: Discovery) -> str:
    """One line about all known boards that are not there; empty where none is missed."""
    boards = list(dict.fromkeys(skip.board for skip in found.skipped if skip.board and not skip.usual))
    if not boards:
        return ""
    names = ", ".join(boards[:MOST_NAMES]) + ", …" * (len(boards) > MOST_NAMES)
    verb = "is" if len(boards) == 1 else "are"
    return f"{_count(len(boards), 'known board')} {verb} not there: {names} ('%discover -v' says where)"


def _unusual(found: Discovery) -> list[Skipped]:
    return [skip for skip in found.skipped if not skip.usual and not skip.board]


def finder(ctx: MagicContext) -> Finder:
    """Makes what connects boards by name; where it finds none, the cell says what was left out."""
    return Finder(
        ctx.session, ctx.registry, lambda: search(ctx), lambda found: tables.show(ctx, *remarks(found))
    )
