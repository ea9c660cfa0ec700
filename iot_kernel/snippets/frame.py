"""Sends a frame through the standard output; the layout is told in protocol/frames.py."""

import sys
from ubinascii import crc32

import ustruct as struct


def __iot_frame__(sequence, data, channel=0):
    size = len(data) ^ 128
    sequence &= 255
    body = struct.pack("<BHB", channel, size, ~(channel + size + (size >> 8)) & 255) + data
    body += struct.pack("<I", (crc32(body, sequence) & 0xFFFFFF) << 8 | sequence)
    for plain, escaped in (b"\xfd", b"f"), (b"\xfe", b"e"), (b"\x01", b"a"), (b"\x04", b"d"), (b">", b"g"):
        if plain in body:
            body = body.replace(plain, b"\xfd" + escaped)
    sys.stdout.buffer.write(b"\xfe" + body)
