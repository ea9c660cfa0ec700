"""Where the index of MicroPython's packages is: what the user says, else what the environment says."""

from __future__ import annotations

import os

from iot_kernel.errors import UsageError
from iot_kernel.packages.sources import Web, parse_place

INDEX = "https://micropython.org/pi/v2"
INDEX_VARIABLE = "IOT_PACKAGE_INDEX"


def index_place(option: str | None = None) -> Web:
    """The index of packages: the one that is named, else the environment's, else micropython.org's.

    Raises:
        UsageError: it has no address that can be one.
    """
    address = option or os.environ.get(INDEX_VARIABLE) or INDEX
    place = parse_place(address)
    if not isinstance(place, Web):
        raise UsageError(f"the address of an index begins with https:// or http://, not '{address}'")
    return place
