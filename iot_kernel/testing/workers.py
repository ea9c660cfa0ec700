"""Which worker of pytest-xdist runs which tests: each board belongs to one, and so does each notebook.

What a test is called is all that pytest-xdist knows of it. Its groups, which it notes in that name, get lost
with pytest 9.2, so they are not used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling


class BoardScheduling(LoadGroupScheduling):  # type: ignore[misc]
    """Gives tests to workers, those of one board to the same.

    Args:
        config: of the run.
        log: of pytest-xdist.
        boards: that are there once.
    """

    def __init__(self, config: pytest.Config, log: Any, boards: Sequence[str]) -> None:  # noqa: ANN401
        super().__init__(config, log)
        self._board_names = boards
        self._joined: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._joined is None:
            self._joined = joined_boards(self.collection or (), self._board_names)
        if boards := boards_in(nodeid, self._board_names):
            return self._joined[boards[0]]
        if ".ipynb::" in nodeid:
            return nodeid.partition("::")[0]
        return str(super()._split_scope(nodeid))


def boards_in(nodeid: str, boards: Sequence[str]) -> list[str]:
    """Returns the boards that a test may be for: whose name stands among its parameters.

    Args:
        nodeid: of the test.
        boards: their names.
    """
    parameters = nodeid.partition("::")[2].partition("[")[2].rpartition("]")[0]
    return [name for name in boards if f"-{name}-" in f"-{parameters}-"]


def joined_boards(nodeids: Sequence[str], boards: Sequence[str]) -> dict[str, str]:
    """Returns a group for each board; boards that some test's name cannot tell apart have the same.

    Args:
        nodeids: of all tests.
        boards: their names.
    """
    groups = {name: name for name in boards}
    for nodeid in nodeids:
        first, *others = boards_in(nodeid, boards) or [""]
        for other in others:
            one, another = groups[first], groups[other]
            groups |= {name: one for name, group in groups.items() if group == another}
    return groups
