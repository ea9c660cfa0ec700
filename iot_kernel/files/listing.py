"""Listings of a board that send only what is new since the last one.

A board says entries in groups, each behind its digest, and leaves out those whose digests came with the
question. So a listing in which nothing has changed is a few bytes, on however slow a wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.remote_reply import Answer

#: Groups that are kept and known to the board: their digests must not make the question a long one.
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
        return tuple(self._groups.get(key, ()))

    def ungrouped(self, key: object, take: Callable[[Answer], None]) -> Ungrouped:
        """Returns what takes the answers to one question.

        Args:
            key: as for `known`.
            take: takes the answers as if there were no groups.
        """
        return Ungrouped(self._groups.get(key, {}), take)

    def keep(self, key: object, groups: Mapping[Group, list[Answer]]) -> None:
        """Keeps groups for the next time.

        Args:
            key: as for `known`.
            groups: of a listing that is whole.
        """
        self._groups.pop(key, None)
        while len(self._groups) >= MOST_LISTINGS:
            del self._groups[next(iter(self._groups))]
        self._groups[key] = dict(groups)


class Ungrouped:
    """Takes the answers of one listing as they come, and hands on what is in the groups.

    Args:
        known: the groups of the last one.
        take: takes the answers.
    """

    def __init__(self, known: Mapping[Group, list[Answer]], take: Callable[[Answer], None]) -> None:
        self._known = known
        self._hand_on = take
        #: the first `MOST_GROUPS`
        self.groups: dict[Group, list[Answer]] = {}

    def take(self, answer: Answer) -> None:
        """Takes one answer.

        Raises:
            RemoteProtocolError: it makes no sense.
        """
        match answer:
            case (bytes() | int() as group, list() | None as said):
                entries = self._entries(group, said)
                if len(self.groups) < MOST_GROUPS:
                    self.groups[group] = entries
                for entry in entries:
                    self._hand_on(entry)
            case _:
                self._hand_on(answer)

    def _entries(self, group: Group, said: object) -> list[Answer]:
        if said is None and group in self._known:
            return self._known[group]
        if isinstance(said, list) and all(isinstance(entry, tuple) for entry in said):
            return said
        raise RemoteProtocolError("listing its files", repr((group, said)).encode())
