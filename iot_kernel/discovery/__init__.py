"""Where boards may be: USB ports, and announcements on the network.

Never: a port that is opened, a board that is asked, or trust in what an announcement says.
"""

from iot_kernel.discovery.found import Advert, Candidate, Skipped
from iot_kernel.discovery.listener import AnnouncementListener, Listening
from iot_kernel.discovery.usb import SerialPort, serial_ports, sort_ports

__all__ = [
    "Advert",
    "AnnouncementListener",
    "Candidate",
    "Listening",
    "SerialPort",
    "Skipped",
    "serial_ports",
    "sort_ports",
]
