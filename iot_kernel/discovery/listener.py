"""Listens for announcements of all kinds at once, in the background, for a stated time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from iot_kernel.discovery import broadcast, mdns
from iot_kernel.discovery.found import Advert
from iot_kernel.urls import BROADCAST_PORT

#: s; boards announce themselves about once a second, and answer questions within a few tenths.
LISTEN_TIME = 1.7

JOIN_TIMEOUT = 5.0  # s for the threads to end after their time; closing mDNS takes some tenths


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen.

    Attributes:
        seconds: how long; 0 for not at all.
        broadcast: whether to listen to UDP broadcasts.
        port: for UDP broadcasts.
        address: of the interface for UDP broadcasts; empty for all.
        mdns: whether to ask by mDNS.
        interfaces: IP addresses of the interfaces for mDNS; None for all.
    """

    seconds: float = LISTEN_TIME
    broadcast: bool = True
    port: int = BROADCAST_PORT
    address: str = ""
    mdns: bool = True
    interfaces: Sequence[str] | None = None


class AnnouncementListener:
    """Listens in the background from `start` on.

    Args:
        how: where and how long.
        found: gets each announcement, on a thread of the listener.
    """

    def __init__(self, how: Listening, found: Callable[[Advert], None]) -> None:
        self._stop = threading.Event()
        self._notes: list[str] = []
        works: list[Callable[..., str | None]] = []
        if how.broadcast and how.seconds > 0:
            works.append(partial(broadcast.listen, port=how.port, address=how.address))
        if how.mdns and how.seconds > 0:
            works.append(partial(mdns.listen, interfaces=how.interfaces))
        self._threads = [
            threading.Thread(
                target=self._run, args=(partial(work, how.seconds, found),), name="IoT discovery", daemon=True
            )
            for work in works
        ]

    def start(self) -> None:
        """Begins to listen."""
        for thread in self._threads:
            thread.start()

    @property
    def is_listening(self) -> bool:
        """Whether there may be more to come."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> list[str]:
        """Ends listening, if it has not ended by itself.

        Returns:
            Why something could not be listened to, as notes for the user.
        """
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(JOIN_TIMEOUT)
        return list(self._notes)

    def _run(self, work: Callable[..., str | None]) -> None:
        note = work(stop=self._stop)
        if note:
            self._notes.append(note)
