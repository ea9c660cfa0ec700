"""What may be typed to name a board: names, uids and urls, without asking any board. Never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.discovery import serial_ports, sort_ports
from iot_kernel.errors import IoTKernelError
from iot_kernel.urls import is_url, scheme_of

#: The address of a virtual board, which always works.
VIRTUAL = "sim://"


def boards(registry: DeviceRegistry) -> Iterable[tuple[str, str]]:
    """Gives names, uids and urls of boards that are known, and ports where one may be; each with its kind."""
    names, entries = _names(registry), _entries(registry)
    ports, _ = sort_ports(serial_ports())
    urls = [*(entry.url for entry in entries), *(port.url for port in ports), VIRTUAL]
    uids = [*(entry.uid for entry in entries), *names]
    return _of_kinds(sorted(names.values()), uids, urls)


def registered(registry: DeviceRegistry) -> Iterable[tuple[str, str]]:
    """Gives names, uids and urls of boards whose addresses are known."""
    names, entries = _names(registry), _entries(registry)
    called = sorted(names[entry.uid] for entry in entries if entry.uid in names)
    return _of_kinds(called, [entry.uid for entry in entries], [entry.url for entry in entries])


def addresses(registry: DeviceRegistry) -> Iterable[tuple[str, str]]:
    """Gives addresses that may be registered: known ones, unregistered ones, and all serial ports."""
    known: Sequence[str] = ()
    with suppress(IoTKernelError):
        known = [entry.url for entry in registry.all_entries()]
    urls = [*known, *(port.url for port in serial_ports())]
    return [(url, "url") for url in dict.fromkeys(urls)]


def connections(registry: DeviceRegistry, board: str) -> Iterable[tuple[str, str]]:
    """Gives the kinds of connection by which a board has been reached.

    Args:
        registry: what is known.
        board: its name or uid; an address leaves no choice.
    """
    if is_url(board):
        return ()
    with suppress(IoTKernelError):
        schemes = dict.fromkeys(scheme_of(entry.url) for entry in registry.candidates(board))
        return [(scheme, "connection") for scheme in schemes]
    return ()


def _of_kinds(names: Iterable[str], uids: Iterable[str], urls: Iterable[str]) -> list[tuple[str, str]]:
    told = (
        [(name, "name") for name in names] + [(uid, "uid") for uid in uids] + [(url, "url") for url in urls]
    )
    return list(dict.fromkeys((text, kind) for text, kind in told if text))


def _entries(registry: DeviceRegistry) -> Sequence[Entry]:
    with suppress(IoTKernelError):
        return registry.entries()
    return ()


def _names(registry: DeviceRegistry) -> Mapping[str, str]:
    with suppress(IoTKernelError):
        return registry.names()
    return {}
