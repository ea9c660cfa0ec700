"""Publishes pipes of the current board at a broker, and those of several boards no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from iot_kernel.boards.session import Session
from iot_kernel.errors import NotConnectedError

if TYPE_CHECKING:
    from iot_kernel.pipes.publisher import Publication, Publisher


def publish_current(
    session: Session, names: Sequence[str], broker: str, board: str = "", *, waits: bool = True
) -> Publisher:
    """Publishes pipes of the current board, until it is let go or another one takes its place.

    Args:
        session: whose board it is.
        names: of the pipes; none of them for all that the board opens.
        broker: its url, and the prefix of the topics.
        board: the name by which readers know the board; by default what it is called here.
        waits: return when the broker has let us in; else go on trying, whatever happens.

    Raises:
        NotConnectedError: no board is current.
        ImportError: paho-mqtt is not installed.
        ValueError: this is no url of a broker, or no name of a pipe or a board.
        BrokerError: the broker cannot be used.
    """
    if (device := session.current) is None:
        raise NotConnectedError
    uid = device.info.uid if device.info else ""
    name = board or session.name
    return session.publications.publish(names, broker, name, uid=uid, waits=waits)


def withdraw_at_once(
    sessions: Sequence[Session], names: Sequence[str] = (), broker: str | None = None
) -> list[Publication]:
    """Publishes pipes of several boards no more.

    All end at the same time: a broker that does not answer is waited for once, not for each board.

    Args:
        sessions: whose boards they are.
        names: of the pipes; none of them for all.
        broker: where, without a password; None for everywhere.

    Returns:
        What was published until now.
    """
    from concurrent.futures import ThreadPoolExecutor  # cells that end nothing need not load it

    publishing = [session.publications for session in sessions if session.publications.listed()]
    if not publishing:
        return []
    with ThreadPoolExecutor(len(publishing), "IoT unpublish") as threads:
        found = threads.map(lambda each: each.withdraw(names, broker), publishing)
        return [publication for publications in found for publication in publications]
