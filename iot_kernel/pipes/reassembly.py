"""Makes messages of the pieces of one channel, and counts what did not arrive. Pure.

Each piece says whether it begins a message and whether it ends one, so a part of a message is never taken for
one. Pieces are numbered modulo 256: 256 lost in a row go unnoticed. A gap tells how many pieces are missing;
how many messages they were is certain as long as each message is one piece, and else reckoned from how many
pieces the last one had.
"""

from __future__ import annotations

from iot_kernel.protocol.frames import Frame
from ukernel.pipes.framing import LONGEST_MESSAGE


class Assembly:
    """The messages of one channel.

    Args:
        longest: bytes of a message; a longer one is lost.
        joined_late: pieces went by before, so the first ones may be the rest of a message that nobody misses.
    """

    def __init__(self, longest: int = LONGEST_MESSAGE, *, joined_late: bool = False) -> None:
        #: messages
        self.lost = 0
        self._longest = longest
        self._next: int | None = None if joined_late else 0
        self._parts: list[bytes] = []  # of a message of which all until now has come
        self._size = 0  # bytes in them
        self._broken = 0  # messages of which some pieces came and some did not, until another begins
        self._missing = 0  # pieces of others until then
        self._pieces = 1  # of the last whole message

    def take(self, frame: Frame) -> bytes | None:
        """Takes the next piece; gives the message that it completes, if it does."""
        if self._next is None and frame.continues:
            return None
        gap = 0 if self._next is None else (frame.sequence - self._next) & 0xFF
        self._next = (frame.sequence + 1) & 0xFF
        if gap or (self._parts and not frame.continues):
            self._give_up(gap)
        if not frame.continues:
            self._settle()
            if not frame.more:
                self._pieces = 1
                return frame.data
        elif not self._parts:
            self._take_rest()
            return None
        return self._take_part(frame)

    def drop(self) -> None:
        """Counts a message that `take` has given as lost."""
        self.lost += 1

    def _take_part(self, frame: Frame) -> bytes | None:
        self._parts.append(frame.data)
        self._size += len(frame.data)
        if self._size > self._longest:
            self._give_up(0)
        elif not frame.more:
            message, self._pieces = b"".join(self._parts), len(self._parts)
            self._forget()
            return message
        return None

    def _take_rest(self) -> None:
        """A piece of a message whose beginning is missing, or that was given up."""
        if not self._broken:
            self._broken = 1
            self._missing = max(0, self._missing - 1)

    def _give_up(self, gap: int) -> None:
        """The message under way will not become whole, and some pieces are missing."""
        if self._parts:
            self._broken += 1
            gap = max(0, gap - 1)
        self._missing += gap
        self._forget()

    def _forget(self) -> None:
        self._parts.clear()
        self._size = 0

    def _settle(self) -> None:
        """Another message begins: those before it that are not whole are lost."""
        if self._broken or self._missing:
            self.lost += self._broken + round(self._missing / self._pieces)
            self._broken = self._missing = 0
