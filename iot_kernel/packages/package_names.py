"""The names of an index's packages, for whoever is typing one: from memory, fetched beside.

Nobody waits for a network: where the names have not come in a moment, they are there the next time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from iot_kernel.packages.description import parse_index
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.resolve import IndexQuery
from iot_kernel.packages.sources import Web

#: s that a caller waits: a server that is near has answered by then
PATIENCE = 0.4

#: s for which names are told before they are fetched again; packages are published a few times a week
FRESH = 3600.0

#: s after a failure until the index is asked again: no letter that is typed asks a dead network
RETRY = 30.0

#: bytes of the list of an index; that of micropython.org has 100 KB
LONGEST_LISTING = 4_000_000

#: characters of a name; those of real packages have at most 40
LONGEST_NAME = 100


@dataclass(slots=True)
class _Listing:
    """The names in one index, as far as they have come."""

    names: tuple[str, ...] = ()
    asked: float = 0.0
    lasts: float = 0.0  # s from then on
    came: threading.Event = field(default_factory=threading.Event)


class PackageNames:
    """The names of packages in indexes. Thread-safe; the constructor fetches nothing.

    Args:
        told: takes the names that have come, by the address of their index.
    """

    def __init__(self, told: dict[str, Sequence[str]] | None = None) -> None:
        self._told = told if told is not None else {}
        self._lock = threading.Lock()
        self._listings: dict[str, _Listing] = {}

    def of(self, index: Web) -> tuple[str, ...]:
        """Returns the names in an index, sorted; those of before, or none, where they have not come yet."""
        with self._lock:
            listing = self._listings.setdefault(index.url, _Listing())
            now = time.monotonic()
            if not listing.asked or now - listing.asked >= listing.lasts:
                listing.asked, listing.lasts = now, FRESH
                listing.came.clear()
                threading.Thread(
                    target=self._fetch, args=(listing, index), name="IoT package names", daemon=True
                ).start()
        if not listing.names:
            listing.came.wait(PATIENCE)
        return listing.names

    def _fetch(self, listing: _Listing, index: Web) -> None:
        from iot_kernel.packages.fetch import (
            Fetcher,
        )  # Python's HTTP would take its time while somebody types

        place = IndexQuery(index).listing
        try:
            found = parse_index(Fetcher().fetch(place, LONGEST_LISTING), str(place))
            listing.names = tuple(sorted(name for name in found if 0 < len(name) <= LONGEST_NAME))
            self._told[index.url] = listing.names
        except PackageError:
            listing.lasts = RETRY
        finally:
            listing.came.set()
