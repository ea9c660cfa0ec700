"""Reads the messages of channel 2; docs/reference/protocol.md specifies them. Pure: bytes in, values out."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum

#: bytes that one display shows; boards refuse more themselves. Browsers become slow with more, and the
#: notebook stores all of it.
LONGEST_CONTENT = 10_000_000

#: bytes of its message, with names and lengths
LONGEST_DISPLAY = LONGEST_CONTENT + 100_000

_ITEM = struct.Struct("<cBI")  # form, length of the name, length of the content


class DisplayKind(Enum):
    """What a message is for."""

    SHOW = b"d"
    UPDATE = b"u"
    CLEAR = b"c"
    CLEAR_LATER = b"w"
    VALUE = b"v"


class Form(Enum):
    """How the content of a representation is to be understood."""

    TEXT = b"t"
    BYTES = b"b"
    JSON = b"j"
    PIXELS = b"p"
    METADATA = b"m"
    ERROR = b"e"


@dataclass(frozen=True, slots=True)
class Representation:
    """One way to show a thing, or something about it.

    Args:
        form: of the content.
        name: the MIME type; for errors what failed; for metadata a MIME type, or empty for all of them.
        content: not checked yet.
    """

    form: Form
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class BoardDisplay:
    """A message.

    Args:
        kind: what it is for.
        display_id: what it may be replaced by, or replaces; empty for none.
        items: in the order of the board.
    """

    kind: DisplayKind
    display_id: str = ""
    items: tuple[Representation, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all contents."""
        return sum(len(item.content) for item in self.items)


def parse(message: bytes) -> BoardDisplay:
    """Reads a message.

    Raises:
        ValueError: it is none.
    """
    kind = DisplayKind(message[:1])
    begin = 2 + message[1] if len(message) > 1 else 0
    if not 2 <= begin <= len(message):
        raise ValueError("the display id is not whole")
    return BoardDisplay(kind, message[2:begin].decode(), tuple(_items(memoryview(message), begin)))


def _items(message: memoryview, at: int) -> list[Representation]:
    items = []
    while at < len(message):
        try:
            form, name_length, length = _ITEM.unpack_from(message, at)
        except struct.error as error:
            raise ValueError("a representation is not whole") from error
        begin = at + _ITEM.size + name_length
        name = bytes(message[at + _ITEM.size : begin]).decode()
        at = begin + length
        if at > len(message):
            raise ValueError("a content is not whole")
        items.append(Representation(Form(form), name, bytes(message[begin:at])))
    return items
