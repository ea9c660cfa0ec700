"""How a connection to a broker begins and ends: what paho's client is told, and MQTT's properties."""

from __future__ import annotations

import importlib.util
import ssl
import sys
import time
from typing import TYPE_CHECKING, Any

from ukernel.pipes.mqtt.address import BrokerAddress
from ukernel.pipes.mqtt.batches import LARGEST_BATCH

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.properties import Properties

#: s to connect, and again for the broker to answer.
CONNECT_TIMEOUT = 5.0

#: s between signs of life; a broker that is silent for as long again is given up.
KEEPALIVE = 15

#: s for which a broker of MQTT 5 keeps our session, and what has come for us, while we are away. Brokers keep
#: some hundred batches for each session; a program that was killed must not cost them that for long.
SESSION_EXPIRY = 300

#: bytes of a topic and of what else is in a packet beside a batch.
LARGEST_TOPIC = 4096

#: bytes of one packet that we take. Brokers of MQTT 5 leave out what is larger.
LARGEST_PACKET = LARGEST_BATCH + LARGEST_TOPIC


def need_paho() -> None:
    """Makes sure that paho is there.

    Raises:
        ImportError: it is not; the message says how to get it.
    """
    if importlib.util.find_spec("paho") is None:
        how = f"{sys.executable} -m pip install paho-mqtt"
        raise ImportError(f"MQTT needs the package paho-mqtt; in a terminal: {how}")


def new_client(
    address: BrokerAddress, client_id: str, version: str, will: tuple[str, bytes] | None
) -> Client:
    """Makes a client, which connects when it is told.

    Args:
        address: of the broker.
        client_id: by which the broker knows our session.
        version: ``5``, or ``3.1.1``.
        will: a topic and what the broker shall keep there when we vanish.

    Raises:
        OSError: there are no certificates to trust.
    """
    from paho.mqtt.client import Client, MQTTv5, MQTTv311
    from paho.mqtt.enums import CallbackAPIVersion

    is_new = version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id,
        clean_session=None if is_new else True,
        protocol=MQTTv5 if is_new else MQTTv311,
        reconnect_on_failure=False,
    )
    client.connect_timeout = CONNECT_TIMEOUT
    if will is not None:
        client.will_set(*will, qos=1, retain=True)
    if address.user or address.password:
        client.username_pw_set(address.user, address.password or None)
    if address.scheme == "mqtts":
        context = _TlsContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
        client.tls_set_context(context)
        client.user_data_set(context)
    return client


class _TlsContext(ssl.SSLContext):
    """Keeps the socket that it has wrapped last: paho leaves it open where the handshake fails."""

    last: ssl.SSLSocket | None = None

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:  # noqa: ANN401
        self.last = super().wrap_socket(*args, **options)
        return self.last


def connect(client: Client, address: BrokerAddress, version: str) -> None:
    """Connects; the broker's answer comes later.

    Raises:
        OSError: there is no connection, or no TLS.
        ValueError: the address makes no sense to the network.
    """
    options: dict[str, Any] = {}
    if version == "5":
        properties = _properties("CONNECT", SESSION_EXPIRY)
        properties.MaximumPacketSize = LARGEST_PACKET
        options = {"clean_start": False, "properties": properties}
    try:
        client.connect(address.host, address.port, KEEPALIVE, **options)
    except OSError:
        context = client.user_data_get()
        if context is not None and context.last is not None:
            context.last.close()
        raise


def take_leave(client: Client, version: str) -> None:
    """Says farewell, by which the broker forgets us."""
    client.disconnect(properties=_properties("DISCONNECT", 0) if version == "5" else None)
    end = time.monotonic() + CONNECT_TIMEOUT
    while client.socket() is not None and client.want_write() and time.monotonic() < end:
        if client.loop_write():
            return


def _properties(packet: str, expiry: int) -> Properties:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(getattr(PacketTypes, packet))  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = expiry
    return properties
