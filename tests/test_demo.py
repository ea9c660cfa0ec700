"""The demo notebook runs, and on every board by changing its one `%connect` line."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tools import notebook

DEMO = Path(__file__).parents[1] / "docs" / "demo.ipynb"
POWERS = "0 0\n1 1\n2 1048576\n3 3486784401\n4 1099511627776\n"


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes the notebook with another address in it; what the kernel remembers stays in this test."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))

    def write(url: str) -> Path:
        text = DEMO.read_text()
        assert text.count('"%connect sim://"') == 1
        path = tmp_path / "demo.ipynb"
        path.write_text(text.replace('"%connect sim://"', f'"%connect {url}"'))
        return path

    return write


@pytest.mark.board
@pytest.mark.parametrize(
    ("board", "threads"),
    [
        ("unix", "from a thread: 2"),
        ("microbit", "this board has no threads"),
        ("wasm", "this board has no threads"),
    ],
)
def test_runs_on(board: str, threads: str, demo, request: pytest.FixtureRequest, capfd) -> None:
    url = request.getfixturevalue(board).url
    assert notebook.run(demo(url)) == 0
    said, complaints = capfd.readouterr()
    assert complaints == ""
    assert POWERS in said
    assert "Out[3]: [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n" in said
    assert threads in said
    assert "Python 3 on the host\n" in said
    assert "implementation  micropython\n" in said


def test_is_saved_without_outputs() -> None:
    cells = nbformat.read(DEMO, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)
