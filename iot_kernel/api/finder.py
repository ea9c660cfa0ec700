"""Connects boards by what people call them; searches where that is not enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.scan import Discovery, Row
from iot_kernel.boards.session import Session
from iot_kernel.device import board_lock
from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.urls import is_url, scheme_of


class Finder:
    """Connects boards by name; searches once for those whose address is not known or has changed.

    Args:
        session: which has the board then.
        registry: the boards that are known.
        search: searches for boards.
        found_none: takes what a search has to say that found none.
    """

    def __init__(
        self,
        session: Session,
        registry: DeviceRegistry,
        search: Callable[[], Discovery],
        found_none: Callable[[Discovery], None] = lambda found: None,
    ) -> None:
        self._session = session
        self._registry = registry
        self._search = search
        self._found_none = found_none
        self._has_searched = False

    def connect(self, text: str, schemes: Sequence[str] = (), *, password: str | None = None) -> Device:
        """Connects a board by name, uid or url.

        Args:
            text: which.
            schemes: the kinds of connection that will do, best first.
            password: for WebREPL; by default what the configuration says.

        Raises:
            DeviceNotFoundError: nothing answers to ``text``.
            ConnectError: it does not answer.
        """
        try:
            return self._session.connect(text, schemes, password=password)
        except DeviceNotFoundError:
            if self._has_searched:
                raise
        except ConnectError as error:
            if self._has_searched or is_url(text) or error.reason is not ConnectReason.MISSING:
                raise
        self._has_searched = True
        self._search()
        return self._session.connect(text, schemes, password=password)

    def connect_the_only(self) -> Device:
        """Connects the only board within reach.

        Those that the search has asked go before those at other computers, and virtual ones come last.

        Raises:
            DeviceNotFoundError: there is none.
            AmbiguousDeviceError: there are several.
            ConnectError: it does not answer.
        """
        self._session.want("")
        found = self._search()
        if not found.rows:
            self._found_none(found)
        entries = [row.entry for row in _choice(found.rows)]
        return connect_entry(self._session, self._registry.only(entries))


def connect_entry(session: Session, entry: Entry) -> Device:
    """Connects a board that was found; unlike its url, this is not the user's word that it is theirs.

    Raises:
        ConnectError: it does not answer.
    """
    if entry.uid:
        return session.connect(entry.uid, [scheme_of(entry.url)])
    return session.connect(entry.url)


def _choice(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that a user without a wish would choose from."""
    free = [row for row in rows if not _is_elsewhere(row)]
    real = [row for row in free if scheme_of(row.entry.url) != "sim"]
    asked = [row for row in real if scheme_of(row.entry.url) != "ssh"]
    return asked or real or free or rows


def _is_elsewhere(row: Row) -> bool:
    holder = board_lock.holder(row.entry.url)
    return holder is not None and holder.pid != os.getpid()
