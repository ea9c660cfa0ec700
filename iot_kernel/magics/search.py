"""Searches for boards, with a progress line, for the magics that need one."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.scan import Discovery, Row, discover
from iot_kernel.device import board_lock
from iot_kernel.device.device import Device
from iot_kernel.discovery import Skipped
from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.magics import tables
from iot_kernel.magics.colours import dim
from iot_kernel.magics.magic import MagicContext
from iot_kernel.magics.progress import Progress
from iot_kernel.magics.tables import Column, Note, Shown, Table
from iot_kernel.urls import is_url, scheme_of

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


class Finder:
    """Connects boards by name; searches once for those whose address is not known or has changed.

    Args:
        ctx: the cell's.
    """

    def __init__(self, ctx: MagicContext) -> None:
        self._ctx = ctx
        self._has_searched = False

    def connect(self, text: str, schemes: Sequence[str] = ()) -> Device:
        """Connects a board by name, uid or url.

        Raises:
            DeviceNotFoundError: nothing answers to ``text``.
            ConnectError: it does not answer.
        """
        try:
            return self._ctx.session.connect(text, schemes)
        except DeviceNotFoundError:
            if self._has_searched:
                raise
        except ConnectError as error:
            if self._has_searched or is_url(text) or error.reason is not ConnectReason.MISSING:
                raise
        self._has_searched = True
        search(self._ctx)
        return self._ctx.session.connect(text, schemes)

    def connect_the_only(self) -> Device:
        """Connects the only board within reach; a virtual one only where there is no other.

        Raises:
            DeviceNotFoundError: there is none; the cell says what was left out.
            AmbiguousDeviceError: there are several.
            ConnectError: it does not answer.
        """
        self._ctx.session.want("")
        found = search(self._ctx)
        if not found.rows:
            tables.show(self._ctx, *remarks(found))
        return connect_entry(self._ctx, self._ctx.registry.only([row.entry for row in _choice(found.rows)]))


def connect_entry(ctx: MagicContext, entry: Entry) -> Device:
    """Connects a board that was found; unlike its url, this is not the user's word that it is theirs.

    Raises:
        ConnectError: it does not answer.
    """
    if entry.uid:
        return ctx.session.connect(entry.uid, [scheme_of(entry.url)])
    return ctx.session.connect(entry.url)


def _choice(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that a user without a wish would choose from."""
    free = [row for row in rows if not _is_elsewhere(row)]
    real = [row for row in free if scheme_of(row.entry.url) != "sim"]
    return real or free or rows


def _is_elsewhere(row: Row) -> bool:
    holder = board_lock.holder(row.entry.url)
    return holder is not None and holder.pid != os.getpid()
