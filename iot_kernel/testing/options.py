"""What the options of one test run say. Light: `plugin` always loads it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: s that a phase of a test, or a cell, may take unless the project says otherwise: a board that hangs must
#: not hold up a run for ever, and few tests of boards take longer.
USUAL_TIMEOUT = 60.0

#: The board where none is named: each process of a run has one of its own.
VIRTUAL = "sim://"

#: Ways of pytest-xdist for which `workers` keeps tests of a board together; "no" is a run without workers.
_GROUPING = frozenset({"no", "load", "loadgroup"})

_NO_NBCLIENT = "--notebooks needs nbclient, which is not installed: pip install nbclient nbformat"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one test run.

    Attributes:
        boards: what they are called.
        timeout: seconds of a phase of a test, and of a cell; 0 for as long as it takes.
        files: the directory of a board that is put back; empty for its own file system, None for none.
        notebooks: whether notebooks are tests.
        output: where the notebooks go as they were run; None for nowhere.
    """

    boards: Sequence[str]
    timeout: float
    files: str | None
    notebooks: bool
    output: Path | None

    @property
    def header(self) -> str | None:
        """A line for the head of the run; None where no board was named: most projects have none."""
        return None if self.boards == [VIRTUAL] else f"boards: {', '.join(self.boards)}"

    @property
    def needs_groups(self) -> bool:
        """Whether two workers would get in each other's way: on a board that is there once, in a notebook."""
        return self.notebooks or any(name != VIRTUAL for name in self.boards)

    def timeout_of(self, item: pytest.Item) -> float:
        """Returns the seconds that each phase of a test may take.

        Raises:
            pytest.UsageError: its mark makes no sense.
        """
        mark = item.get_closest_marker("board_timeout")
        if mark is None:
            return self.timeout
        given = mark.args[0] if mark.args else mark.kwargs.get("seconds")
        return _seconds(given, "@pytest.mark.board_timeout")


#: Where the hooks find them.
SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()


def file_name(text: str) -> str:
    """Makes a part of a file's name of what a board is called."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "board"


def read_settings(config: pytest.Config) -> Settings:
    """Reads options and ini file.

    Raises:
        pytest.UsageError: something makes no sense, or is missing.
    """
    boards = config.getoption("boards") or config.getini("boards") or [VIRTUAL]
    if not all(name.strip() for name in boards):
        raise pytest.UsageError("--board: this is no board; name a url, such as sim://, a name or a uid")
    given = config.getoption("board_timeout")
    given = config.getini("board_timeout") if given is None else given
    files = config.getoption("board_files") or config.getini("board_files")
    output = config.getoption("notebooks_output")
    notebooks = bool(config.getoption("notebooks"))
    if notebooks and importlib.util.find_spec("nbclient") is None:
        raise pytest.UsageError(_NO_NBCLIENT)
    settings = Settings(
        boards=list(dict.fromkeys(name.strip() for name in boards)),
        timeout=USUAL_TIMEOUT if given == "" else _seconds(given, "--board-timeout"),
        files=None if files == "none" else files,
        notebooks=notebooks,
        output=config.invocation_params.dir / output if output else None,
    )
    _check_distribution(config, settings)
    return settings


def _seconds(given: Any, where: str) -> float:  # noqa: ANN401  whatever stands in a mark
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise pytest.UsageError(f"{where}: {given!r} is no number of seconds")
    return seconds


def _check_distribution(config: pytest.Config, settings: Settings) -> None:
    """Refuses ways of pytest-xdist that would have several workers use one board."""
    how = config.getoption("dist", "no")
    if settings.needs_groups and how not in _GROUPING:
        raise pytest.UsageError(
            f"--dist {how} gives the tests of one board, or the cells of one notebook, to several workers; "
            "leave it out, or use --dist loadgroup"
        )
