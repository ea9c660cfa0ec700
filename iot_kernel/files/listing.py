"""Listings of a board that say only what is new since the last one.

A board says entries in groups, each behind its digest, and leaves out those whose digests came with the
question. So a listing in which nothing has changed is a few bytes, on however slow a wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.answers import Answer

#: Groups that are known to the board: their digests must not make the question a long one.
MOST_GROUPS = 64

#: Listings of which the groups are kept, by what was asked for.
MOST_LISTINGS = 4

Group = bytes | int


class Listings:
    """The groups of the last listings of one board; they stay right, whatever happens to the board."""

    def __init__(self) -> None:
        self._groups: dict[object, dict[Group, list[Answer]]] = {}

    def known(self, key: object) -> tuple[Group, ...]:
        """Returns what the board need not say again.

        Args:
            key: what is asked for.
        """
        return tuple(self._groups.get(key, ()))[:MOST_GROUPS]

    def whole(self, key: object, answers: Sequence[Answer]) -> list[Answer]:
        """Returns the answers as if there were no groups, and keeps the groups for the next time.

        Args:
            key: as for `known`.
            answers: of the board.

        Raises:
            RemoteProtocolError: they make no sense.
        """
        known = self._groups.pop(key, {})
        kept: dict[Group, list[Answer]] = {}
        found: list[Answer] = []
        for answer in answers:
            match answer:
                case (bytes() | int() as group, list() | None as entries):
                    kept[group] = _entries(group, entries, known)
                    found += kept[group]
                case _:
                    found.append(answer)
        while len(self._groups) >= MOST_LISTINGS:
            del self._groups[next(iter(self._groups))]
        self._groups[key] = kept
        return found


def _entries(group: Group, entries: object, known: Mapping[Group, list[Answer]]) -> list[Answer]:
    if entries is None and group in known:
        return known[group]
    if isinstance(entries, list) and all(isinstance(entry, tuple) for entry in entries):
        return entries
    raise RemoteProtocolError("listing its files", repr((group, entries)).encode())
