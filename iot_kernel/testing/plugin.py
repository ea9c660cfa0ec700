"""Hooks, options and marks of the pytest plugin. What they do stands in the modules beside it.

pytest loads this module in every project of an environment that has the kernel, so it loads nothing itself.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iot_kernel.testing.options import SETTINGS, USUAL_TIMEOUT, VIRTUAL, Settings, read_settings

if TYPE_CHECKING:
    from iot_kernel.testing.board_use import BoardUse
    from iot_kernel.testing.notebook_items import NotebookFile
    from iot_kernel.testing.workers import BoardScheduling

#: The test that uses a board: at each test, and at the run the latest.
USE: pytest.StashKey[BoardUse] = pytest.StashKey()

_MARKS = (
    "needs(*what): what its board must have: threads, network, psram, ..., or the name of a port",
    "board_timeout(seconds): how long each phase of this test may take; 0 for as long as it takes",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options, and what the ini file may say in their place."""
    group = parser.getgroup("boards", "tests on boards, and notebooks as tests")
    group.addoption(
        "--board",
        action="append",
        dest="boards",
        metavar="BOARD",
        help="run the tests that use the fixture 'board' on this one (url, name or uid); may be repeated. "
        "Preset: sim://, a virtual board without files",
    )
    group.addoption(
        "--board-timeout",
        type=float,
        metavar="SECONDS",
        help="how long each phase of a test on a board, or a cell, may take; 0 for as long as it takes. "
        f"Preset: {USUAL_TIMEOUT:g}",
    )
    group.addoption(
        "--board-files",
        metavar="DIR",
        help="the directory of the board whose files are put back after each test, or 'none'. Preset: all "
        "but what is mounted",
    )
    group.addoption("--notebooks", action="store_true", help="run notebooks as tests, cell by cell")
    group.addoption(
        "--notebooks-output", metavar="DIR", help="write the notebooks as they were run to this directory"
    )
    parser.addini("boards", "what --board says, one a line", type="linelist", default=[])
    parser.addini("board_timeout", "what --board-timeout says", default="")
    parser.addini("board_files", "what --board-files says", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Reads the options, and makes the fixture."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    settings = config.stash[SETTINGS] = read_settings(config)
    config.pluginmanager.register(_fixture_plugin(settings), "iot-kernel-board")


def _fixture_plugin(settings: Settings) -> object:
    """Makes the fixture, which every project may replace by one of its own."""

    class BoardFixture:
        @pytest.fixture(params=settings.boards, ids=settings.boards)
        def board(self, request: pytest.FixtureRequest) -> Generator[object]:
            """A board that is connected and clean (`iot_kernel.Device`): one of those that --board names."""
            from iot_kernel.testing.board_pool import board_of
            from iot_kernel.testing.board_use import BoardUse

            item: pytest.Item = request.node
            use = BoardUse(board_of(item.config, request.param), item, settings.timeout_of(item))
            device = use.set_up()
            item.stash[USE] = item.config.stash[USE] = use
            use.watch()
            yield device
            use.clean()

    return BoardFixture()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Says which boards there are."""
    return config.stash[SETTINGS].header


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NotebookFile | None:
    """Takes notebooks, where they are asked for."""
    settings = parent.config.stash[SETTINGS]
    if not settings.notebooks or file_path.suffix != ".ipynb":
        return None
    from iot_kernel.testing.notebook_items import NotebookFile

    return NotebookFile.from_parent(parent, path=file_path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BoardScheduling | None:  # noqa: ANN401
    """Has pytest-xdist give each board to one worker."""
    settings = config.stash[SETTINGS]
    if not settings.needs_groups:
        return None
    from iot_kernel.testing.workers import BoardScheduling

    return BoardScheduling(config, log, [name for name in settings.boards if name != VIRTUAL])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Ends set-ups that take too long."""
    return (yield from _phase(item, "setup"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Ends tests that take too long."""
    return (yield from _phase(item, "call"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Ends finalizers that take too long."""
    return (yield from _phase(item, "teardown"))


def _phase(item: pytest.Item, when: str) -> Generator[None, object, object]:
    """Wraps a phase of a test that uses a board; in its set-up the fixture begins that."""
    __tracebackhide__ = True
    if (use := item.stash.get(USE, None)) is not None:
        use.begin_phase()
    result, error = None, None
    try:
        result = yield
    except BaseException as caught:  # noqa: BLE001  it is raised again
        error = caught
    if (use := item.stash.get(USE, None)) is not None:
        use.end_phase(when, error)
    if error is not None:
        raise error
    return result


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Gives whoever debugs a test all the time."""
    if (use := config.stash.get(USE, None)) is not None:
        use.forget_watch()
