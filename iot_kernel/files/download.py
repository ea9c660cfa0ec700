"""Files on their way from a board, in frames. Pure: frames only.

The program is ``snippets/send.py``. Its frames hold a number that tells this talk from others (1 byte), what
follows (1 byte), and that:

    0 DATA  the next bytes of the file
    1 END   the kind of digest (1 byte), the digest of all data

Nothing is asked again in the middle: a frame that is missing, or a digest that does not fit, fails the file,
and whoever asked for it asks again.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from iot_kernel.files.blocks import DIGESTS
from iot_kernel.protocol.jmp import Frame

#: Takes the index of a file and how many of its bytes have come. Must not block.
OnProgress = Callable[[int, int], None]

_HEAD = struct.Struct("<BB")
_DATA, _END = 0, 1


class Download:
    """A talk that takes files; an `iot_kernel.link.Exchange`.

    Args:
        nonce: 0 to 255, tells this talk from others.
        limit: bytes taken of one file; a board that sends more has failed.
        on_progress: is told how far it has come.
    """

    def __init__(self, nonce: int, *, limit: int, on_progress: OnProgress | None = None) -> None:
        self._nonce = nonce
        self._limit = limit
        self._on_progress = on_progress
        self._sequence = 0
        self._pieces: list[bytes] = []
        self._size = 0
        self._is_damaged = False
        #: the files that came whole, in order; ends before the first that did not
        self.files: list[bytes] = []

    def receive(self, frame: Frame) -> None:
        """Takes a frame; after one that is missing nothing more counts."""
        if len(frame.data) < _HEAD.size or self._is_damaged:
            return
        nonce, kind = _HEAD.unpack_from(frame.data)
        if nonce != self._nonce:
            return
        data = frame.data[_HEAD.size :]
        self._is_damaged = frame.sequence != self._sequence
        self._sequence = (self._sequence + 1) & 0xFF
        if self._is_damaged:
            return
        if kind == _DATA:
            self._take(data)
        else:
            self._end(data)

    def data_to_send(self) -> bytes:
        """Nothing: a board needs no asking."""
        return b""

    def interrupt(self) -> bool:
        """Leaves it to Ctrl-C."""
        return False

    def unstick(self) -> bool:
        """Leaves it to Ctrl-C."""
        return False

    def _take(self, data: bytes) -> None:
        if self._size + len(data) > self._limit:
            self._is_damaged = True
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._on_progress is not None:
            self._on_progress(len(self.files), self._size)

    def _end(self, data: bytes) -> None:
        content = b"".join(self._pieces)
        kind, digest = data[:1], data[1:]
        known = len(kind) == 1 and kind[0] < len(DIGESTS)
        self._is_damaged = not known or DIGESTS[kind[0]](content) != digest
        if not self._is_damaged:
            self.files.append(content)
        self._pieces, self._size = [], 0
