"""Files cut into the blocks that ``snippets/receive.py`` reads. Pure; the layout stands in `.upload`."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Of its size, what a file must come to for being deflated: inflating costs a board time.
WORTHWHILE = 0.9

#: How much longer than a block its inflated data may be: a slow flash has to answer now and then.
GROWTH = 4

_STOP, _BEGIN, _PLAIN, _DEFLATED, _END = range(5)

_HEAD = struct.Struct("<BHB")
_SIZE = struct.Struct("<I")

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


@dataclass(frozen=True, slots=True)
class Item:
    """One file to send.

    Args:
        path: where it goes.
        temporary: what it is called on the way.
        data: its content.
    """

    path: str
    temporary: str
    data: bytes


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


def blocks(item: Item, terms: Terms) -> Iterator[Block]:
    """Gives the blocks of one file, in order."""
    deflated = _deflate(item.data, terms.window)
    window = terms.window if deflated is not None else 0
    yield _block(_BEGIN, bytes([window]) + item.temporary.encode(), 0)
    if deflated is None:
        for start in range(0, len(item.data), terms.unit):
            piece = item.data[start : start + terms.unit]
            yield _block(_PLAIN, piece, start + len(piece))
    else:
        yield from _deflated_blocks(deflated, terms)
    digest = DIGESTS[terms.digest](item.data)
    yield _block(_END, bytes([len(digest)]) + digest + item.path.encode(), len(item.data))


def _block(kind: int, data: bytes, done: int) -> Block:
    return Block(_head(kind, len(data)) + data, done)


def _deflate(data: bytes, window: int) -> bytes | None:
    """One raw deflate stream, where the board can inflate it and it is worth it."""
    if not window:
        return None
    stream = zlib.compressobj(9, zlib.DEFLATED, -window, 9)
    deflated = stream.compress(data) + stream.flush()
    return deflated if len(deflated) < WORTHWHILE * len(data) else None


def _deflated_blocks(deflated: bytes, terms: Terms) -> Iterator[Block]:
    """Cuts a stream anywhere; each block says how much can be inflated once it is there."""
    inflater = zlib.decompressobj(-terms.window)
    done = start = 0
    while start < len(deflated):
        size = terms.unit - _SIZE.size
        piece = deflated[start : start + size]
        while len(inflater.copy().decompress(piece)) > GROWTH * terms.unit and len(piece) > 1:
            piece = piece[: len(piece) // 2]
        inflated = len(inflater.decompress(piece))
        start += len(piece)
        done += inflated
        yield _block(_DEFLATED, _SIZE.pack(inflated) + piece, done)
