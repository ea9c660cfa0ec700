"""The url of an MQTT broker: ``mqtt://user@broker:1883/prefix``, with ``mqtts://`` by TLS. Does no I/O."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from ukernel.pipes.mqtt.topics import DEFAULT_PREFIX

#: scheme -> the port that is meant where the url names none
PORTS = {"mqtt": 1883, "mqtts": 8883}

#: Bytes of a prefix in UTF-8; topics have at most 65535.
LONGEST_PREFIX = 1024


class BrokerAddress(NamedTuple):
    """Where a broker is, who we are there, and below which topic our pipes are.

    Attributes:
        scheme: ``mqtt``, or ``mqtts`` for TLS.
        host: its name or IP address.
        port: where it listens.
        prefix: of all topics, without a slash at its ends.
        user: empty for nobody in particular.
        password: of the user; empty for none.
    """

    scheme: str
    host: str
    port: int
    prefix: str = DEFAULT_PREFIX
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"<broker {self}>"  # the password is nobody's business

    def __str__(self) -> str:
        return f"{self.place}/{self.prefix}"

    @property
    def place(self) -> str:
        """The url without the prefix and the password."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port != PORTS[self.scheme] else ""
        return f"{self.scheme}://{user}{host}{port}"


def parse_broker(url: str) -> BrokerAddress:
    """Reads the url of a broker.

    Raises:
        TypeError: it is no text.
        ValueError: it is no url of a broker; the message shows no password.
    """
    if not isinstance(url, str):
        raise TypeError(f"broker must be a url such as 'mqtt://broker/prefix', not {type(url).__name__}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("broker: the port of a broker is a number from 1 to 65535") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise ValueError(f"broker is mqtt://HOST/PREFIX or mqtts://HOST/PREFIX, not {_shown(parts)}")
    if parts.query or parts.fragment:
        raise ValueError(f"the url of a broker has no '?' and no '#': {_shown(parts)}")
    prefix = _prefix(unquote(parts.path).strip("/"))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return BrokerAddress(parts.scheme, parts.hostname, port or PORTS[parts.scheme], prefix, user, password)


def _shown(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return repr(f"{parts.scheme}://{host}{parts.path}" if parts.scheme else host + parts.path)


def _prefix(text: str) -> str:
    if any(c in "+#" or c < " " or c == "\x7f" for c in text) or text.startswith("$"):
        raise ValueError(f"the prefix of topics has no '+', no '#' and no '$' in front: {text!r}")
    if len(text.encode()) > LONGEST_PREFIX:
        raise ValueError(f"the prefix of topics has at most {LONGEST_PREFIX} bytes")
    return text or DEFAULT_PREFIX
