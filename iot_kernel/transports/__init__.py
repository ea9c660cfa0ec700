"""Bytes to and from one board, by the scheme of its url: one module for each kind of wire.

A scheme's module is imported when it is first asked for. Never: what the bytes mean.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.transports.base import Transport

#: scheme -> (module, class). The class takes the url and keyword options, see `create_transport`.
SCHEMES: dict[str, tuple[str, str]] = {
    "serial": ("iot_kernel.transports.serial", "SerialTransport"),
    "socket": ("iot_kernel.transports.serial", "SerialTransport"),
    "rfc2217": ("iot_kernel.transports.serial", "SerialTransport"),
    "hwgrep": ("iot_kernel.transports.serial", "SerialTransport"),
    "ssh": ("iot_kernel.transports.ssh", "SshTransport"),
    "ws": ("iot_kernel.transports.webrepl", "WebReplTransport"),
    "wss": ("iot_kernel.transports.webrepl", "WebReplTransport"),
    "sim": ("iot_kernel.virtual_board.transport", "VirtualTransport"),
}


def current_url(url: str, serial_number: str | None) -> str:
    """Finds a USB board that has come back under another port name; other urls are as they were.

    Args:
        url: where the board was.
        serial_number: its USB serial number, if it has one.
    """
    if serial_number is None or not url.lower().startswith("serial:"):
        return url
    from iot_kernel.transports.ports import url_with_serial_number

    return url_with_serial_number(url, serial_number)


def create_transport(url: str, *, password: str | None = None) -> Transport:
    """Makes the transport of a url; nothing is opened.

    Args:
        url: ``SCHEME://…``.
        password: the board's WebREPL password; other schemes ignore it.

    Raises:
        ConnectError: the scheme is unknown (the text names the known ones).
    """
    scheme, mark, _ = url.partition("://")  # not urlsplit: after hwgrep:// comes a regular expression
    if not mark or scheme.lower() not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise ConnectError(url, ConnectReason.UNSUPPORTED, f"unknown kind of connection; known are {known}")
    module, name = SCHEMES[scheme.lower()]
    factory = getattr(import_module(module), name)
    return cast(Transport, factory(url, password=password))
