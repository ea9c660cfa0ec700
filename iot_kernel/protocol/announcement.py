"""What channel 1 says of the other channels: which of them carry which pipe. Pure.

Each message is one byte kind (``o`` opened, ``c`` closed, ``s`` still open, the answer to a kernel that came
late), one byte channel, one byte generation, one byte flags, and the name in UTF-8. Channels 16 to 255 carry
one pipe each. With bit 0 of the flags each message of the pipe begins with a stamp of the board's clock.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

CONTROL_CHANNEL = 1
FIRST_CHANNEL = 16

OPENED, CLOSED, STILL_OPEN = b"o", b"c", b"s"

_HEAD = struct.Struct("<cBBB")  # kind, channel, generation, flags
_IS_STAMPED = 1  # of the flags


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that a board says of a pipe.

    Args:
        kind: one of `OPENED`, `CLOSED`, `STILL_OPEN`; others are for kernels to come.
        channel: 0 to 255.
        generation: counts the pipes that had this channel, modulo 256.
        name: of the pipe, unchecked.
        is_stamped: its messages begin with a stamp.
    """

    kind: bytes
    channel: int
    generation: int
    name: str
    is_stamped: bool = False


def encode(announcement: Announcement) -> bytes:
    """Gives the bytes of an announcement."""
    flags = _IS_STAMPED if announcement.is_stamped else 0
    head = _HEAD.pack(announcement.kind, announcement.channel, announcement.generation, flags)
    return head + announcement.name.encode(errors="replace")


def decode(data: bytes) -> Announcement:
    """Gives the announcement that these bytes are.

    Raises:
        ValueError: they are none.
    """
    try:
        kind, channel, generation, flags = _HEAD.unpack_from(data)
    except struct.error as error:
        raise ValueError(str(error)) from None
    name = data[_HEAD.size :].decode()
    return Announcement(kind, channel, generation, name, is_stamped=bool(flags & _IS_STAMPED))
