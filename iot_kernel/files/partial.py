"""Puts the parts of one file together, in whatever order they come, and knows what is still missing. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from iot_kernel.files.blocks import DIGESTS

#: Ranges asked for at once: the board has to hold them.
MOST_RANGES = 24

#: The end of a range that goes on to the end of the file: the largest number that costs a board no memory.
TO_THE_END = 0x3FFFFFFF

#: Runs of bytes that are kept while there are gaps between them. A board that tells single bytes here
#: and there must not fill this computer's memory with them; a transfer without damage has one run.
MOST_RUNS = 4096

Range = tuple[int, int]


class Parts:
    """One file on its way.

    Args:
        limit: bytes it may have.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._runs: list[tuple[int, bytearray]] = []  # in order, with gaps between them
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
        """Takes a part; what is here already counts for nothing."""
        if offset + len(data) > self._limit:
            self._give_up()
        elif self.content is None and not self.is_too_long:
            self._put(offset, data)
            self._finish()

    def end(self, size: int, digest: bytes) -> None:
        """Takes what the board says of the whole file.

        Args:
            size: bytes.
            digest: which of `DIGESTS` (1 byte), and that.
        """
        if size > self._limit:
            self._give_up()
        elif self.content is None and len(digest) > 1 and digest[0] < len(DIGESTS):
            self._size, self._digest = size, digest
            self._finish()

    def missing(self) -> tuple[Range, ...]:
        """Returns where something is missing, from the beginning on; at most `MOST_RANGES`."""
        found: list[Range] = []
        here = 0
        for offset, data in self._runs:
            if offset > here:
                found.append((here, offset))
            here = offset + len(data)
        end = TO_THE_END if self._size is None else self._size
        if here < end:
            found.append((here, end))
        return tuple(found[:MOST_RANGES])

    def _put(self, offset: int, data: bytes) -> None:
        """Puts a part among the runs, and joins those that it fills the gap between."""
        first = bisect_left(self._runs, offset, key=_end)
        last = bisect_right(self._runs, offset + len(data), key=_start)
        touched = self._runs[first:last]
        if not touched:
            if data and len(self._runs) < MOST_RUNS:
                self._runs.insert(first, (offset, bytearray(data)))
                self.count += len(data)
            return
        start, joined = touched[0]
        if offset < start:
            joined = bytearray(data[: start - offset]) + joined
            self.count += start - offset
            start = offset
        for at, run in [*touched[1:], (offset + len(data), bytearray())]:
            here = start + len(joined)
            if at > here:
                joined += data[here - offset : at - offset]
                self.count += at - here
            joined += run
        self._runs[first:last] = [(start, joined)]

    def _finish(self) -> None:
        if self._size is None or self.count < self._size or self.missing():
            return
        content = bytes(self._runs[0][1][: self._size]) if self._runs else b""
        if DIGESTS[self._digest[0]](content) == self._digest[1:]:
            self.content = content
        else:
            self.times_wrong += 1
            self._size, self.count = None, 0
        self._runs.clear()

    def _give_up(self) -> None:
        self.is_too_long = True
        self._runs.clear()


def _start(run: tuple[int, bytearray]) -> int:
    return run[0]


def _end(run: tuple[int, bytearray]) -> int:
    return run[0] + len(run[1])
