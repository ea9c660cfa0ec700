"""When a recording goes on in another file: after so many bytes, or so much time. Standard library only."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import NamedTuple

#: bytes; smaller files have more head than samples.
SMALLEST = 10_000

#: s; shorter files are made in more time than they hold.
SHORTEST = 1.0

_BYTES = {
    "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}

_FORM = "a size such as '100 MB' or a time such as '1 h'"


class Rotation(NamedTuple):
    """How much a file holds.

    Attributes:
        size: bytes of the journal, at which it is full; infinite for any.
        seconds: from its first sample on, after which it is full; infinite for any.
    """

    size: float = math.inf
    seconds: float = math.inf


def read_rotation(value: object) -> Rotation:
    """Reads what the user asks for: a text such as ``"100 MB"`` or ``"1 h"``, bytes, or a `timedelta`.

    Raises:
        TypeError: it is something else.
        ValueError: it makes no sense.
    """
    if isinstance(value, timedelta):
        return _checked(value, seconds=value.total_seconds())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _checked(value, size=float(value))
    if not isinstance(value, str):
        raise TypeError(f"rotate must be {_FORM}, a number of bytes or a timedelta, not {value!r}")
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*", value)
    number, unit = (float(found[1]), found[2]) if found else (0.0, "")
    if unit in _BYTES:
        return _checked(value, size=number * _BYTES[unit])
    if unit in _SECONDS:
        return _checked(value, seconds=number * _SECONDS[unit])
    units = ", ".join((*_BYTES, *_SECONDS))
    raise ValueError(f"rotate must be {_FORM}, not {value!r}; units are {units}")


def _checked(value: object, size: float = math.inf, seconds: float = math.inf) -> Rotation:
    if math.isnan(size) or size < SMALLEST or seconds < SHORTEST:
        raise ValueError(f"rotate: a file has at least {SMALLEST:,} bytes or {SHORTEST:g} s, not {value!r}")
    return Rotation(size, seconds)
