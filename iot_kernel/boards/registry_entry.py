"""`Entry`, an address of a board, and changes of a list of them. Pure: no file and no board."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from iot_kernel.urls import scheme_of, serial_path

#: s; an address that the user did not register is forgotten when no board was there for that long. A board
#: that is used once a week stays known over a holiday; all that is lost is that its address is typed again.
FORGET_AFTER = 14 * 24 * 3600.0

#: Which of a board's addresses is taken when none is asked for; all others come after these.
PREFERRED = ("serial", "ssh", "ws", "wss")


#: Where a board is known besides at a port of this computer: each kind says nothing about the others.
_KINDS = {"ws": "network", "wss": "network", "ssh": "another computer"}


@dataclass(frozen=True, slots=True)
class Entry:
    """An address that leads to a board.

    Attributes:
        url: in normal form.
        uid: of the board met there last; empty when it has none, or was never met.
        implementation: ``micropython``, ``circuitpython``, or empty.
        platform: the board's ``sys.platform``.
        serial_number: of the USB device, empty where there is none.
        by_hand: the user named this address.
        registered: the user wants this address remembered, wherever the board is.
        hidden: the user unregistered it.
        seen: when the board was last met, seconds since the epoch; 0 for never.
    """

    url: str
    uid: str = ""
    implementation: str = ""
    platform: str = ""
    serial_number: str = ""
    by_hand: bool = False
    registered: bool = False
    hidden: bool = False
    seen: float = 0.0


def label(entry: Entry, names: Mapping[str, str]) -> str:
    """What to call a board: its name among ``names`` (by uid), else its uid, else its address."""
    return names.get(entry.uid) or entry.uid or entry.url


def by_preference(entries: list[Entry], schemes: Sequence[str]) -> list[Entry]:
    """Sorts by kind of connection, then the one seen last first; with ``schemes``, others are left out."""
    order = [scheme.lower().removesuffix("://") for scheme in schemes or PREFERRED]
    if schemes:
        entries = [entry for entry in entries if scheme_of(entry.url) in order]

    def rank(entry: Entry) -> tuple[int, float]:
        scheme = scheme_of(entry.url)
        return (order.index(scheme) if scheme in order else len(order)), -entry.seen

    return sorted(entries, key=rank)


def merged(met: Entry, entries: Sequence[Entry]) -> Entry:
    """What is stored of a board that has just answered.

    Hand registration sticks to the address. Hiding sticks to a board at an address, and to a board at any
    address when all that were known are hidden.
    """
    old = next((entry for entry in entries if entry.url == met.url), None)
    same_board = [entry for entry in entries if entry.uid == met.uid and (met.uid or entry.url == met.url)]
    here = [entry for entry in same_board if entry.url == met.url] or same_board
    hidden = bool(here) and all(entry.hidden for entry in here) and not met.by_hand
    by_hand = met.by_hand or (old is not None and old.by_hand)
    registered = old is not None and old.registered
    return replace(met, by_hand=by_hand and not hidden, registered=registered, hidden=hidden)


def moved(entry: Entry, met: Entry) -> bool:
    """Whether ``entry`` is a port that is gone and its board has just answered at another port."""
    if entry.registered or not met.uid or entry.uid != met.uid or entry.url == met.url:
        return False
    path = serial_path(entry.url)
    return (
        serial_path(met.url) is not None
        and path is not None
        and path.startswith("/")
        and not Path(path).exists()
    )


def outdated(
    entry: Entry, met: Sequence[Entry], unanswered: Mapping[str, bool], names: Collection[str], now: float
) -> bool:
    """Whether an address is to be forgotten after a search.

    Args:
        entry: the address.
        met: the boards that are there.
        unanswered: addresses where no board answered, and whether nothing at all is there.
        names: the uids that have names.
        now: seconds since the epoch.
    """
    if entry.registered or entry.hidden or entry.url not in unanswered:
        return False
    if any(entry.uid and entry.uid == other.uid and _same_kind(entry, other) for other in met):
        return True
    return unanswered[entry.url] and entry.uid not in names and entry.seen < now - FORGET_AFTER


def _same_kind(one: Entry, other: Entry) -> bool:
    """Whether a board that is at one address cannot be expected at the other one as well."""
    kinds = [_KINDS.get(scheme_of(entry.url), "port") for entry in (one, other)]
    return kinds[0] == kinds[1]


def put(entries: Sequence[Entry], new: Entry) -> list[Entry]:
    """Puts an entry in the place of the one with its url, or at the end."""
    if any(entry.url == new.url for entry in entries):
        return [new if entry.url == new.url else entry for entry in entries]
    return [*entries, new]
