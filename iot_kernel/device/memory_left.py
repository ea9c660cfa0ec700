"""Asks a board how much memory it has left. Pure but for the asking; what comes back is a board's word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_kernel.device.lookup import Execute, ask_text

_ANSWER = re.compile(r"\A(?P<free>\d{1,12}) (?P<block>\d\d) ")
_LARGEST = re.compile(r"max (?:free sz|new split): (\d{1,12})")


@dataclass(frozen=True, slots=True)
class MemoryLeft:
    """What a board has left, after a collection.

    Attributes:
        free: bytes.
        largest: bytes of the largest piece in one; None where the firmware cannot tell.
    """

    free: int
    largest: int | None = None


def ask_memory_left(execute: Execute, *, platform: str = "") -> MemoryLeft | None:
    """Asks how much memory is left.

    Returns:
        None where the answer is none.

    Raises:
        IoTKernelError: the board did not answer.
    """
    told = ask_text(execute, "memory_left", "", platform)
    found = _ANSWER.match(told)
    if found is None:
        return None
    pieces = [int(number) for number in _LARGEST.findall(told)]  # a new heap is counted in bytes
    blocks = pieces[0] * int(found["block"]) if pieces else None
    return MemoryLeft(int(found["free"]), None if blocks is None else max(blocks, *pieces[1:], 0))
