"""The project's own notebooks as tests of the pytest plugin."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

# A run in this process forgets what it has imported; what stands here is imported once for all of them.
import iot_kernel.testing.board_pool
import iot_kernel.testing.board_use
import iot_kernel.testing.notebook_items
import iot_kernel.testing.notebook_run  # noqa: F401


def run_notebook(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, path: Path, url: str
) -> nbformat.NotebookNode:
    """Runs a notebook on a board, all cells of which must pass; returns it with what they gave.

    What the kernel remembers stays in this test. What it writes to the terminal is not caught.

    Args:
        pytester: where it runs.
        monkeypatch: of the test.
        path: of the notebook.
        url: of the board.
    """
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(pytester.path / name.lower()))
    plugin = ("-p", "iot_kernel.testing.plugin", "-p", "no:cacheprovider", "-s")
    result = pytester.runpytest_inprocess(
        *plugin, "--notebooks", str(path), "--board", url, "--board-files=none", "--notebooks-output=out"
    )
    notebook = nbformat.read(path, as_version=4)
    count = sum(cell.cell_type == "code" for cell in notebook.cells)
    assert result.parseoutcomes() == {"passed": count}
    (written,) = (pytester.path / "out").rglob("*.ipynb")
    return nbformat.read(written, as_version=4)
