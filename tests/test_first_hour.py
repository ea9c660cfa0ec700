"""The tutorial of the first hour runs, and leaves the board and the directory as it found them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from tests.printed import printed
from tests.test_pipes_notebook import pixels_of
from tests.testing.notebook_tests import run_notebook

pytest_plugins = ["pytester"]

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial" / "first-hour.ipynb"


@pytest.mark.board
def test_it_runs_and_leaves_nothing(unix, tmp_path, pytester, monkeypatch, capfd) -> None:
    own = {"main.py": "print('a program of its own')\n", "data.csv": "1,2\n"}
    board = tmp_path / "board"
    board.mkdir(exist_ok=True)
    for name, text in own.items():
        (board / name).write_text(text)
    notebook = run_notebook(pytester, monkeypatch, shutil.copy(NOTEBOOK, pytester.path), unix.url)
    assert capfd.readouterr().err == ""
    assert {path.name: path.read_text() for path in board.iterdir()} == own
    assert [path.name for path in pytester.path.glob("first*")] == [NOTEBOOK.name]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = "".join(map(printed, outputs))
    assert "day 3 in the kitchen\n" in said
    assert "This computer knows the kitchen now\n" in said
    assert re.search(r"^10 readings from 2\d\.\d+ to 2\d\.\d+$", said, re.MULTILINE)
    assert "Your main.py is called main_before.py now\n" in said
    assert "\nHello, I have started by myself." in said
    assert "\nThe board has started, and so have I.\n" in said
    (error,) = (output for output in outputs if output.output_type == "error")
    assert error.ename == "NameError"
    values = [output.data["text/plain"] for output in outputs if output.output_type == "execute_result"]
    assert values[:3] == [str(2**100), "'micropython'", "1"]
    assert 20 < float(values[3]) < 30
    (lamp,) = (output for output in outputs if "●" in output.get("data", {}).get("text/html", ""))
    assert "gold" in lamp.data["text/html"]
    (chart,) = (output for output in outputs if "image/png" in output.get("data", ()))
    assert pixels_of(chart, "C0") > 200


def test_it_is_saved_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)
    assert all(cell.get("execution_count") is None for cell in cells)
