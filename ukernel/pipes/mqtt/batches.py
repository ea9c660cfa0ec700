"""Batches: the messages of a pipe as they go over a broker. Pure: no I/O, no clock.

A batch is the payload of one MQTT message, little-endian:

    4 bytes  ``IOT`` and 0x01, the version of this layout
    u16      how many messages are in it
    u8       flags: bit 0 is set where the pipe has ended, and nothing is in this batch
    u8       0
    u32      publisher: a number that each one makes up when it begins
    u32      stream: counts how often this publisher has found the pipe open
    u64      number of the first message; at the end of a pipe, the one that the next would have had
    f64      arrived: when the kernel had the first message, seconds since 1970

and for each message:

    u16      length of its data
    u16      lost: how many were lost between the message before it in this batch and this one
    u32      microseconds from ``arrived`` until the kernel had it
    u32      microseconds of the board's clock modulo 2**30, or 0xFFFFFFFF where it stamps none
             the data

Messages are numbered as the board wrote them, those that were lost among them. So a gap between two numbers
is what was lost, wherever that happened, and a number that has come before is a repetition.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import NamedTuple

from ukernel.pipes.framing import LONGEST_MESSAGE, NO_CLOCK, FramingError

MAGIC = b"IOT\x01"

#: Bytes of a batch at most. The longest message alone takes half of it; brokers in the cloud take no more.
LARGEST_BATCH = 128 * 1024

#: Bytes of a message beside its data.
RECORD_SIZE = 12

#: Bytes of a batch beside its messages.
HEAD_SIZE = 32

_HEAD = struct.Struct("<4sHBxIIQd")
_RECORD = struct.Struct("<HHII")
_HAS_ENDED = 1  # of the flags
_MOST_LOST = 0xFFFF
_MOST_MICROSECONDS = 0xFFFFFFFF
_MOST_MESSAGES = 0xFFFF

#: Numbers up to that are believed: at a million messages a second they last for centuries.
_LARGEST_NUMBER = 1 << 60

#: Times up to that are believed, in seconds since 1970; the year 5138.
_LATEST = 1e11


class NumberedMessage(NamedTuple):
    """A message and its place in its stream.

    Attributes:
        number: counts what the board wrote, from 0.
        data: at most `LONGEST_MESSAGE` bytes.
        arrived: when the kernel had it, seconds since 1970.
        clock: microseconds of the board's clock modulo 2**30, or `NO_CLOCK`.
    """

    number: int
    data: bytes
    arrived: float
    clock: int = NO_CLOCK


class Batch(NamedTuple):
    """Some messages of one stream.

    Attributes:
        publisher: whose they are.
        stream: counts how often the publisher has found the pipe open.
        first: number of the first message, or of the next one at the end.
        messages: in the order of their numbers.
        has_ended: the pipe was closed; there are no messages.
    """

    publisher: int
    stream: int
    first: int
    messages: tuple[NumberedMessage, ...] = ()
    has_ended: bool = False


def write_end(publisher: int, stream: int, number: int) -> bytes:
    """Gives the batch that ends a stream.

    Args:
        publisher: whose it is.
        stream: of the pipe.
        number: that the next message would have had.
    """
    return _HEAD.pack(MAGIC, 0, _HAS_ENDED, publisher, stream, number, 0.0)


def take_batch(publisher: int, stream: int, waiting: deque[NumberedMessage], largest: int) -> bytes:
    """Gives a batch of the messages that wait, as many as go into one, and takes them away.

    Args:
        publisher: whose they are.
        stream: of the pipe.
        waiting: at least one message.
        largest: bytes; a first message that needs more goes alone.
    """
    first = waiting[0]
    parts: list[bytes] = []
    size, expected = HEAD_SIZE, first.number
    while waiting and len(parts) < _MOST_MESSAGES:
        message = waiting[0]
        lost, later = message.number - expected, round((message.arrived - first.arrived) * 1e6)
        size += RECORD_SIZE + len(message.data)
        fits = size <= largest and lost <= _MOST_LOST and 0 <= later <= _MOST_MICROSECONDS
        if parts and not fits:
            break
        parts.append(_RECORD.pack(len(message.data), lost, later, message.clock) + message.data)
        expected = message.number + 1
        waiting.popleft()
    head = _HEAD.pack(MAGIC, len(parts), 0, publisher, stream, first.number, first.arrived)
    return head + b"".join(parts)


def read_batch(data: bytes) -> Batch:
    """Reads a batch.

    Raises:
        FramingError: it is none, or one of a later version.
    """
    if not HEAD_SIZE <= len(data) <= LARGEST_BATCH or not data.startswith(MAGIC[:3]):
        raise FramingError(f"{len(data)} bytes that are no batch of a pipe")
    if not data.startswith(MAGIC):
        raise FramingError(f"a batch of version {data[3]}: this program knows version {MAGIC[3]}")
    _, count, flags, publisher, stream, number, arrived = _HEAD.unpack_from(data)
    has_ended = bool(flags & _HAS_ENDED)
    if number > _LARGEST_NUMBER or not 0 <= arrived <= _LATEST or has_ended == bool(count):
        raise FramingError("the head of a batch makes no sense")
    messages = _messages(data, count, number, arrived)
    return Batch(publisher, stream, number, messages, has_ended)


def _messages(data: bytes, count: int, number: int, arrived: float) -> tuple[NumberedMessage, ...]:
    found, start = [], HEAD_SIZE
    for _ in range(count):
        if len(data) - start < RECORD_SIZE:
            raise FramingError(f"a batch of {len(data)} bytes is cut off")
        length, lost, later, clock = _RECORD.unpack_from(data, start)
        start += RECORD_SIZE + length
        number += lost
        found.append(NumberedMessage(number, data[start - length : start], arrived + later * 1e-6, clock))
        number += 1
    if start != len(data):
        raise FramingError(f"a batch of {len(data)} bytes has messages of {start}")
    return tuple(found)


assert HEAD_SIZE + RECORD_SIZE + LONGEST_MESSAGE <= LARGEST_BATCH  # noqa: S101
