"""`DeviceInfo`: who a board is, as it says itself; checked and cleaned before it is shown. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import literal, printable

#: bytes of a chip's number; those seen have 16 at most.
LONGEST_UID = 32

_UID = re.compile(rf"(?:[0-9a-f]{{2}}(?::[0-9a-f]{{2}}){{0,{LONGEST_UID - 1}}})?")


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a board says of itself.

    Args:
        uid: its chip's number, e.g. ``30:ae:a4:30:84:34``; empty where the port has none.
        implementation: ``micropython`` or ``circuitpython``.
        version: e.g. ``1.25.0``.
        platform: ``sys.platform``, e.g. ``esp32``, ``rp2``, ``linux``.
        machine: the board and chip in words; may be empty.
        free: bytes of free memory when it was asked; None where it cannot tell.
        talks_in_messages: its firmware is µcore, which has no raw REPL.
    """

    uid: str
    implementation: str
    version: str
    platform: str
    machine: str = ""
    free: int | None = None
    talks_in_messages: bool = False


def parse_info(answer: str) -> DeviceInfo:
    """Reads what the snippet ``who`` printed; text that others printed around it does not matter.

    Raises:
        RemoteProtocolError: the answer has another shape.
    """
    for line in answer.split("\n"):
        if info := _parse_line(line):
            return info
    raise RemoteProtocolError("asking the board who it is", answer.encode())


def _parse_line(line: str) -> DeviceInfo | None:
    try:
        answer = literal(line)
    except RemoteProtocolError:
        return None
    match answer:
        case (str(uid), str(name), str(version), str(platform), str(machine), int() | None as free):
            if not _UID.fullmatch(uid):
                return None
            return DeviceInfo(
                uid, printable(name), printable(version), printable(platform), printable(machine), free
            )
        case _:
            return None
