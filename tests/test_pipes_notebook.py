"""The notebook about pipes runs on a board with threads, and who opens the file sees charts in it."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from tests.printed import printed
from tools.notebook import ENCRYPTED

NOTEBOOK = Path(__file__).parents[1] / "docs" / "pipes.ipynb"
COLOURS = {"C0": (0x1F, 0x77, 0xB4), "C1": (0xFF, 0x7F, 0x0E), "C2": (0x2C, 0xA0, 0x2C)}


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """What the kernel remembers stays in this test."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return nbformat.read(NOTEBOOK, as_version=4)


def pixels_of(output, colour: str) -> int:
    """How many pixels of a picture have a line's colour."""
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB"))
    return int((np.abs(image.astype(int) - COLOURS[colour]).sum(axis=2) < 30).sum())


@pytest.mark.board
def test_it_runs(unix, notebook, capfd) -> None:
    connect = notebook.cells[1]
    assert connect.source == "%connect sim://"
    connect.source = f"%connect {unix.url}"
    producer = next(cell for cell in notebook.cells if cell.source.startswith("%%ucore"))
    notebook.cells.insert(notebook.cells.index(producer), producer)  # it may be run twice
    NotebookClient(notebook, kernel_name="ucore", timeout=60, config=ENCRYPTED).execute()
    assert capfd.readouterr().err == ""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = "".join(map(printed, outputs))
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert "\n4 1099511627776\n" in said
    assert re.search(r"^200 samples from -1\.00 to 1\.00$", said, re.MULTILINE)
    assert re.search(r"^3 axes, mean \[.*0\.9\]|^3 axes, mean \[.*1\. \]", said, re.MULTILINE)
    adc, imu = (line.split() for line in said.splitlines() if re.match("adc |imu ", line))
    assert (adc[-1], imu[-1]) == ("0", "0"), "lost"
    assert float(adc[1]) < 120, "two producers"
    adc, collected, imu = (output for output in outputs if "image/png" in output.get("data", ()))
    assert pixels_of(adc, "C0") > 200
    assert pixels_of(collected, "C0") > 200
    assert all(pixels_of(imu, colour) > 50 for colour in COLOURS)
    assert all("text/plain" in picture.data for picture in (adc, collected, imu))


def test_it_is_saved_without_outputs(notebook) -> None:
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert all(cell.get("execution_count") is None for cell in notebook.cells)
