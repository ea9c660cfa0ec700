"""Blocks: what a board would make of them is what went in."""

import hashlib
import random
import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.blocks import DIGESTS, GROWTH, FileToSend, Terms, blocks

units = st.sampled_from([256, 257, 1024, 4096])
windows = st.sampled_from([0, 9, 10, 12, 13, 15])
contents = st.binary(max_size=3000) | st.builds(
    lambda data, n: data * n, st.binary(max_size=50), st.integers(0, 2000)
)


def put_together(item, terms):
    """Reads blocks as the board's program does."""
    inflater = stream = None
    content = b""
    for block in blocks(item, terms):
        kind, size, check = struct.unpack_from("<BHB", block.data)
        assert (kind + size + (size >> 8) + check) % 256 == 255
        data = block.data[4:]
        assert len(data) == size <= terms.unit
        if kind == 1:
            assert int.from_bytes(data[1:5], "little") == len(item.data)
            assert data[5:].decode() == item.temporary
            inflater = zlib.decompressobj(-data[0]) if data[0] else None
            stream = b""
        elif kind == 2:
            assert inflater is None
            content += data
        elif kind == 3:
            (length,) = struct.unpack_from("<I", data)
            assert length <= GROWTH * terms.unit + 258 * 8
            stream += data[4:]
            inflated = inflater.decompress(stream, length) if length else b""
            stream = inflater.unconsumed_tail if length else stream
            assert len(inflated) == length
            content += inflated
        else:
            length = data[0]
            assert data[1 : 1 + length] == DIGESTS[terms.digest](content)
            assert data[1 + length :].decode() == item.path
        assert block.done == len(content)
    return content


@given(contents, units, windows, st.integers(0, 2))
def test_the_board_gets_what_was_sent(data, unit, window, digest):
    assert put_together(FileToSend("/a/ü", "/a/ü.~iot", data), Terms(unit, window, digest)) == data


def sent(data, window):
    return sum(len(block.data) for block in blocks(FileToSend("/a", "/b", data), Terms(4096, window, 0)))


def test_deflated_where_it_is_worth_it():
    noise = random.Random(1).randbytes(20_000)
    assert sent(b"spam and eggs\n" * 2000, 12) < 2000
    assert len(noise) < sent(noise, 12) < 1.01 * len(noise)
    assert sent(b"spam and eggs\n" * 2000, 0) > 28_000


def test_digests():
    assert DIGESTS[0](b"x") == hashlib.sha256(b"x").digest()
    assert DIGESTS[1](b"x") == hashlib.sha1(b"x").digest()
    assert DIGESTS[2](b"x") == zlib.crc32(b"x").to_bytes(4, "little")


def test_terms_that_no_program_of_ours_offers():
    assert Terms(4096, 0, 0).are_possible
    for wrong in (Terms(0, 0, 0), Terms(65535, 0, 0), Terms(256, 8, 0), Terms(256, 200, 0), Terms(256, 0, 3)):
        assert not wrong.are_possible
