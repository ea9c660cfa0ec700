"""A notebook is run from top to bottom and printed; plain Python serves as the kernel here."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import notebook


def saved(path: Path, *sources: str) -> Path:
    cells = [new_markdown_cell("# Title"), *map(new_code_cell, sources)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def test_prints_cells_and_what_they_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path / "n.ipynb", "for i in range(2):\n    print(i)", "6 * 7")
    assert notebook.run(path) == 0
    assert capsys.readouterr().out == (
        "In [1]: for i in range(2):\n            print(i)\n0\n1\n\nIn [2]: 6 * 7\nOut[2]: 42\n\n"
    )


def test_ends_at_the_first_cell_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert notebook.run(saved(tmp_path / "n.ipynb", "1/0", "print('not run')")) == 1
    said = capsys.readouterr().out
    assert "ZeroDivisionError: division by zero" in said
    assert "\x1b" not in said
    assert "not run" not in said


def test_runs_where_the_notebook_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert notebook.run(saved(tmp_path / "n.ipynb", "import os; print(os.getcwd())")) == 0
    assert f"\n{tmp_path}\n" in capsys.readouterr().out
