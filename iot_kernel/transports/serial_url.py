"""Reads the urls of serial ports; nothing is opened and pyserial is not needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_kernel.errors import ConnectError, ConnectReason

#: Bits per second where the url names none: the rate of the REPL in every firmware whose UART has one.
BAUD = 115200

_NUMBERS = ("baud", "burst")
_SWITCHES = ("dtr", "rts")

#: Options that pyserial takes, by the schemes of servers.
_SERVERS = {"socket": ("logging",), "rfc2217": ("ign_set_control", "poll_modem", "timeout", "logging")}
_WITH_PORT = re.compile(r".+:\d+/*")
_LEVELS = {"on": True, "1": True, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class SerialUrl:
    """A url taken apart.

    Args:
        scheme: in lower case.
        port: what pyserial gets: a device node, the name of a COM port, or a url without our options.
        baud: bits per second.
        burst: bytes the board takes unread, None where the url does not say.
        dtr: level of that modem line while the port is open.
        rts: level of that modem line while the port is open.
    """

    scheme: str
    port: str
    baud: int = BAUD
    burst: int | None = None
    dtr: bool = True
    rts: bool = True


def parse_url(url: str) -> SerialUrl:
    """Takes the url of a serial port apart. Options that are not ours stay in it, for pyserial.

    Raises:
        ConnectError: an option or its value is unknown, or there is no port.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    mark = "&" if scheme == "hwgrep" else "?"  # a question mark means something in a regular expression
    place, _, query = rest.partition(mark)
    options = [option for option in query.split("&") if option]
    theirs = [option for option in options if option.partition("=")[0] not in _NUMBERS + _SWITCHES]
    numbers = {name: number_of(url, name, text) for name, text in _ours(options, _NUMBERS)}
    levels = {name: _level(url, name, text) for name, text in _ours(options, _SWITCHES)}
    if scheme == "serial" and (theirs or not place):
        known = ", ".join(_NUMBERS + _SWITCHES)
        raise _bad(url, f"expected serial://PORT, with no other options than {known}")
    if scheme in _SERVERS:
        _check_server(url, scheme, place, [option.partition("=")[0] for option in theirs])
    port = place if scheme == "serial" else f"{scheme}://{place}{mark if theirs else ''}{'&'.join(theirs)}"
    return SerialUrl(scheme, port, numbers.get("baud", BAUD), numbers.get("burst"), **levels)


def _check_server(url: str, scheme: str, place: str, options: list[str]) -> None:
    if not _WITH_PORT.fullmatch(place):
        raise _bad(url, f"expected {scheme}://HOST:PORT")
    for option in options:
        if option not in _SERVERS[scheme]:
            known = ", ".join((*_NUMBERS, *_SWITCHES, *_SERVERS[scheme]))
            raise _bad(url, f"there is no option {option}; known are {known}")


def _ours(options: list[str], names: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [option.partition("=")[::2] for option in options]
    return [(name, value) for name, value in pairs if name in names]


def number_of(url: str, name: str, text: str) -> int:
    """Reads the value of an option that is a number.

    Raises:
        ConnectError: it is none above 0.
    """
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise _bad(url, f"{name} is a whole number above 0")
    return int(text)


def _level(url: str, name: str, text: str) -> bool:
    if text not in _LEVELS:
        raise _bad(url, f"{name} is 'on' or 'off'")
    return _LEVELS[text]


def _bad(url: str, problem: str) -> ConnectError:
    return ConnectError(url, ConnectReason.UNSUPPORTED, problem)
