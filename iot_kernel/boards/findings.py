"""The results of a search for boards, and what is said of known boards that are not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from iot_kernel.boards.registry_entry import Entry
from iot_kernel.discovery import Skipped


@dataclass(frozen=True, slots=True)
class Row:
    """A board that is there.

    Attributes:
        entry: its address.
        name: what to call it.
        note: why it was not asked now, or what is special about it; mostly empty.
    """

    entry: Entry
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a search found.

    Attributes:
        rows: boards, in the order in which their addresses became known.
        skipped: addresses without a board, or that were not asked, with the reason.
        notes: what else the user should know.
    """

    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def still_missed(found: Discovery, unanswered: Collection[str], known: Mapping[str, Entry]) -> list[Skipped]:
    """What there is to say of addresses without a board, as far as they were not forgotten by now.

    Args:
        found: by the search. A board that is at another address is missed nowhere: only who wants to know
            everything is told.
        unanswered: addresses that were known before and where no board answered.
        known: what is known now, by url.
    """
    there = {row.entry.uid for row in found.rows if row.entry.uid}
    told = []
    for skip in found.skipped:
        entry = known.get(skip.url)
        if skip.url not in unanswered:
            told.append(skip)
        elif entry is not None:
            told.append(replace(skip, usual=entry.uid in there))
    return told
