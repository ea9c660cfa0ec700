"""Makes messages of the pieces of one channel, and counts what did not arrive. Pure.

Pieces are numbered modulo 256, so 256 lost in a row go unnoticed. A gap tells how many pieces are missing;
how many messages they were is certain as long as each message was one piece, and else reckoned from how many
pieces the last one had.
"""

from __future__ import annotations

from iot_kernel.pipes.framing import LONGEST_MESSAGE
from iot_kernel.protocol.jmp import Frame


class Assembly:
    """The messages of one channel.

    Args:
        joined_late: pieces went by before, so the next one may be in the middle of a message.
    """

    def __init__(self, *, joined_late: bool = False) -> None:
        #: messages
        self.lost = 0
        self._next: int | None = None if joined_late else 0
        self._parts: list[bytes] = []
        self._is_skipping = joined_late
        self._missing = 0  # pieces, while skipping
        self._pieces = 1  # of the last whole message
        self._only_size: int | None = None  # of all messages until now
        self._sizes_differ = False

    def take(self, frame: Frame) -> bytes | None:
        """Takes the next piece; gives the message that it completes, if it does."""
        gap = 0 if self._next is None else (frame.sequence - self._next) & 0xFF
        self._next = (frame.sequence + 1) & 0xFF
        if gap:
            self._lose(gap, frame)
        if self._is_skipping:
            self._skip(frame)
            return None
        if not frame.more and not self._parts:
            message = frame.data
        else:
            self._parts.append(frame.data)
            if frame.more:
                self._limit()
                return None
            message = b"".join(self._parts)
        return self._whole(message)

    def drop(self) -> None:
        """A message that was given is lost after all."""
        self.lost += 1

    def _lose(self, gap: int, frame: Frame) -> None:
        """Pieces are missing before this one, which is trusted only where it must be a whole message."""
        if self._is_skipping:
            self._missing += gap
            return
        is_whole = (
            not (frame.more or self._parts or self._sizes_differ) and len(frame.data) == self._only_size
        )
        if is_whole:
            self.lost += gap
            return
        self._missing = len(self._parts) + gap
        self._parts.clear()
        self._is_skipping = True

    def _skip(self, frame: Frame) -> None:
        """Drops pieces to the end of a message of which some may be missing."""
        if self._missing:
            self._missing += 1
        if not frame.more:
            self._is_skipping = False
            if self._missing:
                self.lost += max(1, round(self._missing / self._pieces))
                self._missing = 0

    def _limit(self) -> None:
        """Gives up a message that is longer than any."""
        if sum(map(len, self._parts)) > LONGEST_MESSAGE:
            self._missing = len(self._parts)
            self._parts.clear()
            self._is_skipping = True

    def _whole(self, message: bytes) -> bytes | None:
        pieces = max(1, len(self._parts))
        self._parts.clear()
        if len(message) > LONGEST_MESSAGE:
            self.lost += 1
            return None
        self._sizes_differ |= pieces > 1 or self._only_size not in (None, len(message))
        self._pieces, self._only_size = pieces, len(message)
        return message
