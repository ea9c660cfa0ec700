"""A virtual board at a serial port: real MicroPython behind a pseudo-terminal that any program can open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.pseudo_terminal import PseudoTerminal
from iot_kernel.virtual_board.transport import power_on
from tools import boards

START_TIMEOUT = 30.0  # s; it takes milliseconds


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serves a board with these files; yields the path of its port."""
    options = BoardOptions(dir=directory, micropython=str(boards.micropython()))
    with VirtualBoard(power_on("sim://served", options, START_TIMEOUT)) as board:
        yield PseudoTerminal(board).path
