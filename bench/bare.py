"""A board's terminal with nothing around it: what the operating system and the board can do at best.

Reads and writes are single calls. The raw REPL is used as it is: no raw-paste, no frames, no look at what
comes but for the marks that say that code has begun and ended. Figures of this project are held against it.
"""

from __future__ import annotations

import contextlib
import os
import time
import tty
from collections.abc import Callable, Iterator

CHUNK = 65536  # bytes of a read
PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
BEGUN = b"OK"
END = b"\x04"  # of the output, and of the traceback behind it
READY = b">"

#: Takes so many bytes of input and drops them, as fast as the board can.
TAKE = """\
import micropython, sys
micropython.kbd_intr(-1)
left, buffer = {size}, bytearray(4096)
while left:
    left -= sys.stdin.buffer.readinto(memoryview(buffer)[:min(left, 4096)])
micropython.kbd_intr(3)"""

#: Writes so many bytes, so many times.
GIVE = """\
import sys
write, data = sys.stdout.buffer.write, bytes({size})
for _ in range({count}):
    write(data)"""

PIECE = 4000  # bytes that the board writes at once


class BareBoard:
    """A board in its raw REPL.

    Args:
        read: blocks until the board sends something.
        write: sends all of it.
    """

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
        self._read = read
        self.write = write
        self._rest = b""

    def enter(self) -> None:
        """Brings the board into its raw REPL."""
        self.write(b"\r\x03\x01")
        self.wait_for(PROMPT)

    def leave(self) -> None:
        """Brings it back to its friendly one."""
        self.write(b"\x02")

    def begin(self, code: str) -> None:
        """Starts code; all its output is to be taken."""
        self.write(code.encode() + END)
        self.wait_for(BEGUN)

    def output(self) -> Iterator[bytes]:
        """Gives what the running code writes, as it comes, to its end; no byte of it may be 0x04."""
        end = b""
        while not end:
            data, end, rest = (self._rest or self._read()).partition(END)
            self._rest = rest
            if data:
                yield data
        self.wait_for(END + READY)

    def run(self, code: str) -> str:
        """Runs code to its end; what it writes."""
        self.begin(code)
        return b"".join(self.output()).decode(errors="replace")

    def wait_for(self, mark: bytes) -> None:
        """Drops what the board sends, up to the mark."""
        while mark not in self._rest:
            self._rest += self._read()
        self._rest = self._rest.partition(mark)[2]


@contextlib.contextmanager
def bare_board(path: str) -> Iterator[BareBoard]:
    """The board at a terminal."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(descriptor)  # reads wait again, which pyserial has switched off
        board = BareBoard(lambda: os.read(descriptor, CHUNK), lambda data: _write_all(descriptor, data))
        board.enter()
        yield board
        board.leave()
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def upload(board: BareBoard, size: int) -> float:
    """Sends so many bytes, which the board drops; bytes a second."""
    begin = time.perf_counter()
    board.begin(TAKE.format(size=size))
    board.write(bytes(size))
    for _ in board.output():
        pass
    return size / (time.perf_counter() - begin)


def download(board: BareBoard, size: int) -> float:
    """Takes so many bytes, which the board makes up; bytes a second."""
    begin = time.perf_counter()
    board.begin(GIVE.format(size=PIECE, count=size // PIECE))
    took = sum(map(len, board.output()))
    return took / (time.perf_counter() - begin)
