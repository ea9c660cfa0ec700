"""Takes the pipes out of what a board with µcore firmware sends, as frames such as other boards send. Pure.

The firmware's pipes are Jupyter's comms: opened, written and closed by a name, without numbers, so nothing
tells that a message was lost. One that was open before this kernel came is known by its first message.
"""

from __future__ import annotations

from collections.abc import Iterator

from iot_kernel.protocol import announcement, cobs
from iot_kernel.protocol.announcement import (
    CLOSED,
    CONTROL_CHANNEL,
    FIRST_CHANNEL,
    OPENED,
    STILL_OPEN,
    Announcement,
)
from iot_kernel.protocol.exception_guard import OUTPUT_PIPE
from iot_kernel.protocol.frames import LONGEST_PIECE, Damaged, Frame
from iot_kernel.protocol.jmp_messages import JmpMessage, MessageKind, encode
from iot_kernel.protocol.message_blocks import MessageBlocks

_CHANNELS = range(FIRST_CHANNEL, 256)


class MessageDemultiplexer:
    """The same for messages as `iot_kernel.protocol.frames.Demultiplexer` for text with frames.

    Attributes:
        is_waiting: whether something held back is to be flushed: never.
        holds_marks: likewise.
    """

    is_waiting = False
    holds_marks = False

    def __init__(self) -> None:
        self._blocks = MessageBlocks()
        self._channels: dict[str, int] = {}
        self._sequences = dict.fromkeys([CONTROL_CHANNEL, *_CHANNELS], 0)
        self._generation = 0

    def feed(self, data: bytes) -> Iterator[bytes | Frame | Damaged]:
        """Takes bytes in any cutting; gives whole messages in their wire form, and frames, in their order."""
        for message in self._blocks.feed(data):
            match message.header.kind:
                case MessageKind.COMM_OPEN:
                    yield from self._open(_name(message), OPENED)
                case MessageKind.COMM_MSG if _name(message) != OUTPUT_PIPE:
                    yield from self._write(_name(message), message)
                case MessageKind.COMM_CLOSE:
                    yield from self._close(_name(message))
                case _:
                    yield cobs.encode(encode(message)) + cobs.END

    def flush(self) -> bytes:
        """Gives what was held back: nothing."""
        return b""

    def _open(self, name: str, kind: bytes) -> Iterator[Frame]:
        used = self._channels.values()
        channel = self._channels.get(name) or next((free for free in _CHANNELS if free not in used), None)
        if channel is not None:
            self._channels[name] = channel
            self._generation = (self._generation + 1) % 256
            yield self._announced(kind, channel, name)

    def _write(self, name: str, message: JmpMessage) -> Iterator[Frame]:
        if name not in self._channels:
            yield from self._open(name, STILL_OPEN)
        data, channel = message.content["data"], self._channels.get(name)
        if channel is None or not isinstance(data, bytes):
            return
        starts = range(0, max(len(data), 1), LONGEST_PIECE)
        for start in starts:
            piece = data[start : start + LONGEST_PIECE]
            yield self._frame(channel, piece, more=start != starts[-1], continues=start > 0)

    def _close(self, name: str) -> Iterator[Frame]:
        if (channel := self._channels.pop(name, None)) is not None:
            yield self._announced(CLOSED, channel, name)

    def _announced(self, kind: bytes, channel: int, name: str) -> Frame:
        told = Announcement(kind, channel, self._generation, name)
        return self._frame(CONTROL_CHANNEL, announcement.encode(told))

    def _frame(self, channel: int, data: bytes, *, more: bool = False, continues: bool = False) -> Frame:
        sequence = self._sequences[channel]
        self._sequences[channel] = (sequence + 1) % 256
        return Frame(channel, sequence, data, more, continues)


def _name(message: JmpMessage) -> str:
    return str(message.content["comm_id"])
