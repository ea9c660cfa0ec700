"""Reads ``ssh://`` urls; nothing is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.transports.serial_url import BAUD, number_of

_EXPECTED = (
    "expected ssh://HOST/dev/ttyACM0, with USER@ before HOST and :PORT behind it where they are needed"
)
_OPTIONS = ("baud", "burst")
_LINES = ("dtr", "rts")

_URL = re.compile(r"(?i:ssh)://(?P<place>[^/?#]*)(?P<path>/[^?]*)(?:\?(?P<options>.*))?", re.DOTALL)
_PLACE = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<host>\[[^\[\]@]+\]|[^\[\]@:\s]+)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class SshUrl:
    """A url taken apart.

    Args:
        destination: what ssh gets: a host, or a name in its configuration, with ``user@`` before it.
        host: of the destination, without brackets; for texts.
        port: TCP port of the server, None where the url does not say.
        path: the port's device node at the other computer.
        baud: bits per second.
        burst: bytes the board takes unread, None where the url does not say.
    """

    destination: str
    host: str
    port: int | None
    path: str
    baud: int = BAUD
    burst: int | None = None


def parse_url(url: str) -> SshUrl:
    """Takes a url apart.

    Raises:
        ConnectError: there is no host or no path, or an option or its value is unknown.
    """
    parts = _URL.fullmatch(url)
    place = _PLACE.fullmatch(parts["place"]) if parts else None
    if (
        parts is None
        or place is None
        or parts["path"] == "/"
        or int(place["port"] or 1) not in range(1, 65536)
    ):
        raise _bad(url, _EXPECTED)
    options = dict(option.partition("=")[::2] for option in (parts["options"] or "").split("&") if option)
    if set(options) & set(_LINES):
        raise _bad(url, "a shell cannot set dtr and rts; a server for rfc2217:// can")
    if unknown := set(options) - set(_OPTIONS):
        raise _bad(url, f"there is no option {min(unknown)}; known are {', '.join(_OPTIONS)}")
    numbers = {name: number_of(url, name, text) for name, text in options.items()}
    host = place["host"].strip("[]")
    user = f"{place['user']}@" if place["user"] else ""
    port = int(place["port"]) if place["port"] else None
    return SshUrl(user + host, host, port, parts["path"], numbers.get("baud", BAUD), numbers.get("burst"))


def _bad(url: str, problem: str) -> ConnectError:
    return ConnectError(url, ConnectReason.UNSUPPORTED, problem)
