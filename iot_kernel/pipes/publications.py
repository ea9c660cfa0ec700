"""What one session publishes, and at which brokers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from iot_kernel.pipes.hub import Hub

if TYPE_CHECKING:
    from iot_kernel.pipes.publisher import Publication, Publisher


class Publications:
    """The publishers of one session's board. Thread-safe; loads what is for MQTT when something is published.

    Args:
        hub: whose pipes they are.
        notice: takes a line that the user should see; called on any thread.
        is_online: whether the board is there; called on any thread.
    """

    def __init__(
        self, hub: Hub, notice: Callable[[str], None], is_online: Callable[[], bool] = lambda: True
    ) -> None:
        self._is_online = is_online
        self._hub = hub
        self._notice = notice
        self._publishers_lock = threading.Lock()
        self._publishers: tuple[Publisher, ...] = ()

    def publish(
        self,
        names: Sequence[str],
        broker: str,
        board: str,
        *,
        uid: str = "",
        waits: bool = True,
    ) -> Publisher:
        """Publishes pipes from now on, whenever they are open. Twice is fine.

        Args:
            names: of the pipes; none of them for all that the board opens.
            broker: its url, and the prefix of the topics.
            board: the name by which readers know the board.
            uid: of the board.
            waits: return when the broker has let us in; else go on trying, whatever happens.

        Raises:
            ImportError: paho-mqtt is not installed.
            ValueError: this is no url of a broker, or no name of a pipe or a board.
            BrokerError: the broker cannot be used.
        """
        from iot_kernel.pipes.publisher import Publisher
        from ukernel.pipes.framing import check_name
        from ukernel.pipes.mqtt.address import parse_broker
        from ukernel.pipes.mqtt.passwords import log_in

        for name in names:
            check_name(name)
        address = log_in(parse_broker(broker))
        with self._publishers_lock:
            found = (each for each in self._publishers if (each.address, each.board) == (address, board))
            publisher = next(found, None)
            if is_new := publisher is None:
                publisher = Publisher(self._hub, board, address, uid, self._notice, self._is_online)
                self._publishers = (*self._publishers, publisher)
        for name in names:
            publisher.pipes.publish(name)
        if not names:
            publisher.pipes.publish_all()
        if is_new:
            self._start(publisher, waits=waits)
        return publisher

    def _start(self, publisher: Publisher, *, waits: bool) -> None:
        is_started = False
        try:
            publisher.start(waits=waits)
            is_started = True
        finally:
            if not is_started:
                self._forget([publisher])

    def _forget(self, publishers: list[Publisher]) -> None:
        with self._publishers_lock:
            self._publishers = tuple(each for each in self._publishers if each not in publishers)
        for publisher in publishers:
            publisher.close()

    def withdraw(self, names: Sequence[str], broker: str | None = None) -> list[Publication]:
        """Publishes pipes no more; they end for their readers.

        Args:
            names: of the pipes; none of them for all.
            broker: where, without a password; None for everywhere.

        Returns:
            What was published until now.
        """
        meant = [each for each in self._publishers if broker in (None, str(each.address))]
        listed = [publication for each in meant for publication in each.publications()]
        for publisher in meant:
            for name in names:
                publisher.pipes.withdraw(name)
        self._forget([each for each in meant if not names or not each.pipes.names()])
        return [publication for publication in listed if not names or publication.name in names]

    def give_away(self) -> tuple[Publisher, ...]:
        """Lets go of the publishers: their board goes to another session, which takes them by `receive`."""
        with self._publishers_lock:
            given, self._publishers = self._publishers, ()
        for publisher in given:
            publisher.detach()
        return given

    def receive(self, publishers: tuple[Publisher, ...]) -> None:
        """Takes over what another session has published of the board that is here now."""
        for publisher in publishers:
            publisher.attach(self._hub, self._notice, self._is_online)
        with self._publishers_lock:
            self._publishers = (*self._publishers, *publishers)

    def listed(self) -> list[Publication]:
        """What is published."""
        return [publication for publisher in self._publishers for publication in publisher.publications()]

    def close(self) -> None:
        """Ends all: another board takes the place of this one. Twice is fine."""
        if self._publishers:
            self.withdraw([])
