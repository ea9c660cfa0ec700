r"""What a kernel and a subscriber say to each other by TCP. Pure: no I/O, no clock; nothing of the kernel.

Not the frames of a board: `iot_kernel.protocol.frames` has those.

A subscriber sends one line, UTF-8:

    NAME TOKEN\n          the messages of a pipe
    \x02NAME TOKEN\n      the same, each with its stamp
    ?NAME TOKEN\n         what is known of a pipe: one message, a JSON object, and the end

Where the kernel checks no token, it may be left out together with the space before it, if the name has no
space. Then the kernel sends for each message (little-endian):

    u32 length, the data
    u32 length, f64 arrival (s since 1970), u32 messages lost until then,
        u32 microseconds of the board's clock modulo 2**30, or 0xFFFFFFFF, the data      with stamps

The end of the stream is the end of the pipe. A length of 0xFFFFFFFF is none: a u16 and as many bytes of UTF-8
follow, which say why the kernel hangs up, and then it does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

#: Bytes of one message: what a board may write at once.
LONGEST_MESSAGE = 65_535

#: Bytes of a pipe's name in UTF-8.
LONGEST_NAME = 64

#: Microseconds of a board's clock where the board stamps no messages of this pipe.
NO_CLOCK = 0xFFFFFFFF

#: Bytes of a request with its line end; a token of ours has 43.
LONGEST_REQUEST = 1024

_REFUSAL = 0xFFFFFFFF
_LENGTH = struct.Struct("<I")
_STAMPED = struct.Struct("<IdII")
_REASON = struct.Struct("<IH")
_QUERY = "?"
_STAMPS = "\x02"


class PipeError(ConnectionError):
    """A pipe cannot be read any further: a kernel hung up and said why, or is none."""


class FramingError(ValueError):
    """The other side does not speak this protocol."""


class Message(NamedTuple):
    """What one ``write`` on the board sent.

    Attributes:
        data: at most `LONGEST_MESSAGE` bytes.
        arrived: when the kernel had all of it, seconds since 1970; 0 without stamps.
        lost: messages of this pipe lost since it was opened; 0 without stamps.
        clock: microseconds of the board's clock when it was written, modulo 2**30; `NO_CLOCK` where the board
            does not say.
    """

    data: bytes
    arrived: float = 0.0
    lost: int = 0
    clock: int = NO_CLOCK


class Request(NamedTuple):
    """What a subscriber wants.

    Attributes:
        name: of the pipe.
        token: None where there was none.
        stamps: each message shall come with its stamp.
        query: it wants to know about the pipe, not its messages.
    """

    name: str
    token: str | None = None
    stamps: bool = False
    query: bool = False


def check_name(name: object) -> str:
    """Returns a pipe's name if it can be one.

    Raises:
        TypeError: it is no text.
        ValueError: it is empty, longer than `LONGEST_NAME` bytes, or has control characters.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a pipe must be a str, not {type(name).__name__}")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise ValueError(f"the name of a pipe is Unicode text: {name!r}") from None
    if not 0 < size <= LONGEST_NAME:
        raise ValueError(f"the name of a pipe has 1 to {LONGEST_NAME} bytes in UTF-8, not {size}")
    if any(c < " " or "\x7f" <= c <= "\x9f" for c in name):
        raise ValueError(f"the name of a pipe has no control characters: {name!r}")
    return name


def check_wanted(name: object, broker: str | None) -> str:
    """Returns the name by which a pipe is asked for if it can be one; at a broker a board's may be in front.

    Raises:
        TypeError: it is no text.
        ValueError: no pipe can have this name.
    """
    if broker is not None and isinstance(name, str) and ":" in name:
        check_name(name.rpartition(":")[2])
        return name
    return check_name(name)


def write_request(request: Request) -> bytes:
    """Gives the line of a request, with an empty token where it has none.

    Raises:
        ValueError: the token has white space or control characters.
    """
    token = request.token or ""
    if any(c <= " " or c == "\x7f" for c in token):
        raise ValueError("the token of a pipe has no white space and no control characters")
    prefix = _QUERY if request.query else _STAMPS if request.stamps else ""
    return f"{prefix}{request.name} {token}\n".encode()


def read_request(line: bytes) -> Request:
    """Reads the line of a request, without its line end.

    Raises:
        FramingError: it is no request.
    """
    try:
        text = line.removesuffix(b"\r").decode()
        query, stamps = text.startswith(_QUERY), text.startswith(_STAMPS)
        text = text[1:] if query or stamps else text
        name, space, token = text.rpartition(" ")
        if not space:
            name, token = token, ""
        return Request(check_name(name), token if space else None, stamps, query)
    except ValueError as error:
        raise FramingError(f"no request: {error}") from None


def write_messages(messages: Iterable[Message], *, stamps: bool) -> bytes:
    """Gives the bytes of messages."""
    if stamps:
        parts = (_STAMPED.pack(len(message.data), *message[1:]) + message.data for message in messages)
    else:
        parts = (_LENGTH.pack(len(message.data)) + message.data for message in messages)
    return b"".join(parts)


def write_refusal(reason: str) -> bytes:
    """Gives the record behind which the kernel hangs up."""
    text = reason.encode()[:0xFFFF]
    return _REASON.pack(_REFUSAL, len(text)) + text


class Receiver:
    """Makes messages of what a kernel sends.

    Args:
        stamps: whether they come with stamps.
    """

    def __init__(self, *, stamps: bool) -> None:
        self._header = _STAMPED if stamps else _LENGTH
        self._rest = b""
        #: why the kernel hangs up; None as long as it does not
        self.refusal: str | None = None

    def feed(self, data: bytes) -> list[Message]:
        """Takes bytes in any cutting; gives the messages that are whole now.

        Raises:
            FramingError: a length that no message has.
        """
        if self.refusal is not None:
            return []
        data = self._rest + data if self._rest else data
        messages: list[Message] = []
        start = 0
        while (end := self._end_of(data, start)) <= len(data):
            _, *stamp = self._header.unpack_from(data, start)
            messages.append(Message(data[start + self._header.size : end], *stamp))
            start = end
        self._rest = data[start:]
        self._read_refusal()
        return messages

    def _end_of(self, data: bytes, start: int) -> int:
        """Where the message that begins at ``start`` ends; behind the data where that is not known."""
        unknown = len(data) + 1
        if len(data) - start < _LENGTH.size:
            return unknown
        (length,) = _LENGTH.unpack_from(data, start)
        if length == _REFUSAL:
            return unknown
        if length > LONGEST_MESSAGE:
            raise FramingError(f"a message of {length} bytes: this is no kernel's pipe")
        if len(data) - start < self._header.size:
            return unknown
        end: int = start + self._header.size + length
        return end

    def _read_refusal(self) -> None:
        if len(self._rest) < _REASON.size:
            return
        mark, size = _REASON.unpack_from(self._rest)
        if mark == _REFUSAL and len(self._rest) >= _REASON.size + size:
            self.refusal = self._rest[_REASON.size : _REASON.size + size].decode(errors="replace")
