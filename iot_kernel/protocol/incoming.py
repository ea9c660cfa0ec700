"""A buffer of bytes from a board: looks for marks, and knows how many bytes may be the beginning of one.

What a mark means in which state is decided by `raw_repl` and `running_code`.
"""

from __future__ import annotations

import re

from iot_kernel.protocol.marks import BANNER_BEGINNING, CTRL_D, LONGEST_ANSWER, LONGEST_TRACEBACK

#: After one of these a banner may begin: a line's end, a prompt, the end of a title (BEL, or ESC and a
#: backslash). Text in the middle of a line need not wait for its next byte.
_BEFORE_BANNER = frozenset({b"", b"\n", b"\r", b">", b"\x07", b"\\"})


class Incoming:
    """Bytes that have arrived and were not taken yet.

    Attributes:
        data: what has not been taken yet.
        taken: how many bytes have been taken.
    """

    def __init__(self) -> None:
        self.data = b""
        self.taken = 0
        self._last = b""

    def take(self, count: int) -> bytes:
        """Takes bytes from the front; none if there are fewer than zero to take."""
        count = max(0, count)
        taken, self.data = self.data[:count], self.data[count:]
        self.taken += len(taken)
        self._last = taken[-1:] or self._last
        return taken

    def take_all_but(self, count: int) -> bytes:
        """Takes all but the last bytes."""
        return self.take(len(self.data) - count)

    def take_mark(self, mark: re.Match[bytes]) -> bytes:
        """Takes a mark that was found in `data`, and what stands before it, which is returned."""
        start, end = mark.span()
        before, self.data = self.data[:start], self.data[end:]
        self.taken += end
        self._last = b""
        return before

    def put_back(self, data: bytes) -> None:
        """Puts bytes at the front again."""
        self.data = data + self.data
        self.taken -= len(data)

    def maybe_banner(self, *, in_line: bool = False) -> int:
        """Counts the bytes at the end that may be the beginning of a banner.

        Args:
            in_line: a letter or two in the middle of a line are no beginning.
        """
        maybe = BANNER_BEGINNING.search(self.data, max(0, len(self.data) - LONGEST_ANSWER))
        if maybe is None:
            return 0
        held = len(maybe[0])
        before = self.data[: len(self.data) - held][-1:] or self._last
        is_text = in_line and before not in _BEFORE_BANNER and held < len(b"raw ")
        return 0 if is_text else held

    def maybe_end(self, after: int = 0) -> int:
        """Counts the bytes at the end that may be 0x04, traceback, 0x04, ``>``, banner.

        Args:
            after: how many bytes at the end are known to come after that.
        """
        last = self.data.rfind(CTRL_D, 0, len(self.data) - after)
        if last < 0:
            return self.maybe_banner()
        before = self.data.rfind(CTRL_D, 0, last)
        held = len(self.data) - (last if before < 0 else before)
        return held if held <= LONGEST_TRACEBACK else self.maybe_banner()
