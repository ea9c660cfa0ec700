"""Keeps a connection to a broker: the one place that has a thread and a clock for paho.

One thread per link does everything: it connects, waits for the network, calls its owner, and connects again
when the connection was lost. With MQTT 5 the session outlives a connection, so that a broker keeps what it
has for us meanwhile, and says whether it has forgotten us. Brokers that know nothing but MQTT 3.1.1 are
spoken to in that, without a session: there it would outlive us for ever.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from ukernel.pipes.mqtt.address import BrokerAddress
from ukernel.pipes.mqtt.batches import LARGEST_BATCH
from ukernel.pipes.mqtt.connecting import (
    CONNECT_TIMEOUT,
    LARGEST_PACKET,
    LARGEST_TOPIC,
    connect,
    need_paho,
    new_client,
    take_leave,
)
from ukernel.pipes.mqtt.errors import BrokerError, BrokerReason, answer_error, network_error

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

#: s between attempts to connect. All sides make them as often, and do not slow down: after a restart of the
#: broker, a publisher waits until readers must have come back.
RETRY_INTERVAL = 1.0

#: s that a link waits for the network when its owner wants nothing.
IDLE = 1.0

#: s for a broker to answer in MQTT 5, before it is spoken to in 3.1.1.
NEW_VERSION_TIMEOUT = 2.0

#: messages under way to a broker that it has not confirmed. MQTT's own limit is 65535; mosquitto takes 20.
WINDOW = 20

_NO_VERSION = "Unsupported protocol version"

#: Brokers that know nothing but MQTT 3.1.1, by scheme, host and port: asking them again takes long.
_old_brokers: set[tuple[str, str, int]] = set()


class LinkOwner(Protocol):
    """Who uses a link. All calls come from the link's thread, one at a time, and must not block."""

    def connected(self, *, is_known: bool) -> None:
        """There is a connection.

        Args:
            is_known: the broker has kept our session, subscriptions among it.
        """

    def received(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        """A message has come."""

    def confirmed(self, number: int, problem: str) -> None:
        """The broker has a message, or a subscription, or refuses it; empty problem for success."""

    def lost(self, error: BrokerError) -> None:
        """There is no connection; the link goes on trying, unless this closes it."""

    def work(self) -> float:
        """Does what is due; returns the seconds until it wants to be called again."""


class BrokerLink:
    """A connection to a broker that comes back.

    Args:
        address: of the broker.
        client_id: by which the broker knows our session.
        owner: who uses it.
        name: for its thread.
        will: a topic and what the broker shall keep there when we vanish.
        also: has the owner's `work` called whenever there is something to read from it, too.

    Raises:
        ImportError: paho-mqtt is not installed.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        owner: LinkOwner,
        name: str,
        will: tuple[str, bytes] | None = None,
        also: socket.socket | None = None,
    ) -> None:
        need_paho()
        self._address = address
        self._client_id = client_id
        self._owner = owner
        self._will = will
        self._also = also
        #: messages that may be under way
        self.window = WINDOW
        #: bytes of a message that the broker takes
        self.largest = LARGEST_BATCH
        #: the version that is spoken with this broker
        self.version = "3.1.1" if address[:3] in _old_brokers else "5"
        self._client: Client | None = None
        self._error: BrokerError | None = None
        self._is_connected = False
        self._has_answered = False  # to the connection that there is
        self._is_closing = threading.Event()
        self._ears, self._bell = socket.socketpair()
        for end in (self._ears, self._bell):
            end.setblocking(False)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins to connect; returns at once."""
        self._thread.start()

    def wake(self) -> None:
        """Has the owner's `work` called soon; from any thread."""
        with contextlib.suppress(OSError):  # it is awake, or closed
            self._bell.send(b"\0")

    def close(self, timeout: float = CONNECT_TIMEOUT) -> None:
        """Leaves the broker, which then knows us no more; from any thread. Twice is fine.

        Args:
            timeout: seconds for the thread to end; one that connects may take longer, and ends by itself.
        """
        self._is_closing.set()
        self.wake()
        if self._thread.ident is not None and threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    # For the owner, on the link's thread

    @property
    def is_connected(self) -> bool:
        """Whether the broker has let us in."""
        return self._is_connected

    def publish(self, topic: str, payload: bytes, *, is_retained: bool = False) -> int:
        """Sends a message that the broker confirms; returns its number, for `LinkOwner.confirmed`."""
        assert self._client is not None  # noqa: S101  only while connected
        return self._client.publish(topic, payload, qos=1, retain=is_retained).mid

    def subscribe(self, *filters: str) -> int:
        """Asks for all messages of some topics; returns a number, for `LinkOwner.confirmed`."""
        assert self._client is not None  # noqa: S101  only while connected
        number = self._client.subscribe([(topic, 1) for topic in filters])[1]
        return number or 0

    # The thread

    def _run(self) -> None:
        try:
            while not self._is_closing.is_set():
                error = self._connection()
                self._is_connected = False
                if error is None or self._is_closing.is_set():
                    continue
                self._owner.lost(error)
                if not self._is_closing.is_set():
                    self._rest()
        finally:
            self._ears.close()
            self._bell.close()

    def _connection(self) -> BrokerError | None:
        """Connects, and serves until there is no connection; returns why, or None to try again at once."""
        self._error, self._has_answered = None, False
        client = self._client = self._make_client()
        try:
            connect(client, self._address, self.version)
        except (OSError, ValueError) as error:
            return network_error(self._address.place, error)
        try:
            self._serve(client)
        except OSError as error:
            self._error = network_error(self._address.place, error)
        except (LookupError, ValueError, struct.error) as error:  # of paho, about a packet
            text = f"it speaks no MQTT ({error!r})"
            self._error = BrokerError(self._address.place, BrokerReason.STRANGE, text)
        finally:
            self._leave(client)
        if not self._has_answered and not self._is_closing.is_set():
            # Brokers that know 3.1.1 only may also hang up or wait, as others do that are no brokers.
            self.version = "3.1.1" if self.version == "5" else "5"
            if self.version == "3.1.1":
                return None
            _old_brokers.discard(self._address[:3])
        lost = BrokerError(self._address.place, BrokerReason.MISSING, "the connection was lost")
        return self._error or lost

    def _make_client(self) -> Client:
        client = new_client(self._address, self._client_id, self.version, self._will)
        client.max_inflight_messages_set(WINDOW)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        return client

    def _serve(self, client: Client) -> None:
        end = time.monotonic() + (NEW_VERSION_TIMEOUT if self.version == "5" else CONNECT_TIMEOUT)
        with self._selector() as selector:
            network: socket.socket | None = client.socket()  # type: ignore[assignment]
            if network is None:
                return
            selector.register(network, selectors.EVENT_READ)
            while client.socket() is not None and self._error is None:
                if not self._is_connected and time.monotonic() > end:
                    raise TimeoutError
                wait = self._owner.work() if self._is_connected else IDLE
                if self._is_closing.is_set() or client.socket() is None:
                    return
                is_ready = _wait(selector, network, wait, wants_write=client.want_write())
                self._hear()
                if is_ready and client.loop_read():
                    return
                if client.socket() is None or (client.want_write() and client.loop_write()):
                    return
                client.loop_misc()

    def _selector(self) -> selectors.BaseSelector:
        selector = selectors.DefaultSelector()
        selector.register(self._ears, selectors.EVENT_READ)
        if self._also is not None:
            selector.register(self._also, selectors.EVENT_READ)
        return selector

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            self._ears.recv(4096)

    def _leave(self, client: Client) -> None:
        """Ends a connection; where this is the end, with a farewell, and then the broker forgets us."""
        if client.socket() is None:
            return
        client.on_disconnect = None
        if self._is_connected and self._is_closing.is_set():
            take_leave(client, self.version)
        if (network := client.socket()) is not None:
            network.close()

    def _rest(self) -> None:
        """Waits before the next attempt; ends early when the link is closed."""
        end = time.monotonic() + RETRY_INTERVAL
        with self._selector() as selector:
            while not self._is_closing.is_set() and (rest := end - time.monotonic()) > 0:
                selector.select(rest)
                self._hear()
                self._owner.work()

    # Called by paho

    def _on_connect(self, _client: Client, _data: object, flags: Any, reason: Any, properties: Any) -> None:  # noqa: ANN401
        answer = str(reason)
        if reason.is_failure:
            self._has_answered = answer != _NO_VERSION
            has_password = bool(self._address.password)
            self._error = answer_error(self._address.place, answer, has_password=has_password)
            return
        self._is_connected = self._has_answered = True
        if self.version == "3.1.1":
            _old_brokers.add(self._address[:3])
        self.window = min(WINDOW, getattr(properties, "ReceiveMaximum", WINDOW))
        self.largest = min(
            LARGEST_BATCH, getattr(properties, "MaximumPacketSize", LARGEST_PACKET) - LARGEST_TOPIC
        )
        self._owner.connected(is_known=bool(flags.session_present))

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with contextlib.suppress(UnicodeDecodeError):
            topic = message.topic
            self._owner.received(topic, bytes(message.payload), is_retained=bool(message.retain))

    def _on_publish(self, _client: Client, _data: object, number: int, reason: Any, _: object) -> None:  # noqa: ANN401
        self._owner.confirmed(number, str(reason) if reason.is_failure else "")

    def _on_subscribe(
        self, _client: Client, _data: object, number: int, reasons: list[Any], _: object
    ) -> None:
        failed = [str(reason) for reason in reasons if reason.is_failure]
        self._owner.confirmed(number, failed[0] if failed else "")

    def _on_disconnect(self, _client: Client, _data: object, flags: Any, reason: Any, _: object) -> None:  # noqa: ANN401
        if flags.is_disconnect_packet_from_server:
            text = f"the broker has ended the connection: {reason}"
            self._error = BrokerError(self._address.place, BrokerReason.REFUSED, text)
        elif not self._is_connected and self._error is None:
            text = "it ended the connection before the login: this is no broker, or it wants TLS (mqtts://)"
            self._error = BrokerError(self._address.place, BrokerReason.STRANGE, text)


def _wait(
    selector: selectors.BaseSelector, network: socket.socket, wait: float, *, wants_write: bool
) -> bool:
    """Waits for the network, or to be woken; whether there is something to read."""
    selector.modify(network, selectors.EVENT_READ | (selectors.EVENT_WRITE if wants_write else 0))
    if isinstance(network, ssl.SSLSocket) and network.pending():  # read already, which no selector sees
        return True
    events = selector.select(wait)
    return any(key.fileobj is network and mask & selectors.EVENT_READ for key, mask in events)
