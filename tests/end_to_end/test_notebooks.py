"""Notebooks as files: nbclient runs them, stops at an error, and what is saved is what was shown."""

import re

import nbformat
import papermill
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter, PythonExporter
from nbconvert.preprocessors import ExecutePreprocessor
from papermill.exceptions import PapermillExecutionError

from iot_kernel.magics import build_registry
from iot_kernel.magics.settings import listing
from iot_kernel.magics.tables import as_text
from tests.end_to_end.notebook import virtual

SEED = [
    "for i in range(5): print(i, i**20)",
    "import sys\nprint('{:18}   ({})'.format(sys.platform, sys.implementation.name))",
    "a = 5\na",
    "%%host\nimport sys\nsys.implementation.name",
]


def execute(name, *sources, **options):
    """Runs cells on a virtual board; returns them with their outputs."""
    cells = [nbformat.v4.new_code_cell(source) for source in (f"%connect -q {virtual(name)}", *sources)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, kernel_name="iot", timeout=60, **options)
    try:
        client.execute()
    except CellExecutionError as error:
        return notebook.cells[1:], error
    nbformat.validate(notebook)
    return notebook.cells[1:], None


def test_the_seed_s_cells():
    cells, error = execute("seed", *SEED)
    assert error is None
    powers, platform, value, host = (cell.outputs for cell in cells)
    assert [output.text for output in powers] == ["0 0\n1 1\n2 1048576\n3 3486784401\n4 1099511627776\n"]
    assert platform[0].text.split() == ["linux", "(micropython)"]
    assert (value[0].output_type, value[0].data["text/plain"]) == ("execute_result", "5")
    assert host[0].data["text/plain"] == "'cpython'"
    assert [cell.execution_count for cell in cells] == [2, 3, 4, 5]


def test_the_seed_s_soft_reset_fails_as_it_says():
    cells, error = execute(
        "reset", "%softreset\na = 5\nprint('this will fail ...')\nb", "print('not reached')"
    )
    assert error is not None
    assert error.ename == "NameError"
    *texts, failure = cells[0].outputs
    shown = "".join(text.text for text in texts)
    assert "!!!!!   softreset ...     !!!!!" in shown
    assert shown.endswith("\nthis will fail ...\n")
    assert failure.traceback == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 3, in <module>',
        "NameError: name 'b' isn't defined",
        "\x1b[34mIn [2], line 4\x1b[0m: b",
    ]
    assert cells[1].outputs == []


@pytest.mark.parametrize("options", [{"allow_errors": True}, {"allow_error_names": ["ZeroDivisionError"]}])
def test_errors_that_are_allowed_do_not_stop_it(options):
    cells, error = execute("allowed", "1/0", "print('reached')", **options)
    assert error is None
    assert cells[0].outputs[0].ename == "ZeroDivisionError"
    assert cells[1].outputs[0].text == "reached\n"


def test_many_lines_are_saved_as_few_outputs():
    cells, _ = execute("lines", "for i in range(20000): print(i)")
    texts = [output.text for output in cells[0].outputs]
    assert "".join(texts) == "".join(f"{number}\n" for number in range(20_000))
    assert len(texts) <= 20, "as if every read of the port had become an output"


def test_listings_are_saved_as_pages_and_as_the_text_of_consoles():
    cells, error = execute("tables", "%lsmagic", "print(1)\n%info")
    assert error is None
    (listed,) = cells[0].outputs
    assert listed.data.keys() == {"text/html", "text/plain"}
    assert listed.data["text/plain"] == as_text(listing(build_registry()))
    before, info = cells[1].outputs
    assert before.text == "1\n"
    assert re.match(r"name            \S+\nplatform        linux\n", info.data["text/plain"])
    notebook = nbformat.v4.new_notebook(cells=cells)
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert page.count("<table") == 3
    assert "%%writefile" in page
    script, _ = PythonExporter().from_notebook_node(notebook)
    assert "<table" not in script
    assert "Pass cell" not in script


ASKS = ["print('before')\nname = input('Your name? ')\nprint('never')", "print('after')"]


def on_a_board(name, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in (f"%connect -q {virtual(name)}", *sources)]
    spec = {"name": "iot", "display_name": "IoT", "language": "micropython"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


def shown(cell):
    """What a cell printed, and the error that it ended with."""
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    return text, [output.ename for output in cell.outputs if output.output_type == "error"]


def test_nbconvert_cannot_be_asked():
    notebook = on_a_board("nbconvert", *ASKS)
    ExecutePreprocessor(timeout=60, allow_errors=True).preprocess(notebook)
    assert shown(notebook.cells[1]) == ("before\n", ["StdinNotImplementedError"])
    assert shown(notebook.cells[2]) == ("after\n", [])


def test_papermill(tmp_path):
    """It keeps what was shown up to an error, and cannot be asked."""
    source, result = tmp_path / "source.ipynb", tmp_path / "result.ipynb"
    notebook = on_a_board("papermill", "x = 4", "print(x)", "1 / 0", *ASKS)
    notebook.cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, source)
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(source, result, {"x": 5}, language="python", progress_bar=False)
    cells = [cell for cell in nbformat.read(result, 4).cells if cell.cell_type == "code"]
    assert [shown(cell) for cell in cells[-4:]] == [
        ("5\n", []),
        ("", ["ZeroDivisionError"]),
        *[("", [])] * 2,
    ]
    nbformat.write(on_a_board("papermill", *ASKS), source)
    with pytest.raises(PapermillExecutionError, match="takes no questions"):
        papermill.execute_notebook(source, result, progress_bar=False)
