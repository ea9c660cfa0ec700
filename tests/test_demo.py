"""The demo notebook runs, and on every board without a change: as a test of the pytest plugin."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.printed import printed
from tests.testing.notebook_tests import run_notebook

pytest_plugins = ["pytester"]

DEMO = Path(__file__).parents[1] / "docs" / "tutorial" / "demo.ipynb"
POWERS = "0 0\n1 1\n2 1048576\n3 3486784401\n4 1099511627776\n"


@pytest.mark.board
@pytest.mark.parametrize(
    ("board", "threads"),
    [
        ("unix", "from a thread: 2"),
        ("microbit", "this board has no threads"),
        ("wasm", "this board has no threads"),
    ],
)
def test_runs_on(
    board: str,
    threads: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    url = request.getfixturevalue(board).url
    pytester = request.getfixturevalue(
        "pytester"
    )  # after the board, which is in the cache of the user's home
    notebook = run_notebook(pytester, monkeypatch, DEMO, url)
    assert capfd.readouterr().err == ""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = "".join(map(printed, outputs))
    results = [output for output in outputs if output.output_type == "execute_result"]
    assert POWERS in said
    assert results[0].data["text/plain"] == "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]"
    assert results[0].execution_count == 3
    assert threads in said
    assert "Python 3 on the host\n" in said
    assert "implementation  micropython\n" in said


def test_is_saved_without_outputs() -> None:
    cells = nbformat.read(DEMO, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)
