"""Messages of boards with the firmware µcore: Jupyter's messages in binary form. Pure: no I/O, no clock.

A message is a routing id, which replies repeat, and five sections: header, parent header, metadata, content,
buffers. Metadata and buffers are empty. Numbers are big-endian; a string is a u16 length and UTF-8.

    offset  bytes    what
    0       36       routing id; 36 zeros in what belongs to no request
    36      5 x u16  lengths of the sections
    46      ...      the sections

A header is the message's id, the session, the user's name (strings), the kind (u8, `MessageKind`) and three
bytes of the version. A reply has the header of its request as its parent. The layout of each content is in
`_LAYOUTS`. On the wire a message is coded as in `iot_kernel.protocol.cobs`, and 0x00 ends it. There is no
check sum and no sequence number: what was damaged may not show. The facts are from the firmware's sources
(github.com/dmachinewhisperer/ucore, `jmp_bin.c` and `ucore.c`).
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

#: bytes in front of the sections
ROUTING = 36
_LENGTHS = struct.Struct(">5H")
ENVELOPE = ROUTING + _LENGTHS.size

#: Who asks nothing for others needs no routing id, and 36 zeros are easy to find behind bytes that are lost.
NO_ROUTE = bytes(ROUTING)

VERSION = bytes((5, 3, 0))

#: bytes of a string, and of a section
LONGEST_SECTION = 0xFFFF


class MessageKind(enum.IntEnum):
    """What a message is."""

    KERNEL_INFO_REQUEST = 0x01
    KERNEL_INFO_REPLY = 0x02
    EXECUTE_REQUEST = 0x03
    EXECUTE_REPLY = 0x04
    STREAM = 0x05
    ERROR = 0x06
    DISPLAY_DATA = 0x07
    STATUS = 0x08
    INPUT_REQUEST = 0x09
    INPUT_REPLY = 0x0A
    COMPLETE_REQUEST = 0x0B
    COMPLETE_REPLY = 0x0C
    INSPECT_REQUEST = 0x0D
    INSPECT_REPLY = 0x0E
    IS_COMPLETE_REQUEST = 0x0F
    IS_COMPLETE_REPLY = 0x10
    SHUTDOWN_REQUEST = 0x11
    SHUTDOWN_REPLY = 0x12
    INTERRUPT_REQUEST = 0x13
    INTERRUPT_REPLY = 0x14
    EXECUTE_RESULT = 0x15
    COMM_OPEN = 0x16
    COMM_MSG = 0x17
    COMM_CLOSE = 0x18


class Busy(enum.IntEnum):
    """What the content of a status message says."""

    BUSY = 0
    IDLE = 1
    STARTING = 2


#: Flags of an execute request.
SILENT, HISTORY, STDIN, STOP_ON_ERROR = 1, 2, 4, 8

Value = int | str | bytes | tuple[str, ...] | Mapping[str, str]
Content = Mapping[str, Value]


class MessageError(ValueError):
    """Bytes are no message of this protocol."""


@dataclass(frozen=True, slots=True)
class Header:
    """Who sent a message, and what it is.

    Args:
        kind: an unknown one stays a number.
        msg_id, session, username: at most `LONGEST_SECTION` bytes together.
    """

    kind: int
    msg_id: str = ""
    session: str = ""
    username: str = ""
    version: bytes = VERSION


@dataclass(frozen=True, slots=True)
class JmpMessage:
    """A message.

    Args:
        header: its own.
        content: the names and values that its kind has in `_LAYOUTS`.
        parent: the header of the request that it answers; None where it answers none.
        route: the routing id.
    """

    header: Header
    content: Content = field(default_factory=dict)
    parent: Header | None = None
    route: bytes = NO_ROUTE


def encode(message: JmpMessage) -> bytes:
    """Gives the bytes of a message.

    Raises:
        ValueError: a string or a section is longer than `LONGEST_SECTION`, or a number is too large.
    """
    sections = (
        _encode_header(message.header),
        b"" if message.parent is None else _encode_header(message.parent),
        b"",
        encode_content(message.header.kind, message.content),
        b"",
    )
    if (longest := max(map(len, sections))) > LONGEST_SECTION:
        raise ValueError(f"a section has at most {LONGEST_SECTION} bytes, not {longest}")
    return message.route + _LENGTHS.pack(*map(len, sections)) + b"".join(sections)


def decode(data: bytes) -> JmpMessage:
    """Gives the message that these bytes are.

    Raises:
        MessageError: they are none; nothing of them can be used.
    """
    if len(data) < ENVELOPE:
        raise MessageError(f"{len(data)} bytes are no message: it has {ENVELOPE} at least")
    lengths = _LENGTHS.unpack_from(data, ROUTING)
    if ENVELOPE + sum(lengths) != len(data):
        raise MessageError(f"the sections have {sum(lengths)} bytes, and {len(data) - ENVELOPE} came")
    sections = _Bytes(data[ENVELOPE:])
    header, parent, _, content, _ = (sections.take(length) for length in lengths)
    read = _decode_header(header)
    return JmpMessage(
        read,
        decode_content(read.kind, content),
        _decode_header(parent) if parent else None,
        data[:ROUTING],
    )


def _encode_header(header: Header) -> bytes:
    names = b"".join(map(_encode_text, (header.msg_id, header.session, header.username)))
    return names + bytes((header.kind,)) + header.version


def _decode_header(data: bytes) -> Header:
    rest = _Bytes(data)
    msg_id, session, username = (rest.text() for _ in range(3))
    header = Header(rest.number("B"), msg_id, session, username, rest.take(len(VERSION)))
    rest.check_end()
    return header


# Contents

#: The fields of each content in their order: a name, and how it is written. ``B`` and ``H`` are numbers of
#: one and two bytes, ``s`` a string, ``b`` bytes of a u16 length, ``3`` three bytes, ``l`` a list of strings,
#: ``m`` a dictionary of strings with a u16 of 0 behind it.
_LAYOUTS: dict[int, str] = {
    MessageKind.KERNEL_INFO_REPLY: (
        "status:B protocol_version:3 implementation:s implementation_version:3 language:s"
        " language_version:3 mimetype:s file_extension:s banner:s debugger:B"
    ),
    MessageKind.EXECUTE_REQUEST: "code:s flags:B",
    MessageKind.EXECUTE_REPLY: "status:B execution_count:H",
    MessageKind.STREAM: "name:B text:s",
    MessageKind.ERROR: "status:B ename:s evalue:s traceback:s execution_count:H",
    MessageKind.DISPLAY_DATA: "data:m",
    MessageKind.STATUS: "state:B",
    MessageKind.INPUT_REQUEST: "prompt:s password:B",
    MessageKind.INPUT_REPLY: "value:s",
    MessageKind.COMPLETE_REQUEST: "code:s cursor:H",
    MessageKind.COMPLETE_REPLY: "matches:l start:H end:H metadata:H status:B",
    MessageKind.INSPECT_REQUEST: "code:s cursor:H level:B",
    MessageKind.INSPECT_REPLY: "status:B found:B data:m",
    MessageKind.IS_COMPLETE_REQUEST: "code:s",
    MessageKind.IS_COMPLETE_REPLY: "status:B indent:s",
    MessageKind.SHUTDOWN_REQUEST: "restart:B",
    MessageKind.SHUTDOWN_REPLY: "status:B restart:B",
    MessageKind.INTERRUPT_REPLY: "status:B",
    MessageKind.EXECUTE_RESULT: "execution_count:H data:m",
    MessageKind.COMM_OPEN: "comm_id:s target:H",
    MessageKind.COMM_MSG: "comm_id:s data:b",
    MessageKind.COMM_CLOSE: "comm_id:s",
}

#: A reply that tells of an error has the layout of the error.
_FAILED = b"\x01"


def _layout(kind: int, *, is_failed: bool) -> list[tuple[str, str]]:
    is_error = kind == MessageKind.EXECUTE_REPLY and is_failed
    layout = _LAYOUTS.get(MessageKind.ERROR if is_error else kind, "")
    return [(name, form) for name, _, form in (each.partition(":") for each in layout.split())]


def encode_content(kind: int, content: Content) -> bytes:
    """Gives the content of a message of this kind.

    Raises:
        KeyError: a value is missing.
        ValueError: a string is too long, or a number too large.
    """
    layout = _layout(kind, is_failed=bool(content.get("status")))
    return b"".join(_encode_field(form, content[name]) for name, form in layout)


def decode_content(kind: int, data: bytes) -> dict[str, Value]:
    """Gives the values of a content; none of a kind that is not known.

    Raises:
        MessageError: the bytes are no content of this kind.
    """
    rest = _Bytes(data)
    layout = _layout(kind, is_failed=data[:1] == _FAILED)
    content = {name: rest.field(form) for name, form in layout}
    if layout:
        rest.check_end()
    return content


def _encode_field(form: str, value: Value) -> bytes:
    match value:
        case int():
            try:
                return struct.pack(f">{form}", value)
            except struct.error as error:
                raise ValueError(str(error)) from None
        case str():
            return _encode_text(value)
        case bytes():
            return value if form == "3" else _encode_bytes(value)
        case tuple():
            return struct.pack(">H", len(value)) + b"".join(map(_encode_text, value))
        case _:
            pairs = (_encode_text(key) + _encode_text(text) for key, text in value.items())
            return struct.pack(">H", len(value)) + b"".join(pairs) + bytes(2)


def _encode_text(text: str) -> bytes:
    return _encode_bytes(text.encode(errors="replace"))


def _encode_bytes(data: bytes) -> bytes:
    if len(data) > LONGEST_SECTION:
        raise ValueError(f"a string has at most {LONGEST_SECTION} bytes, not {len(data)}")
    return struct.pack(">H", len(data)) + data


class _Bytes:
    """Bytes that are read from the front; a board may have sent any."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise MessageError(f"{count} bytes were announced, and {len(taken)} came")
        self._at += count
        return taken

    def number(self, form: str) -> int:
        return int.from_bytes(self.take(struct.calcsize(f">{form}")), "big")

    def text(self) -> str:
        return self.take(self.number("H")).decode(errors="replace")

    def field(self, form: str) -> Value:
        match form:
            case "s":
                return self.text()
            case "b":
                return self.take(self.number("H"))
            case "3":
                return self.take(3)
            case "l":
                return tuple(self.text() for _ in range(self.number("H")))
            case "m":
                pairs = {self.text(): self.text() for _ in range(self.number("H"))}
                self.number("H")
                return pairs
            case _:
                return self.number(form)

    def check_end(self) -> None:
        if self._at != len(self._data):
            raise MessageError(f"{len(self._data) - self._at} bytes are left over")
