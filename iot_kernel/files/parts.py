"""What has come of one file, in whatever parts and order, and what is still missing. Pure."""

from __future__ import annotations

from iot_kernel.files.blocks import DIGESTS

#: Ranges asked for at once: the board has to hold them.
MOST_RANGES = 24

#: The end of a range that goes on to the end of the file: the largest number that costs a board no memory.
TO_THE_END = 0x3FFFFFFF

Range = tuple[int, int]


class Parts:
    """One file on its way.

    Args:
        limit: bytes it may have.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: dict[int, bytes] = {}
        self._size: int | None = None
        self._digest = b""
        #: the file, once it is whole
        self.content: bytes | None = None
        #: bytes that are here
        self.count = 0
        #: how often all was here and the digest did not fit
        self.times_wrong = 0
        #: the file has more than the limit
        self.is_too_long = False

    @property
    def has_end(self) -> bool:
        """Whether size and digest are known."""
        return self._size is not None

    def add(self, offset: int, data: bytes) -> None:
        """Takes a part; one that is here already counts for nothing."""
        if offset + len(data) > self._limit:
            self.is_too_long = True
        elif self.content is None and len(data) > len(self._pieces.get(offset, b"")):
            self.count += len(data) - len(self._pieces.get(offset, b""))
            self._pieces[offset] = data
            self._finish()

    def end(self, size: int, digest: bytes) -> None:
        """Takes what the board says of the whole file.

        Args:
            size: bytes.
            digest: which of `DIGESTS` (1 byte), and that.
        """
        if size > self._limit:
            self.is_too_long = True
        elif self.content is None and len(digest) > 1 and digest[0] < len(DIGESTS):
            self._size, self._digest = size, digest
            self._finish()

    def missing(self) -> tuple[Range, ...]:
        """Returns where something is missing, from the beginning on; at most `MOST_RANGES`."""
        found: list[Range] = []
        here = 0
        for offset in sorted(self._pieces):
            if offset > here:
                found.append((here, offset))
            here = max(here, offset + len(self._pieces[offset]))
        end = TO_THE_END if self._size is None else self._size
        if here < end:
            found.append((here, end))
        return tuple(found[:MOST_RANGES])

    def _finish(self) -> None:
        if self._size is None or self.count < self._size or self.missing():
            return
        content = self._joined()
        if DIGESTS[self._digest[0]](content) == self._digest[1:]:
            self.content = content
        else:
            self.times_wrong += 1
            self._size, self.count = None, 0
        self._pieces.clear()

    def _joined(self) -> bytes:
        content = bytearray()
        for offset in sorted(self._pieces):
            content[offset:] = self._pieces[offset] + content[offset + len(self._pieces[offset]) :]
        return bytes(content[: self._size])
