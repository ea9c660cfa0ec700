"""Announcements by multicast DNS (Bonjour, Avahi).

Stock MicroPython announces no service by itself; programs on boards, and computers on their behalf, do. As
with any announcement, the sender is unknown and nothing it says is trusted.

Services looked for:
    ``_webrepl._tcp``: MicroPython's WebREPL; an optional TXT item ``uid`` says which board it is.
    ``_iot-kernel._tcp``: the same, for boards set up for this kernel.
    ``_circuitpython._tcp``: CircuitPython's web workflow, which has no WebREPL; it is shown, not used.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from iot_kernel.discovery.found import MAX_ADVERTS, Advert
from iot_kernel.urls import normalise_uid

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, ServiceStateChange, Zeroconf

WEBREPL = "_webrepl._tcp.local."
OURS = "_iot-kernel._tcp.local."
CIRCUITPYTHON = "_circuitpython._tcp.local."

STOP_INTERVAL = 0.1  # s between two looks at the stop signal
RESOLVE_TIMEOUT = 0.5  # s to ask for the address of a service that did not send it along

_NO_WEBREPL = "CircuitPython's web workflow has no REPL that this kernel speaks; connect the board by USB"


def listen(
    seconds: float,
    found: Callable[[Advert], None],
    *,
    interfaces: Sequence[str] | None = None,
    stop: threading.Event | None = None,
) -> str | None:
    """Asks for services and listens for answers; blocks for the time given.

    Args:
        seconds: how long.
        found: gets each address once, on this thread.
        interfaces: IP addresses of the interfaces to use; None for all.
        stop: ends it early.

    Returns:
        None, or why it cannot listen, as a note for the user.
    """
    from zeroconf import Error, InterfaceChoice, Zeroconf

    end = time.monotonic() + seconds
    try:
        zeroconf = Zeroconf(interfaces=InterfaceChoice.All if interfaces is None else list(interfaces))
    except (OSError, Error, RuntimeError) as error:
        return f"cannot listen for boards that announce themselves by mDNS ({error})"
    try:
        _browse(zeroconf, end, found, stop or threading.Event())
    finally:
        zeroconf.close()
    return None


def _browse(zeroconf: Zeroconf, end: float, found: Callable[[Advert], None], stop: threading.Event) -> None:
    from zeroconf import ServiceBrowser

    names: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def noticed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change.name != "Removed":
            names.put((service_type, name))

    known: set[Advert] = set()
    browser = ServiceBrowser(zeroconf, [WEBREPL, OURS, CIRCUITPYTHON], handlers=[noticed])
    try:
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            try:
                kind, name = names.get(timeout=min(left, STOP_INTERVAL))
            except queue.Empty:
                continue  # to see whether to stop
            for advert in _resolve(zeroconf, kind, name, min(left, RESOLVE_TIMEOUT)):
                if advert not in known and len(known) < MAX_ADVERTS:
                    known.add(advert)
                    found(advert)
    finally:
        browser.cancel()


def _resolve(zeroconf: Zeroconf, kind: str, name: str, timeout: float) -> list[Advert]:
    from zeroconf import BadTypeInNameException, ServiceInfo

    try:
        info = ServiceInfo(kind, name)
    except BadTypeInNameException:
        return []
    if not info.load_from_cache(zeroconf):
        info.request(zeroconf, timeout * 1000)
    advert = advert_of(kind, info)
    return [advert] if advert else []


def advert_of(kind: str, info: ServiceInfo) -> Advert | None:
    """What a service announces; None when it has no address or port to use."""
    host = _host(info.parsed_addresses())
    if host is None or not info.port:
        return None
    if kind == CIRCUITPYTHON:
        return Advert(f"http://{host}:{info.port}", problem=_NO_WEBREPL)
    claimed = info.properties.get(b"uid") or b""
    return Advert(f"ws://{host}:{info.port}", normalise_uid(claimed.decode("ascii", "replace")) or "")


def _host(addresses: Sequence[str]) -> str | None:
    """The address to use: IPv4 before IPv6, none that works only with the name of an interface."""
    parsed = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
    usable = [address for address in parsed if address.version == 4 or not address.is_link_local]
    usable = [address for address in usable if not (address.is_multicast or address.is_unspecified)]
    if not usable:
        return None
    best = min(usable, key=lambda address: address.version)
    return str(best) if best.version == 4 else f"[{best}]"
