"""The boards of one test run, each there once."""

from __future__ import annotations

import pytest

from iot_kernel.testing.board_under_test import BoardUnderTest
from iot_kernel.testing.options import SETTINGS


class BoardPool:
    """The boards that are in use; they are let go at the end of the run.

    Args:
        files: see `BoardUnderTest`.
    """

    def __init__(self, files: str | None) -> None:
        self._files = files
        self._boards: dict[str, BoardUnderTest] = {}

    def board(self, name: str) -> BoardUnderTest:
        """Returns the board of a name; the same one for all tests."""
        if name not in self._boards:
            self._boards[name] = BoardUnderTest(name, self._files)
        return self._boards[name]

    def end(self) -> None:
        """Lets all boards go."""
        for board in self._boards.values():
            board.end()


_POOL: pytest.StashKey[BoardPool] = pytest.StashKey()


def board_of(config: pytest.Config, name: str) -> BoardUnderTest:
    """Returns a board of a test run.

    Args:
        config: of the run.
        name: what the user calls it.
    """
    pool = config.stash.get(_POOL, None)
    if pool is None:
        pool = config.stash[_POOL] = BoardPool(config.stash[SETTINGS].files)
        config.add_cleanup(pool.end)
    return pool.board(name)
