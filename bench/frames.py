"""What a frame costs the board that makes it and the host that reads it, in time of their processors.

Run ``python -m bench.frames``. The limit is what nobody can do without: on the board a CRC-32 of the data and
a bare write of as many bytes, on the host a cut at each start mark and the same CRC-32. Such times hardly
depend on what else the machine does.
"""

from __future__ import annotations

import os
import tempfile
import time
from binascii import crc32
from collections.abc import Callable, Iterator

from bench.bare import BareBoard, bare_board
from bench.rows import Row, at_most, in_turns, tell
from bench.terminal import terminal
from iot_kernel.protocol.frames import START, Demultiplexer, Frame, encode
from iot_kernel.ucore import provide

TURNS = 7
SIZES = {"4-byte sample": 4, "4 KiB frame": 4096}
COUNTS = {"4-byte sample": 50_000, "4 KiB frame": 2500}
MOST_OF_BOARD = {"4-byte sample": 4.5, "4 KiB frame": 9}  # times the limit
MOST_OF_HOST = {"4-byte sample": 60, "4 KiB frame": 30}
CHUNK = 16_384  # bytes that a reader gets at once

PREPARE = """\
import os, sys, time, ucore
from binascii import crc32
data, write, pipe = os.urandom({size}), sys.stdout.buffer.write, ucore.open_pipe("cost")
frame = bytes({length})"""

#: The board's clock counts the time of its processor.
TAKE_TIME = """\
begin = time.clock()
for _ in range({count}):
    {code}
print("\\n%f" % (time.clock() - begin))"""


def measure() -> Iterator[Row]:
    """Measures boards and hosts."""
    with (
        tempfile.TemporaryDirectory() as directory,
        terminal(f"sim://bench?dir={directory}") as path,
        bare_board(path) as board,
    ):
        provide(board.run)
        for what in SIZES:
            yield _on_board(board, what)
    for what in SIZES:
        yield _on_host(what)


def _on_board(board: BareBoard, what: str) -> Row:
    def microseconds(code: str) -> float:
        said = board.run(TAKE_TIME.format(count=COUNTS[what], code=code))
        return float(said.split("\n")[-2]) / COUNTS[what] * 1e6

    board.run(PREPARE.format(size=SIZES[what], length=len(_stream(SIZES[what], 1))))
    pair = in_turns(
        lambda: microseconds("pipe.write(data)"), lambda: microseconds("crc32(data); write(frame)"), TURNS
    )
    return at_most(f"{what}, made by the board", pair, "us", MOST_OF_BOARD[what], of="limit", digits=1)


def _on_host(what: str) -> Row:
    stream = _stream(SIZES[what], COUNTS[what])
    chunks = [stream[start : start + CHUNK] for start in range(0, len(stream), CHUNK)]

    def ours() -> None:
        demultiplexer = Demultiplexer()
        for chunk in chunks:
            for event in demultiplexer.feed(chunk):
                assert isinstance(event, Frame)

    def limit() -> None:
        for chunk in chunks:
            for part in chunk.split(START):
                crc32(part)

    def microseconds(action: Callable[[], None]) -> float:
        begin = time.process_time()
        action()
        return (time.process_time() - begin) / COUNTS[what] * 1e6

    pair = in_turns(lambda: microseconds(ours), lambda: microseconds(limit), TURNS)
    return at_most(f"{what}, read by the host", pair, "us", MOST_OF_HOST[what], of="limit", digits=1)


def _stream(size: int, count: int) -> bytes:
    """Frames as a board sends them."""
    data = os.urandom(size)
    return b"".join(encode(Frame(255, number & 0xFF, data)) for number in range(count))


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
