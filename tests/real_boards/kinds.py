"""The kinds of boards there are for tests; each function gives a new one, for `with`."""

from __future__ import annotations

from pathlib import Path

from tests.real_boards.board import Board
from tests.real_boards.virtual import VirtualBoard
from tools import boards, node

BRIDGE = Path(__file__).with_name("wasm_board.mjs")


def microbit() -> Board:
    """Start a micro:bit in QEMU: MicroPython 1.9, raw REPL without raw-paste, 16 KB of RAM, a UART."""
    command = [*boards.microbit(), "-serial", "chardev:uart", "-chardev"]
    return Board(lambda fd: [*command, f"socket,id=uart,fd={fd},server=on,wait=off"], has_real_time=True)


def wasm() -> Board:
    """Start MicroPython 1.29 for WebAssembly: no threads, no `machine`, and a raw-paste mode that hangs."""
    command = [*node.node(), str(BRIDGE), str(boards.wasm())]
    return Board(lambda fd: [*command, str(fd)], renews=True)


def unix(directory: Path, **options: str) -> VirtualBoard:
    """Give a virtual board, switched off: MicroPython's unix port, its files in `directory`."""
    return VirtualBoard(directory, **options)
