"""The notebook about pipes runs on a board with threads, and who opens the file sees charts in it."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from tests.printed import printed
from tests.testing.notebook_tests import run_notebook

pytest_plugins = ["pytester"]

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial" / "pipes.ipynb"
COLOURS = {"C0": (0x1F, 0x77, 0xB4), "C1": (0xFF, 0x7F, 0x0E), "C2": (0x2C, 0xA0, 0x2C)}


def pixels_of(output, colour: str) -> int:
    """How many pixels of a picture have a line's colour."""
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB"))
    return int((np.abs(image.astype(int) - COLOURS[colour]).sum(axis=2) < 30).sum())


def changed(directory: Path) -> Path:
    """Writes the notebook for the other kernel, and with a producer that is started twice: it may be."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.metadata.kernelspec.name = "ucore"
    producer = next(cell for cell in notebook.cells if cell.source.startswith("%%ucore"))
    again = nbformat.from_dict({**producer, "id": "again"})
    notebook.cells.insert(notebook.cells.index(producer), again)
    nbformat.write(notebook, directory / "pipes.ipynb")
    return directory / "pipes.ipynb"


@pytest.mark.board
def test_it_runs(unix, pytester, monkeypatch, capfd) -> None:
    notebook = run_notebook(pytester, monkeypatch, changed(pytester.path), unix.url)
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


def test_it_is_saved_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert all(cell.get("execution_count") is None for cell in notebook.cells)
