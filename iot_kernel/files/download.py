"""Reads the frames in which a board sends files, and checks them. Pure: frames in, contents out.

The program on the board is ``snippets/send.py``. Its frames hold, little-endian, a number that tells this
transfer from others (1 byte), what follows (1), the number of the file (2), and that:

    0 DATA    where in the file (4 bytes); the bytes that stand there
    1 END     the size of the file (4), the kind of digest (1), the digest of all data
    2 FAILED  an errno (4): this file, and those behind it, cannot be read

A board that prints while it sends, from another thread, tears frames. What is missing then is asked for
again, and only that. So a part of a file may come out of its order, or in a later transfer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from iot_kernel.files.partial import Parts
from iot_kernel.protocol.frames import LONGEST_PIECE, Frame

#: Takes the index of a file and how many of its bytes have come. Must not block.
OnProgress = Callable[[int, int], None]

_HEAD = struct.Struct("<BBHI")

#: bytes of a file in one frame.
LONGEST_DATA = LONGEST_PIECE - _HEAD.size

#: Files in one transfer.
MOST_FILES = 0xFFFF


class Download:
    """Takes files; an `iot_kernel.repl.transfer.Transfer`.

    Args:
        nonce: 0 to 255, tells this transfer from others.
        files: what is known of each, at most `MOST_FILES`; what comes is put there.
        limit: bytes of all frames: what does not end by itself is ended then.
        stop: called once there is no sense in more; must not block.
        on_progress: is told how far it has come.
    """

    def __init__(
        self,
        nonce: int,
        files: Sequence[Parts],
        *,
        limit: int,
        stop: Callable[[], None],
        on_progress: OnProgress = lambda *_: None,
    ) -> None:
        self._nonce = nonce
        self._files = files
        self._left = limit
        self._stop = stop
        self._on_progress = on_progress
        #: a file is too long, or all together
        self.is_too_long = False
        #: whether anything has come
        self.has_begun = False
        #: the file that cannot be read, and the errno
        self.failed: tuple[int, int] | None = None

    def receive(self, frame: Frame) -> None:
        """Takes a frame."""
        self._left -= len(frame.data) + 1
        if self._left < 0:
            self._give_up()
        if len(frame.data) < _HEAD.size or self.is_too_long:
            return
        nonce, kind, index, number = _HEAD.unpack_from(frame.data)
        if nonce != self._nonce or index >= len(self._files):
            return
        self.has_begun = True
        data = frame.data[_HEAD.size :]
        match kind:
            case 0:
                self._files[index].add(number, data)
                self._on_progress(index, self._files[index].count)
            case 1:
                self._files[index].end(number, data)
            case 2:
                self.failed = (index, number)
        if self._files[index].is_too_long:
            self._give_up()

    def _give_up(self) -> None:
        if not self.is_too_long:
            self.is_too_long = True
            self._stop()

    def data_to_send(self) -> bytes:
        """Nothing: a board needs no asking."""
        return b""

    def interrupt(self) -> bool:
        """Leaves it to Ctrl-C."""
        return False

    def unstick(self) -> bool:
        """Leaves it to Ctrl-C."""
        return False
