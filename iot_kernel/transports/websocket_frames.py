"""Frames of a websocket (RFC 6455) on the client's side: bytes in, payload out, and back. No I/O.

Made for what MicroPython's WebREPL does with them: REPL output comes in text frames that hold any bytes, cut
anywhere, so nothing is decoded and nothing is checked for UTF-8. Payload is handed on as it arrives, whatever
length a frame says it has, so a false length costs no memory.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass


class Opcode(enum.IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


#: Bytes a control frame may hold, by the standard; its length therefore fits into the second byte.
LONGEST_CONTROL = 125

_SIZE_FORMATS = {126: struct.Struct(">H"), 127: struct.Struct(">Q")}


def encode_frame(opcode: Opcode, payload: bytes, mask: bytes) -> bytes:
    """Makes a whole frame, masked as a client's must be.

    Args:
        opcode: what it is.
        payload: at most 65535 bytes.
        mask: 4 random bytes.
    """
    size = len(payload)
    length = struct.pack(">B", 0x80 | size) if size < 126 else struct.pack(">BH", 0x80 | 126, size)
    return struct.pack(">B", 0x80 | opcode) + length + mask + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """Masks a payload by 4 bytes, or takes the mask off."""
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(size, "little")


class FrameError(OSError):
    """These bytes are no frames: the other side is no websocket, or bytes were lost."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control frame."""

    opcode: Opcode
    payload: bytes


class FrameReader:
    """Takes the stream of a server's frames apart."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = 0  # payload of the current data frame still to come

    def receive_data(self, data: bytes) -> tuple[bytes, list[Control]]:
        """Takes bytes from the wire.

        Returns:
            The payload of data frames as far as it is there, and the control frames that are complete.

        Raises:
            FrameError: these are no frames.
        """
        self._buffer += data
        payload = bytearray(self._take_payload())
        controls: list[Control] = []
        while not self._left and (control := self._start_frame()) is not None:
            if control.opcode >= Opcode.CLOSE:
                controls.append(control)
            payload += self._take_payload()
        return bytes(payload), controls

    def _take_payload(self) -> bytes:
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(piece)
        return piece

    def _start_frame(self) -> Control | None:
        """Takes a whole control frame, or the header of a data frame; None when more must come first."""
        if len(self._buffer) < 2:
            return None
        opcode, size = self._check_header(self._buffer[0], self._buffer[1])
        start = 2
        if size in _SIZE_FORMATS:
            start += _SIZE_FORMATS[size].size
            if len(self._buffer) < start:
                return None
            size = _SIZE_FORMATS[size].unpack_from(self._buffer, 2)[0]
        if opcode < Opcode.CLOSE:
            self._left = size
            size = 0
        elif len(self._buffer) < start + size:
            return None
        payload = bytes(self._buffer[start : start + size])
        del self._buffer[: start + size]
        return Control(opcode, payload)

    @staticmethod
    def _check_header(first: int, second: int) -> tuple[Opcode, int]:
        code, size = first & 0x0F, second & 0x7F
        known = code in Opcode.__members__.values()
        # a server does not mask, and we agreed on no extension that uses the reserved bits
        if not known or first & 0x70 or second & 0x80 or (code >= Opcode.CLOSE and size > LONGEST_CONTROL):
            raise FrameError(f"the board sent what is no websocket frame ({first:#04x} {second:#04x})")
        return Opcode(code), size
