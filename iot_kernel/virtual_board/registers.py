"""The few bytes that host and virtual board share, and that outlive a reset of the board.

They are a file without a name, which the board reaches through an inherited descriptor.
``firmware/registers.py`` is the board's side and holds the same table.
"""

from __future__ import annotations

import contextlib
import enum
import mmap
import tempfile


class Register(enum.IntEnum):
    """Where each byte is."""

    INTERRUPT_CHAR = 0  # board: the byte that interrupts now, 0 for none
    SIGNALLING = 1  # host: a signal may be on its way
    REPL_MODE = 2  # board
    RESET_KIND = 3  # board: how it wants to start again
    RESET_CAUSE = 4  # host: how it came to start
    INTERRUPT_SIGNAL = 5  # board: the signal that raises KeyboardInterrupt; 0 until its program runs


class ResetKind(enum.IntEnum):
    """How a board starts, as in RESET_KIND and RESET_CAUSE."""

    NONE = 0
    SOFT = 1
    HARD = 2


SIZE = 64


class Registers:
    """The shared bytes; open them before use, close them after."""

    def __init__(self) -> None:
        self._resources = contextlib.ExitStack()

    def open(self) -> None:
        """Provides the file.

        Raises:
            OSError: there is no space for it.
        """
        file = self._resources.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - left by close()
        file.truncate(SIZE)
        self.descriptor = file.fileno()
        self._bytes = self._resources.enter_context(mmap.mmap(file.fileno(), SIZE))

    def __getitem__(self, register: Register) -> int:
        return self._bytes[register]

    def __setitem__(self, register: Register, value: int) -> None:
        self._bytes[register] = value

    def close(self) -> None:
        """Frees the file; twice is fine. Afterwards no register can be read."""
        self._resources.close()
