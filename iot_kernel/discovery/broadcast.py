"""Announcements by UDP, as boards of the original IoT Kernel send them once a second: ``URL LF UID``.

A datagram comes from an unknown sender. It must have a narrow form and name the sender's own address, so that
nobody can point us at a third computer.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
import threading
import time
from collections.abc import Callable

from iot_kernel.discovery.found import MAX_ADVERTS, Advert
from iot_kernel.errors import ConnectError
from iot_kernel.urls import normalise, normalise_uid, scheme_of

DATAGRAM_LIMIT = 256  # bytes; a url with an IPv4 address and a uid of 16 bytes have 80
STOP_INTERVAL = 0.1  # s between two looks at the stop signal

_SCHEMES = ("ws", "wss")  # all that WebREPL needs; a datagram must not make us open anything else
_URL = re.compile(r"wss?://([^/?#:\[\]]+):[0-9]+")
_log = logging.getLogger(__name__)


def parse_datagram(data: bytes, sender: str) -> Advert:
    """Reads an announcement.

    Args:
        data: the datagram, of any content and length.
        sender: the IP address that it came from.

    Returns:
        With a `Advert.problem` where the form is right, but it is not the sender's own address.

    Raises:
        ValueError: it is no announcement.
    """
    if len(data) > DATAGRAM_LIMIT:
        raise ValueError("too long")
    lines = data.decode("ascii").rstrip("\r\n").split("\n")
    if len(lines) != 2:
        raise ValueError("expected a url and a uid, on a line each")
    try:
        url = normalise(lines[0])
    except ConnectError as error:
        raise ValueError("no url") from error
    uid = normalise_uid(lines[1])
    match = _URL.fullmatch(url)
    if scheme_of(url) not in _SCHEMES or not match or uid is None:
        raise ValueError("not ws://HOST:PORT and a uid")
    return Advert(url, uid, _not_its_own(match[1], sender, url))


def listen(
    seconds: float,
    found: Callable[[Advert], None],
    *,
    port: int,
    address: str = "",
    stop: threading.Event | None = None,
) -> str | None:
    """Listens for announcements; blocks for the time given.

    Args:
        seconds: how long.
        found: gets each address once, on this thread.
        port: UDP port.
        address: of the interface to listen on; empty for all.
        stop: ends it early.

    Returns:
        None, or why it cannot listen, as a note for the user.
    """
    try:
        receiver = _open(address, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        return f"cannot listen on UDP port {port} for boards that announce themselves ({reason})"
    with receiver:
        _receive(receiver, time.monotonic() + seconds, found, stop or threading.Event())
    return None


def _open(address: str, port: int) -> socket.socket:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Several kernels listen at once, each gets every broadcast.
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):  # there is none on Windows
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        receiver.bind((address, port))
    except BaseException:
        receiver.close()
        raise
    return receiver


def _receive(
    receiver: socket.socket, end: float, found: Callable[[Advert], None], stop: threading.Event
) -> None:
    known: set[Advert] = set()
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        receiver.settimeout(min(left, STOP_INTERVAL))
        try:
            data, (sender, _) = receiver.recvfrom(DATAGRAM_LIMIT + 1)
            advert = parse_datagram(data, sender)
        except TimeoutError:
            continue  # to see whether to stop
        except (OSError, ValueError) as error:  # Windows reports other people's lost datagrams here
            _log.debug("ignored a datagram: %s", error)
            continue
        if advert not in known and len(known) < MAX_ADVERTS:
            known.add(advert)
            found(advert)


def _not_its_own(host: str, sender: str, url: str) -> str:
    try:
        same = ipaddress.ip_address(host) == ipaddress.ip_address(sender)
    except ValueError:
        same = False
    return "" if same else f"announced by {sender}, not by itself; if it is yours: %register {url}"
