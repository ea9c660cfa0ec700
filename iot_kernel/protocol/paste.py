"""Flow control of raw-paste mode: how much of the code may be sent before the board asks for more."""

from __future__ import annotations


class PastedCode:
    """Code that goes to a board window by window. No window is open at first.

    Args:
        code: all of it.
    """

    def __init__(self, code: bytes) -> None:
        self._left = code
        self._size = 0
        self._window = 0

    def open(self, size: int) -> None:
        """Opens the first window.

        Args:
            size: bytes in each window, as the board says; what makes no sense counts as one.
        """
        self._window = self._size = max(1, size)

    def widen(self) -> None:
        """The board asks for one more window."""
        self._window += self._size

    def take(self) -> bytes:
        """Takes what may be sent now."""
        piece, self._left = self._left[: self._window], self._left[self._window :]
        self._window -= len(piece)
        return piece

    @property
    def is_taken(self) -> bool:
        """Whether nothing is left to send."""
        return not self._left
