"""The quick check needs no equipment, and who forgets a marker is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import equipment
from tests.slow import FIRST
from tools import boards, node, services

ROOT = Path(__file__).parents[1]


def test_no_test_of_the_quick_check_asks_for_equipment(request: pytest.FixtureRequest) -> None:
    """Says so of the tests of this run: in a quick one, of all that it runs."""
    wanted = {name for fixtures in equipment.FIXTURES.values() for name in fixtures}
    quick = [item for item in request.session.items if equipment.is_quick(item)]
    assert quick
    if request.config.getoption("--quick"):
        assert quick == request.session.items
    for item in quick:
        assert not wanted & set(getattr(item, "fixturenames", ())), item.nodeid
        assert "browser" not in item.path.parts, item.nodeid


@pytest.mark.parametrize(
    "obtain", ["boards.microbit", "boards.wasm", "node.node", "services.podman", "services.busybox"]
)
def test_a_test_without_its_marker_gets_none(obtain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    equipment.refuse(monkeypatch)
    module, name = obtain.split(".")
    with pytest.raises(AssertionError, match=rf"asks for tools\.{module}\.{name}: it lacks a marker"):
        getattr({"boards": boards, "node": node, "services": services}[module], name)()


@pytest.mark.parametrize("board", ["microbit", ("wasm", "pieces")])
def test_a_board_that_is_a_parameter_is_a_marker(
    board: str | tuple[str, str], request: pytest.FixtureRequest
) -> None:
    names = {mark.name for mark in request.node.iter_markers()}
    assert names & {"microbit", "wasm"} == {board if isinstance(board, str) else board[0]}


def test_each_marker_is_explained() -> None:
    said = re.findall(r'^  "(\w+): ', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(said) >= equipment.LEFT_OUT


def test_each_slow_test_exists() -> None:
    for name in {*equipment.SLOW_TESTS, *FIRST}:
        path, *inner = name.split("::")
        text = (ROOT / path).read_text()
        assert all(re.search(rf"^ *(?:def|class) {part}\b", text, re.MULTILINE) for part in inner), name


def test_the_quick_check_sets_up_nothing_that_it_leaves_out() -> None:
    script = (ROOT / "check").read_text()
    quick, _, full = script.partition('if [ "$quick" ]; then')[2].partition("else")
    assert quick.split() == [".venv/bin/python", "-m", "tools.boards", "micropython"]
    assert {"tools.browser", "tools.services"} <= set(full.partition("fi\n")[0].split())
