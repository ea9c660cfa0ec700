"""Cuts files into the blocks that ``snippets/receive.py`` reads. Pure; `upload` specifies their layout."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

#: Of its size, what a file must come to for being deflated: inflating costs a board time.
WORTHWHILE = 0.9

#: bytes of each sample by which that is judged; and how much is deflated at a time.
SAMPLE = 4096

#: How much longer than a block its inflated data may be: a slow flash has to answer now and then.
GROWTH = 4

_STOP, _BEGIN, _PLAIN, _DEFLATED, _END = range(5)

_HEAD = struct.Struct("<BHB")
_SIZE = struct.Struct("<I")
_BEGINNING = struct.Struct("<BI")
_LONGEST_DIGEST = 32

#: By the number that the board gives. The last one is for firmware without hashlib.
DIGESTS: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: hashlib.sha256(data).digest(),
    lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    lambda data: _SIZE.pack(zlib.crc32(data)),
)


def _head(kind: int, size: int) -> bytes:
    return _HEAD.pack(kind, size, ~(kind + (size & 0xFF) + (size >> 8)) & 0xFF)


#: Ends the program that receives. What a program that lost its place reads is hardly ever this.
STOP = _head(_STOP, 0xA55A)

#: No block begins with it, and no REPL minds it.
FILLER = b"\x18"


class Inflater(Protocol):
    """What ``zlib.decompressobj`` gives."""

    def decompress(self, data: bytes, /) -> bytes:
        """Inflates the next part."""

    def copy(self) -> Inflater:
        """Gives another one in the same state."""


@dataclass(frozen=True, slots=True)
class FileToSend:
    """One file to send.

    Args:
        path: where it goes.
        temporary: what it is called on the way.
        data: its content.
    """

    path: str
    temporary: str
    data: bytes

    @property
    def least_unit(self) -> int:
        """Bytes of data in the longer of the two blocks that name the file; no block can be cut."""
        return max(
            _BEGINNING.size + len(self.temporary.encode()), 1 + _LONGEST_DIGEST + len(self.path.encode())
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What the board can take.

    Args:
        unit: bytes of the longest block.
        window: of its inflater, as a power of two; 0 where it has none.
        digest: which of `DIGESTS` it computes.
    """

    unit: int
    window: int
    digest: int

    @property
    def are_possible(self) -> bool:
        """Whether a program of ours can have said this."""
        return 32 <= self.unit <= 4096 and self.window in (0, *range(9, 16)) and self.digest < len(DIGESTS)


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Args:
        data: all of it.
        done: bytes of the file that are dealt with after it.
    """

    data: bytes
    done: int


def blocks(item: FileToSend, terms: Terms) -> Iterator[Block]:
    """Gives the blocks of one file, in order."""
    window = terms.window if is_worthwhile(item.data, terms.window) else 0
    yield _block(_BEGIN, _BEGINNING.pack(window, len(item.data)) + item.temporary.encode(), 0)
    if window:
        yield from _deflated_blocks(_deflate(item.data, window), terms)
    else:
        for start in range(0, len(item.data), terms.unit):
            piece = item.data[start : start + terms.unit]
            yield _block(_PLAIN, piece, start + len(piece))
    digest = DIGESTS[terms.digest](item.data)
    yield _block(_END, bytes([len(digest)]) + digest + item.path.encode(), len(item.data))


def is_worthwhile(data: bytes, window: int) -> bool:
    """Whether deflating saves enough, going by samples: a wire should not wait for a large file."""
    starts = {0, len(data) // 2, max(0, len(data) - SAMPLE)}
    samples = [data[start : start + SAMPLE] for start in starts]
    size = sum(len(zlib.compress(sample, 1)) for sample in samples)
    return window > 0 and size < WORTHWHILE * sum(len(sample) for sample in samples)


def _block(kind: int, data: bytes, done: int) -> Block:
    return Block(_head(kind, len(data)) + data, done)


def _deflate(data: bytes, window: int) -> Iterator[bytes]:
    """Gives one raw deflate stream, piece by piece."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -window, 9)
    for start in range(0, len(data), SAMPLE):
        yield stream.compress(data[start : start + SAMPLE])
    yield stream.flush()


def _deflated_blocks(deflated: Iterator[bytes], terms: Terms) -> Iterator[Block]:
    """Cuts a stream anywhere; each block says how much can be inflated once it is there."""
    inflater = zlib.decompressobj(-terms.window)
    done = 0
    for piece in _cut(deflated, terms.unit - _SIZE.size):
        for part in _grown_little(piece, inflater, GROWTH * terms.unit):
            inflated = len(inflater.decompress(part))
            done += inflated
            yield _block(_DEFLATED, _SIZE.pack(inflated) + part, done)


def _cut(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Gives the same bytes in pieces of one size; the last one may be shorter."""
    held = b""
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


def _grown_little(piece: bytes, inflater: Inflater, limit: int) -> Iterator[bytes]:
    """Halves a piece until no part inflates to much more than the limit."""
    while piece:
        part = piece
        while len(part) > 1 and len(inflater.copy().decompress(part)) > limit:
            part = part[: len(part) // 2]
        yield part
        piece = piece[len(part) :]
