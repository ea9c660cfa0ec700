"""Takes messages out of what a board with µcore firmware sends: blocks that end with 0x00. Pure.

Whatever else comes on the same wire, such as the firmware's log, stands in a block of its own or in front of
a message. A message that answers us begins with 36 times 0x01, since its routing id is all zeros; so it is
found also behind something else.
"""

from __future__ import annotations

from iot_kernel.protocol import cobs
from iot_kernel.protocol.jmp_messages import ENVELOPE, LONGEST_SECTION, ROUTING, JmpMessage, decode

#: bytes of a coded message; more without an end is noise, of which nothing is kept
LONGEST_BLOCK = (ENVELOPE + 5 * LONGEST_SECTION) * 255 // 254 + 1

#: bytes of noise that are kept to say what answered instead of a board
KEPT_NOISE = 200

#: How a coded message begins whose routing id is all zeros.
NO_ROUTE_CODED = b"\x01" * ROUTING


class MessageBlocks:
    """Cuts what comes into messages.

    Args:
        beginning: the first bytes of the messages that are also to be found behind noise.

    Attributes:
        noise: the end of what came last and was none.
    """

    def __init__(self, beginning: bytes = NO_ROUTE_CODED) -> None:
        self.noise = b""
        self._beginning = beginning
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[JmpMessage]:
        """Takes bytes in any cutting; returns the messages that are whole now."""
        *blocks, rest = data.split(cobs.END)
        found = []
        for block in blocks:
            message = self._read(bytes(self._pending + block))
            self._pending.clear()
            found += [message] if message is not None else []
        self._pending += rest
        if len(self._pending) > LONGEST_BLOCK:
            self.noise = bytes(self._pending[-KEPT_NOISE:])
            self._pending.clear()
        return found

    def _read(self, block: bytes) -> JmpMessage | None:
        for start in sorted({0, max(0, block.find(self._beginning))}):
            try:
                return decode(cobs.decode(block[start:]))
            except ValueError:
                continue
        self.noise = block[-KEPT_NOISE:] or self.noise
        return None
