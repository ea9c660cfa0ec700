"""Which serial port a USB board has by now."""

from __future__ import annotations

from urllib.parse import urlsplit

from serial.tools.list_ports import comports


def url_with_serial_number(url: str, serial_number: str) -> str:
    """Finds the port of a board that may have changed its name.

    Args:
        url: where the board was, ``serial://…``.
        serial_number: its USB serial number.

    Returns:
        ``url`` itself while its port still has that number, or where no other port has it; else the url of
        the new port, with the options of the old one.
    """
    old = urlsplit(url)
    ports = [port.device for port in comports() if port.serial_number == serial_number]
    if not ports or (old.netloc + old.path) in ports:
        return url
    query = f"?{old.query}" if old.query else ""
    return f"serial://{ports[0]}{query}"
