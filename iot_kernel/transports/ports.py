"""Finds a USB board that has come back at another serial port, by its serial number."""

from __future__ import annotations

import os

from serial.tools import list_ports


def url_with_serial_number(url: str, serial_number: str) -> str:
    """Finds the port of a board that may have changed its name.

    Args:
        url: where the board was, ``serial://…``; a symbolic link (``/dev/serial/by-id/…``) stays one.
        serial_number: its USB serial number.

    Returns:
        ``url`` itself while its port has that number, and where no port or several have it (cheap bridges all
        say ``0001``); else the url of the new port, with the options of the old one.
    """
    path, question, options = url.partition("://")[2].partition("?")
    ports = [port.device for port in list_ports.comports() if port.serial_number == serial_number]
    if path in ports or os.path.realpath(path) in ports or len(ports) != 1:
        return url
    return f"serial://{ports[0]}{question}{options}"
