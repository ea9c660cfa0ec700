"""Pictures of pixels, read again by another library, and by the rules of framebuf."""

import io
import random

import pytest
from PIL import Image

from iot_kernel.displays.picture import PixelFormat, png, size_of
from tests.each import each

SIZES = [(1, 1), (8, 8), (9, 7), (13, 17), (128, 64), (3, 1), (1, 3)]


def place(pixels, x, y, width, height):
    """Where framebuf has a pixel: byte, lowest bit, bits; as its C code computes it."""
    match pixels:
        case PixelFormat.MONO_VLSB:
            return y // 8 * width + x, y % 8, 1
        case PixelFormat.MONO_HLSB:
            return y * ((width + 7) // 8) + x // 8, 7 - x % 8, 1
        case PixelFormat.MONO_HMSB:
            return y * ((width + 7) // 8) + x // 8, x % 8, 1
        case PixelFormat.GS2_HMSB:
            return y * ((width + 3) // 4) + x // 4, x % 4 * 2, 2
        case PixelFormat.GS4_HMSB:
            return y * ((width + 1) // 2) + x // 2, 0 if x % 2 else 4, 4
        case PixelFormat.GS8:
            return y * width + x, 0, 8


def opened(data):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@each(("pixels", "size"), [(p, size) for p in PixelFormat if p is not PixelFormat.RGB565 for size in SIZES])
def test_grey(pixels, size):
    width, height = size
    data = random.Random(width * height).randbytes(width * height + 1000)
    picture = opened(png(width, height, pixels, data)).convert("L")
    assert picture.size == size
    for x in range(width):
        for y in range(height):
            byte, shift, bits = place(pixels, x, y, width, height)
            level = data[byte] >> shift & (1 << bits) - 1
            assert picture.getpixel((x, y)) == level * 255 // ((1 << bits) - 1)


@each("swapped", [False, True])
def test_colours(swapped):
    values = range(65536)
    order = "big" if swapped else "little"
    data = b"".join(value.to_bytes(2, order) for value in values)
    picture = opened(png(256, 256, PixelFormat.RGB565, data, swapped=swapped))
    for value in values:
        red, green, blue = value >> 11, value >> 5 & 63, value & 31
        expected = (red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2)
        assert picture.getpixel((value % 256, value // 256)) == expected


@each(
    ("width", "height", "pixels", "length"),
    [(10, 10, 1, 199), (10, 10, 0, 19), (9, 9, 3, 17), (0, 5, 1, 50), (5, 0, 6, 50), (65535, 65535, 1, 1000)],
)
def test_pixels_that_are_not_all_there(width, height, pixels, length):
    with pytest.raises(ValueError, match="a picture of"):
        png(width, height, pixels, bytes(length))


@each("pixels", [7, 255])
def test_formats_that_are_none(pixels):
    with pytest.raises(ValueError, match="is not a valid PixelFormat"):
        png(1, 1, pixels, bytes(10))


def test_the_size_of_a_picture():
    assert size_of(png(320, 240, 6, bytes(320 * 240))) == (320, 240)
    assert [size_of(data) for data in (b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + bytes(20))] == [
        None
    ] * 3
