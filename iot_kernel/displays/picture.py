"""Makes PNG pictures of pixels as MicroPython's framebuf stores them. Pure: bytes in, bytes out.

Of one bit, 1 is white; of grey levels, the highest one. https://www.w3.org/TR/png/ specifies PNG.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2  # colour types of PNG

#: zlib's fastest: a picture of 320 x 240 takes 3 ms, and is shown once.
_LEVEL = 1


class PixelFormat(IntEnum):
    """The numbers of framebuf."""

    MONO_VLSB = 0
    RGB565 = 1
    GS4_HMSB = 2
    MONO_HLSB = 3
    MONO_HMSB = 4
    GS2_HMSB = 5
    GS8 = 6


_BITS = (1, 16, 4, 1, 1, 2, 8)

# What stands in a byte in the other order, by units of one and of two bits.
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_REVERSED_PAIRS = bytes((b & 3) << 6 | (b >> 2 & 3) << 4 | (b >> 4 & 3) << 2 | b >> 6 for b in range(256))

# Of RGB565, the levels of 8 bits that the upper and the lower byte give. Green is in both.
_RED = bytes(byte >> 3 << 3 | byte >> 5 for byte in range(256))
_GREEN_ABOVE = bytes((byte & 7) << 5 | (byte & 7) >> 1 for byte in range(256))
_GREEN_BELOW = bytes(byte >> 5 << 2 for byte in range(256))
_BLUE = bytes((byte & 31) << 3 | (byte & 31) >> 2 for byte in range(256))


def png(width: int, height: int, layout: int, data: bytes, *, swapped: bool = False) -> bytes:
    """Makes a picture.

    Args:
        width: pixels in a row.
        height: rows.
        layout: a `PixelFormat`.
        data: the pixels, as framebuf has them in its buffer.
        swapped: of RGB565, the upper byte comes first.

    Raises:
        ValueError: there is no such format, or the pixels are not all there.
    """
    pixels = PixelFormat(layout)
    stride = (width * _BITS[pixels] + 7) // 8
    size = (height + 7) // 8 * width if pixels is PixelFormat.MONO_VLSB else stride * height
    if not size or len(data) < size:
        raise ValueError(f"a picture of {width} x {height} pixels has {size} bytes, not {len(data)}")
    data = data[:size]
    match pixels:
        case PixelFormat.RGB565:
            return _encoded(width, height, 8, _RGB, _rgb(data, swapped=swapped), width * 3)
        case PixelFormat.MONO_VLSB:
            data = _rows_of_columns(data, width, height)
        case PixelFormat.MONO_HMSB:
            data = data.translate(_REVERSED_BITS)
        case PixelFormat.GS2_HMSB:
            data = data.translate(_REVERSED_PAIRS)
    return _encoded(width, height, _BITS[pixels], _GREY, data, stride)


def size_of(png_data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG picture; None for what is none."""
    if not png_data.startswith(_SIGNATURE) or png_data[12:16] != b"IHDR" or len(png_data) < 24:
        return None
    width, height = struct.unpack_from(">II", png_data, 16)
    return width, height


def _rgb(data: bytes, *, swapped: bool) -> bytes:
    """Three bytes a pixel. All goes by tables and slices: a loop would take a hundred times as long."""
    low, high = (data[1::2], data[0::2]) if swapped else (data[0::2], data[1::2])
    above = int.from_bytes(high.translate(_GREEN_ABOVE))
    below = int.from_bytes(low.translate(_GREEN_BELOW))
    colors = bytearray(len(low) * 3)
    colors[0::3] = high.translate(_RED)
    colors[1::3] = (above | below).to_bytes(len(low))
    colors[2::3] = low.translate(_BLUE)
    return bytes(colors)


def _rows_of_columns(data: bytes, width: int, height: int) -> bytes:
    """Turns bytes that hold eight pixels of a column, the lowest bit on top, into rows."""
    rows = []
    for y in range(height):
        band = data[y // 8 * width : (y // 8 + 1) * width]
        bits = band.translate(_digits(y % 8)) + b"0" * (-width % 8)
        rows.append(int(bits, 2).to_bytes(len(bits) // 8))
    return b"".join(rows)


def _digits(bit: int) -> bytes:
    """The table from a byte to the digit of one of its bits."""
    return bytes(ord("0") + (byte >> bit & 1) for byte in range(256))


def _encoded(width: int, height: int, depth: int, color: int, data: bytes, stride: int) -> bytes:
    lines = bytearray()
    for start in range(0, stride * height, stride):
        lines += b"\0" + data[start : start + stride]  # filter 0: as it is
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, _LEVEL)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
