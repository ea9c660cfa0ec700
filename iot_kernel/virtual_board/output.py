"""The output of a virtual board: text with CR LF for LF, other bytes as they are.

MicroPython's own ``print`` writes text with a bare LF, in pieces and from any thread. Bytes that are no text
come in records, each of them written at once: the mark, their number (15 bits) with the highest bit set where
more of the same write follows, and the bytes. Text that comes in between waits for the end of that write.
``firmware/terminal.py`` is the board's side. They come through a pipe, which takes small writes several times
faster than a socket and keeps each of them (up to PIPE_BUF bytes) in one piece.
"""

from __future__ import annotations

import fcntl
import os
import select
import socket
import sys
import threading

BUFFER = (
    16384  # bytes a board may be ahead of its reader: more is hardly faster, and what is asked waits longer
)
SLOW_BUFFER = 4096  # the same for a slow wire: Linux's smallest pipe

LONGEST_RECORD = 1024  # bytes; the board has to have memory for one

_MARK_SIZE = 4
_HEADER = _MARK_SIZE + 2
_MORE = 0x8000
_FIRST = b"\xff"  # in no text, which is UTF-8


class OutputRecords:
    """What a board sends of what its interpreter writes. Pure.

    Args:
        mark: the `_MARK_SIZE` bytes before a record; the first is in no text.
    """

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._held = b""  # what may be the beginning of a record's header
        self._left = 0  # bytes to come of a record
        self._has_more = False  # another record of the same write follows
        self._waiting: list[bytes] = []  # text, for the end of the write

    def feed(self, data: bytes) -> bytes:
        """Takes what was written, in any cutting; returns what the board sends of it."""
        data = self._held + data
        self._held = b""
        pieces: list[bytes] = []
        at = 0
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                pieces.append(piece)
            else:
                end = self._end_of_text(data, at)
                (self._waiting if self._has_more else pieces).append(data[at:end].replace(b"\n", b"\r\n"))
                at = self._begin_record(data, end)
            if not self._left and not self._has_more:
                pieces += self._waiting
                self._waiting.clear()
        return b"".join(pieces)

    def _end_of_text(self, data: bytes, start: int) -> int:
        """Finds the next mark, or what may be the beginning of one."""
        end = data.find(self._mark, start)
        if end >= 0:
            return end
        last = data.rfind(_FIRST, max(start, len(data) - _MARK_SIZE + 1))
        return last if last >= 0 and self._mark.startswith(data[last:]) else len(data)

    def _begin_record(self, data: bytes, start: int) -> int:
        """Reads a header, where there is one; returns where to go on."""
        header = data[start : start + _HEADER]
        if len(header) < _HEADER:
            self._held = header
            return len(data)
        size = int.from_bytes(header[_MARK_SIZE:], "little")
        self._has_more, self._left = size >= _MORE, size % _MORE
        return start + _HEADER


class OutputPipe:
    """The output of one run of an interpreter; one thread reads.

    Args:
        link: where the board reads its input; when it is shut down, the output is over.
        is_slow: the board is not to be far ahead of its reader.

    Attributes:
        boards: the interpreter's end; the caller closes it.
        arguments: what the interpreter's program is told: the mark of records, which no program writes by
            accident, and their size.
    """

    def __init__(self, link: socket.socket, *, is_slow: bool) -> None:
        self._ours, self.boards = os.pipe()
        if sys.platform == "linux":  # others have 16 KB, and no way to say so
            fcntl.fcntl(self.boards, fcntl.F_SETPIPE_SZ, SLOW_BUFFER if is_slow else BUFFER)
        mark = _FIRST + os.urandom(_MARK_SIZE - 1)
        self.arguments = (mark.hex(), str(min(select.PIPE_BUF, LONGEST_RECORD)))
        self._output = OutputRecords(mark)
        self._poller = select.poll()
        self._poller.register(self._ours, select.POLLIN)
        self._poller.register(link, select.POLLHUP)
        self._reading = threading.Lock()
        self._is_closed = False

    def read(self) -> bytes:
        """Blocks until the board sends something; ``b""`` when the output is over."""
        with self._reading:
            while not self._is_closed and self._ours in dict(self._poller.poll()):
                received = os.read(self._ours, BUFFER)
                if not received:
                    break
                if data := self._output.feed(received):
                    return data
        return b""

    def close(self) -> None:
        """Gives our end back once nobody reads; the link is to be shut down before. Twice is fine."""
        with self._reading:
            if not self._is_closed:
                self._is_closed = True
                os.close(self._ours)
