"""Pipes for the BBC micro:bit: what ucore.py has, without threads and in 3 KB of memory.

A message may be as long as an object can be in what is free. There is one handle to an open pipe, however
often it is opened. Calls are few and flat, for of the stack there are but 1.8 KB.
"""

from ustruct import pack
from utime import ticks_us

from microbit import uart

VERSION = 2

_open = {}
_free = bytes(range(16, 48))
_count = 0  # of pipes opened, modulo 256


class Pipe:
    """An open pipe; at the end of a ``with`` block it is closed."""

    def __init__(self, name, about):
        self.name = name
        self.id = about  # channel, generation, flags
        self.index = 0  # of the next piece

    def write(self, data):
        """Sends bytes as one message; returns False where the pipe has been closed meanwhile."""
        if isinstance(data, str):
            raise TypeError("bytes, not str")
        if not isinstance(data, bytearray):
            data = bytes() + data  # refuses what has no bytes; of an array, its bytes
        if len(data) > 65535:
            raise ValueError("at most 65535 bytes")
        if self.name and _open.get(self.name) is not self:
            return False
        body = pack("<I", ticks_us() & 0x3FFFFFFF) if self.id[2] else b""
        end = 128
        flags = 0x2080
        while True:
            body += data[end - 128 : end]
            flags ^= len(body) | (0x8000 if end < len(data) else 0)
            body = pack("<BHB", self.id[0], flags, ~(self.id[0] + flags + (flags >> 8)) & 255) + body
            body += bytes((self.index,))
            self.index = self.index + 1 & 255
            body += (int.from_bytes(body, "big") % 4194301).to_bytes(3, "little")
            for pair in b"\xfdf", b"\xfee", b"\x01a", b"\x04d", b">g":
                body = body.replace(pair[:1], b"\xfd" + pair[1:])
            uart.write(b"\xfe" + body)
            if end >= len(data):
                return True
            end += 128
            flags = 0x6080
            body = b""

    def close(self):
        """Closes the pipe of this name."""
        close_pipe(self.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        close_pipe(self.name)


_control = Pipe(None, b"\1\0\0")


def open_pipe(name, timestamps=False):
    """Opens a pipe, unless it is open; see ucore.py."""
    global _free, _count
    utf8 = bytes(name, "utf-8")
    if not 0 < len(utf8) < 65 or min(utf8) < 32 or 127 in utf8:
        raise ValueError("1 to 64 bytes, no control characters")
    if name not in _open:
        if not _free:
            raise OSError(24)
        _count = _count + 1 & 255
        about = bytes((_free[0], _count, 1 if timestamps else 0))
        pipe = Pipe(name, about)
        _control.write(b"o" + about + utf8)
        _open[name] = pipe
        _free = _free[1:]
    return _open[name]


def close_pipe(name):
    """Closes a pipe, whoever opened it."""
    global _free
    if name in _open:
        about = _open.pop(name).id
        _free += about[:1]
        _control.write(b"c" + about + bytes(name, "utf-8"))


def is_pipe_open(name):
    """Returns whether a pipe is open."""
    return name in _open


def announce():
    """Says once more which pipes are open."""
    for name in _open:
        _control.write(b"s" + _open[name].id + bytes(name, "utf-8"))
