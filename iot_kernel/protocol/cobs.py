"""Consistent overhead byte stuffing: payloads without the byte 0x00, which ends each of them on the wire.

Specified by S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on
Networking 7 (2), 1999. A coded payload is a row of groups. Each begins with its length, 1 to 255, this byte
included; behind a group of fewer than 255 bytes stood a 0x00, except behind the last group. Pure: no I/O.
"""

from __future__ import annotations

END = b"\x00"

#: bytes of one group, with the byte of its length
_LONGEST_GROUP = 255


def encode(payload: bytes) -> bytes:
    """Gives the coded payload, without the byte that ends it: at most one byte more for each 254."""
    coded = bytearray()
    for piece in payload.split(END):
        start = 0
        while len(piece) - start >= _LONGEST_GROUP - 1:
            coded.append(_LONGEST_GROUP)
            coded += piece[start : start + _LONGEST_GROUP - 1]
            start += _LONGEST_GROUP - 1
        coded.append(len(piece) - start + 1)
        coded += piece[start:]
    return bytes(coded)


def decode(coded: bytes) -> bytes:
    """Gives the payload.

    Args:
        coded: without the byte that ends it.

    Raises:
        ValueError: it is no coded payload, or not a whole one.
    """
    payload = bytearray()
    start = 0
    while start < len(coded):
        length = coded[start]
        group = coded[start + 1 : start + length]
        if not length or len(group) != length - 1:
            raise ValueError(f"the group at byte {start} is not whole")
        payload += group
        start += length
        if length < _LONGEST_GROUP and start < len(coded):
            payload += END
    return bytes(payload)
