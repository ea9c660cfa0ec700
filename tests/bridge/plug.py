"""A virtual board that is plugged in and out, at a serial port that keeps its name."""

from __future__ import annotations

from contextlib import ExitStack

from tests.transports.served import served


class Plug:
    """A board with files in a directory; `path` is its port while it is plugged in."""

    def __init__(self, directory):
        self.files = directory / "board"
        self.path = directory / "ttyACM0"
        self._board = ExitStack()

    def plug_in(self):
        self.path.symlink_to(self._board.enter_context(served(self.files)))

    def pull(self):
        self.path.unlink(missing_ok=True)
        self._board.close()
