r"""Frames: bytes that travel inside a board's output, past the raw REPL. Pure: no I/O, no clock.

Layout, before escaping (little-endian; the same table stands in docs/reference/protocol.md)

    offset  bytes  what
    0       1      start mark 0xFE, which occurs in no UTF-8 text
    1       1      channel; 0 belongs to the kernel's own transfers
    2       2      length of the data, 0 to 4096, with bit 7 inverted, which keeps short lengths free of
                   escapes; bit 15 is set where another piece of the same message follows, bit 14 where one
                   came before, bit 13 where the check is a remainder
    4       1      header check: the sum of the three bytes before it, inverted, modulo 256
    5       n      data
    5 + n   4      bits 0 to 7: sequence number of the piece in its channel, modulo 256
                   bits 8 to 31: the lower 24 bits of the CRC-32 of the bytes from 1 to 4 + n, begun with the
                   sequence number; with bit 13 of the length, the remainder modulo 4194301 of the bytes from
                   1 to 5 + n, the sequence number included, read as one big-endian number

Escaping: behind the start mark, the bytes 0x01, 0x04 and ``>`` never occur, nor does another 0xFE. Each is
written as 0xFD and a letter; so is LF by a board whose output makes CR LF of it. So whatever the raw REPL
itself prints in the middle of a frame, because another thread writes it, is known as such and goes on to the
REPL at the end of the frame, which stays whole; and a frame that is torn can never be taken for a prompt or
an end mark. Frames of channel 0 are written by the code that runs: an end mark (0x04) in one of them means
that this code was broken off, and the frame with it. Of other frames this shows when no more comes.

What turns out not to be a frame goes back to the text side, byte for byte.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass

START = b"\xfe"
ESCAPE = b"\xfd"

#: The channel of the kernel's own transfers.
OWN_CHANNEL = 0

#: bytes of data in one piece: a board needs three times that in memory, and a false start mark holds no more
#: text back.
LONGEST_PIECE = 4096

#: Around the data, before escaping.
OVERHEAD = 9

_MORE = 0x8000
_CONTINUES = 0x4000
_REMAINDER = 0x2000
_INVERTED = 0x80

_HEADER = struct.Struct("<BHB")
_TRAILER = struct.Struct("<I")

#: For boards without CRC-32: the largest prime whose multiples by 256 are small integers on any board.
_MODULUS = 4194301

#: Written as 0xFD and a letter. The escape byte comes first, so that escaping can be done one by one.
_ESCAPES = (
    (ESCAPE, ESCAPE + b"f"),
    (START, ESCAPE + b"e"),
    (b"\x01", ESCAPE + b"a"),
    (b"\x04", ESCAPE + b"d"),
    (b">", ESCAPE + b"g"),
)

#: What a board with a text output writes so as well.
_ESCAPE_OF_LINES = (b"\n", ESCAPE + b"n")

#: What the letter behind an escape byte stands for.
_LETTERS = {escaped[1]: original for original, escaped in (*_ESCAPES, _ESCAPE_OF_LINES)}

#: What the raw REPL prints by itself, never part of a frame; the second where code has ended.
_MARKS = b"\x01\x04>"
_END = b"\x04"

#: What behind a start mark is not the data of a frame as it stands.
_NOT_PLAIN = START + ESCAPE + _MARKS


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of a message that arrived whole.

    Args:
        channel: 0 to 255.
        sequence: of this piece in its channel, modulo 256.
        data: at most `LONGEST_PIECE` bytes.
        more: another piece of the same message follows.
        continues: a piece of the same message came before.
    """

    channel: int
    sequence: int
    data: bytes
    more: bool = False
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Damaged:
    """Something began as a frame and was none, or not whole; its bytes follow as text."""


def encode(frame: Frame, *, through_text: bool = False, without_crc: bool = False) -> bytes:
    """Gives the bytes of a frame, as a board sends them.

    Args:
        frame: the piece.
        through_text: as by a board whose output makes CR LF of LF.
        without_crc: as by a board that has no CRC-32.

    Raises:
        ValueError: the data is too long.
    """
    if len(frame.data) > LONGEST_PIECE:
        raise ValueError(f"a piece has at most {LONGEST_PIECE} bytes, not {len(frame.data)}")
    length = len(frame.data) ^ _INVERTED
    length |= (_MORE if frame.more else 0) | (_CONTINUES if frame.continues else 0)
    length |= _REMAINDER if without_crc else 0
    body = _HEADER.pack(frame.channel, length, _header_check(frame.channel, length)) + frame.data
    body += _TRAILER.pack(_check(body, frame.sequence, length) << 8 | frame.sequence)
    for original, escaped in (*_ESCAPES, _ESCAPE_OF_LINES) if through_text else _ESCAPES:
        body = body.replace(original, escaped)
    return START + body


class Demultiplexer:
    """Takes frames out of what a board sends."""

    def __init__(self) -> None:
        self._pending: _Pending | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether what may be a frame has begun and not ended."""
        return self._pending is not None

    @property
    def holds_marks(self) -> bool:
        """Whether marks of the raw REPL wait for the end of what may be a frame."""
        return self._pending is not None and bool(self._pending.marks)

    def feed(self, data: bytes) -> Iterator[bytes | Frame | Damaged]:
        """Takes bytes in any cutting; gives text (never empty) and frames in their order.

        Marks of the raw REPL that stand inside a whole frame come before it. The result has to be used up
        before the next call.
        """
        at = 0
        while at < len(data):
            if self._pending is None:
                start = data.find(START, at)
                text = data[at:] if start < 0 else data[at:start]
                if text:
                    yield text
                if start < 0:
                    return
                at = start + len(START)
                if found := _plain_frame(data, at):
                    frame, at = found
                    yield frame
                else:
                    self._pending = _Pending()
                continue
            pending = self._pending
            rest = pending.take(data[at:])
            at = len(data) - len(rest)
            if pending.is_over or rest:
                self._pending = None
                yield from pending.outcome()

    def flush(self) -> bytes:
        """Gives up waiting for the end of a frame: its bytes as text, empty where none had begun."""
        pending, self._pending = self._pending, None
        return b"" if pending is None else pending.text()


class _Pending:
    """What followed a start mark until now."""

    def __init__(self) -> None:
        self._escaped = b""
        self._needed = _HEADER.size
        self._header = b""
        self._is_torn = False
        #: of the raw REPL, among what was taken: how many bytes of the frame came before, and the mark
        self.marks: list[tuple[int, int]] = []

    def take(self, data: bytes) -> bytes:
        """Takes bytes up to the end of the frame or the next start mark; returns the others."""
        while data and not self.is_over and not data.startswith(START):
            piece = data[: self._needed - self._count()].partition(START)[0]
            if self._is_own:
                piece, end, _ = piece.partition(_END)
                self._is_torn = bool(end)
            data = data[len(piece) :]
            kept = piece.translate(None, _MARKS)
            if len(kept) < len(piece):
                self._note_marks(piece)
            self._escaped += kept
            self._read_header()
        return data

    @property
    def is_over(self) -> bool:
        """Whether no further byte belongs to it: it is complete, or known to be no frame."""
        return self._is_torn or self._count() >= self._needed

    @property
    def _is_own(self) -> bool:
        """Whether it is known to be of the kernel's own transfers."""
        return bool(self._header) and self._header[0] == OWN_CHANNEL

    def outcome(self) -> Iterator[Frame | Damaged | bytes]:
        """Gives the frame, or what there is instead."""
        body = b"" if self._is_torn else _unescape(self._escaped)
        if self._header and len(body) == self._needed and (frame := _read_frame(body)):
            if self.marks:
                yield bytes(mark for _, mark in self.marks)
            yield frame
            return
        yield Damaged()
        yield self.text()

    def text(self) -> bytes:
        """All of it as it came."""
        text = bytearray(self._escaped)
        for place, mark in reversed(self.marks):
            text.insert(place, mark)
        return START + text

    def _note_marks(self, piece: bytes) -> None:
        place = len(self._escaped)
        for byte in piece:
            if byte in _MARKS:
                self.marks.append((place, byte))
            else:
                place += 1

    def _count(self) -> int:
        """Counts the bytes before escaping; half an escape counts for none."""
        return len(self._escaped) - self._escaped.count(ESCAPE)

    def _read_header(self) -> None:
        if self._header or self._count() < _HEADER.size:
            return
        header = _unescape(self._escaped)[: _HEADER.size]
        if size := _size_of(header):
            self._header, self._needed = header, size


def _plain_frame(data: bytes, begin: int) -> tuple[Frame, int] | None:
    """Reads what follows a start mark: the frame and its end, or None where it takes a closer look.

    Most short frames are whole and need no unescaping; they are read several times as fast as by `_Pending`.
    """
    size = _size_of(data[begin : begin + _HEADER.size])
    body = data[begin : begin + size]
    if not size or len(body.translate(None, _NOT_PLAIN)) < size:
        return None
    frame = _read_frame(body)
    return None if frame is None else (frame, begin + size)


def _size_of(header: bytes) -> int:
    """Gives the bytes of a frame from header to trailer; 0 where this is no header."""
    if len(header) < _HEADER.size:
        return 0
    channel, length, check = _HEADER.unpack(header)
    size: int = (length ^ _INVERTED) & ~(_MORE | _CONTINUES | _REMAINDER)
    is_valid = check == _header_check(channel, length) and size <= LONGEST_PIECE
    return _HEADER.size + size + _TRAILER.size if is_valid else 0


def _read_frame(body: bytes) -> Frame | None:
    """Reads all of a frame behind its start mark, without escapes; None where its check is wrong."""
    channel, length, _ = _HEADER.unpack_from(body)
    (trailer,) = _TRAILER.unpack_from(body, len(body) - _TRAILER.size)
    sequence, body = trailer & 0xFF, body[: -_TRAILER.size]
    if trailer >> 8 != _check(body, sequence, length):
        return None
    return Frame(channel, sequence, body[_HEADER.size :], bool(length & _MORE), bool(length & _CONTINUES))


def _header_check(channel: int, length: int) -> int:
    return ~(channel + (length & 0xFF) + (length >> 8)) & 0xFF


def _check(body: bytes, sequence: int, length: int) -> int:
    if length & _REMAINDER:
        return int.from_bytes(body + bytes((sequence,)), "big") % _MODULUS
    return binascii.crc32(body, sequence) & 0xFFFFFF


def _unescape(data: bytes) -> bytes:
    """Takes escapes back; one that is none, or not whole, stays as it is."""
    if ESCAPE not in data:
        return data
    first, *others = data.split(ESCAPE)
    return first + b"".join(
        [_LETTERS.get(part[0], ESCAPE + part[:1]) + part[1:] if part else ESCAPE for part in others]
    )
