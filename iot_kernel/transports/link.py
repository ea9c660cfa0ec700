"""How slow a wire is: the rate and the delay of an emulated link.

A `Lane` carries bytes one way, in order, at the link's rate and with its delay; a full lane blocks its
sender, as a wire with flow control does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A wire.

    Args:
        rate: bytes a second in each direction, None for no limit.
        delay: seconds a byte travels.
    """

    rate: float | None = None
    delay: float = 0.0


IDEAL = Link()

#: Full-speed USB as boards have it: about 1 MB/s, and half a millisecond for the host's polling each way.
USB = Link(1e6, 0.5e-3)

_NAMED = {"ideal": IDEAL, "usb": USB}


def parse_link(text: str) -> Link:
    """Reads ``ideal``, ``usb``, or the baud rate of a UART (ten bits a byte).

    Raises:
        ValueError: what was expected.
    """
    if text in _NAMED:
        return _NAMED[text]
    if text.isdecimal() and int(text) >= 300:
        return Link(int(text) / 10)
    raise ValueError("ideal, usb, or a baud rate")
