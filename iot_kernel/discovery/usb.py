"""Serial ports: which there are, and which of them can be boards. No port is opened.

Any USB device may be a board, since new ones appear all the time; what is left out is known to be something
else. Opening such a device could do harm (a modem dials), and opening every port takes time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from iot_kernel.discovery.found import Candidate, Skipped
from iot_kernel.text import printable
from iot_kernel.urls import normalise

#: Makers of USB devices with serial ports that never are boards.
_OTHER_MAKERS = {
    0x04E8: "a Samsung phone",
    0x05AC: "an Apple device",
    0x05C6: "a Qualcomm modem",
    0x0BB4: "a HTC phone",
    0x0BDB: "an Ericsson modem",
    0x1199: "a Sierra modem",
    0x12D1: "a Huawei modem",
    0x18D1: "an Android phone",
    0x19D2: "a ZTE modem",
    0x1BC7: "a Telit modem",
    0x1E0E: "a SIMCom modem",
    0x1546: "a u-blox receiver",
    0x2717: "a Xiaomi phone",
    0x2C7C: "a Quectel modem",
}

#: Devices of makers who make boards or bridges too.
_OTHER_DEVICES = {
    (0x0451, 0x16A8): "a Zigbee stick",
    (0x0658, 0x0200): "a Z-Wave stick",
    (0x1CF1, 0x0030): "a Zigbee stick",
    (0x1D50, 0x6018): "a debug probe",
}

#: Words in the product text, for devices behind a general bridge chip.
_OTHER_WORDS = {
    "zigbee": "a Zigbee stick",
    "z-wave": "a Z-Wave stick",
    "skyconnect": "a Zigbee stick",
    "conbee": "a Zigbee stick",
    "modem": "a modem",
    "gps": "a GPS receiver",
    "gnss": "a GPS receiver",
}


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port of this computer, as the operating system describes it.

    Attributes:
        device: ``/dev/ttyACM0``, ``COM3``.
        hwid: the hardware in one line, e.g. ``USB VID:PID=10C4:EA60 SER=0163A3DA LOCATION=1-1.3``.
        vid: USB vendor, None where the port is not on USB.
        pid: USB product.
        serial_number: of the USB device; empty when it has none.
        manufacturer: empty when unknown.
        product: empty when unknown.
        interface: which of a device's several ports; empty when unknown.
    """

    device: str
    hwid: str = ""
    vid: int | None = None
    pid: int | None = None
    serial_number: str = ""
    manufacturer: str = ""
    product: str = ""
    interface: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return normalise(self.device)

    def attributes(self) -> list[tuple[str, str]]:
        """What there is to say about the port: names and values in the order to show, known ones only."""
        named = (
            ("hwid", self.hwid),
            ("manufacturer", self.manufacturer),
            ("product", self.product),
            ("interface", self.interface),
        )
        return [(name, value) for name, value in named if value]


def serial_ports(list_ports: Callable[[], Iterable[Any]] | None = None) -> list[SerialPort]:
    """All serial ports of this computer, ``ttyACM2`` before ``ttyACM10``.

    Args:
        list_ports: gives pyserial's ``ListPortInfo`` objects; by default asks the operating system.
    """
    return [_described(info) for info in sorted((list_ports or _comports)())]


def sort_ports(ports: Iterable[SerialPort]) -> tuple[list[Candidate], list[Skipped]]:
    """Tells ports that can be boards from those that cannot."""
    candidates, skipped = [], []
    for port in ports:
        if reason := _no_board(port):
            skipped.append(Skipped(port.url, reason, usual=port.vid is None))
        else:
            candidates.append(Candidate(port.url, serial_number=port.serial_number))
    return candidates, skipped


def _no_board(port: SerialPort) -> str | None:
    """Why a port is not asked; None for one that can be a board."""
    if port.vid is None:
        return f"not a USB port; if a board is connected to it: %register {port.url}"
    other = _OTHER_DEVICES.get((port.vid, port.pid or 0)) or _OTHER_MAKERS.get(port.vid)
    words = re.findall(r"[a-z-]+", port.product.lower())
    other = other or next((what for word, what in _OTHER_WORDS.items() if word in words), None)
    if "CDC2" in port.interface:  # CircuitPython's usb_cdc.data
        other = "a board's second port, for data"
    return f"seems to be {other}; if it is a board: %register {port.url}" if other else None


def _comports() -> Iterable[Any]:
    from serial.tools import list_ports

    return cast("Iterable[Any]", list_ports.comports())


def _described(info: Any) -> SerialPort:  # noqa: ANN401  # pyserial has a class per platform, all untyped
    texts = {
        name: printable(getattr(info, name) or "", 200)
        for name in ("serial_number", "manufacturer", "product", "interface")
    }
    hwid = "" if info.hwid in (None, "n/a") else printable(info.hwid, 200)
    return SerialPort(device=info.device, hwid=hwid, vid=info.vid, pid=info.pid, **texts)
