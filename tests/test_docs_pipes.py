"""What the README, docs/reference/pipes.md and its how-to show runs; figures are right."""

import inspect
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from iot_kernel.pipes.subscriber import BUFFER
from iot_kernel.protocol.announcement import FIRST_CHANNEL
from tests.each import each
from tests.printed import printed
from tools.notebook import ENCRYPTED
from ukernel import pipes
from ukernel.pipes.framing import LONGEST_MESSAGE, LONGEST_NAME

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "reference" / "pipes.md").read_text(encoding="utf-8")
CELLS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
HOW_TO = (ROOT / "docs" / "how-to" / "stream-record-plot.md").read_text(encoding="utf-8")
STEPS = [
    re.sub(r"seconds=\d", "seconds=0.3", cell)
    for cell in re.findall(r"```python\n(.*?)```", HOW_TO, re.DOTALL)
]
README = re.findall(
    r"```python\n%connect\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.board
def test_the_cells_run(unix, tmp_path, monkeypatch):
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.v4.new_notebook()
    stop = "%%host\nfrom ukernel.pipes import stop_live\nstop_live()"
    cells = [f"%connect {unix.url}", *README, *STEPS, *CELLS, stop, "%pipes"]
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, kernel_name="iot", timeout=60, resources=resources, config=ENCRYPTED).execute()
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    said = "".join(map(printed, outputs))
    assert said.startswith("0 0\n1 1\n2 1048576\n", said.index("\n") + 1)
    assert re.search(r"^200 samples, mean 1\.\d$", said, re.MULTILINE)
    assert "\n['time', 'clock', 'volts']\n" in said
    assert " ms between samples" in said
    values = [output.data["text/plain"] for output in outputs if output.output_type == "execute_result"]
    assert any("times of the board's clock, error" in value for value in values)
    assert "\n10 messages\n" in said
    assert "no kernel in " in said
    assert {"adc", "imu", "ticks", "timed"} <= set(re.findall(r"^\w+", said, re.MULTILINE))
    assert len([output for output in outputs if "image/png" in output.get("data", ())]) == 2
    assert re.search(r"\nadc \d\d+ samples\ntimed \d\d+ samples\n", said)
    assert any("<2 pipes on one time axis, error" in value for value in values)
    assert (tmp_path / "motion.csv" / "part-000001.csv").read_text().startswith("time,lost,x,y,z\n")
    assert "recorded until 1" in said
    assert (tmp_path / "imu.csv").read_text().startswith("time,x,y,z\n")


@each("cell", CELLS)
def test_each_cell_says_where_it_runs(cell):
    assert cell.startswith(("%%ucore\n", "%%host\n"))


@pytest.mark.parametrize("name", ["collect", "live_plot"])
def test_options_and_defaults(name):
    section = TEXT[TEXT.index(f"### `{name}`") :].partition("\n### ")[0]
    table = dict(re.findall(r"`(\w+)=(.*?)`[,|\s]", section.partition("```")[0]))
    parameters = inspect.signature(getattr(pipes, name)).parameters.values()
    common = {"host", "port", "token", "device", "broker"}
    defaults = {
        p.name: repr(p.default) for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in common
    }
    assert table == defaults


def test_the_figures():
    channels = set(range(FIRST_CHANNEL, 256)) - {0x3E, 0xFD, 0xFE}
    assert f"{len(channels)} pipes can be open at once" in TEXT
    assert f"at most {LONGEST_MESSAGE:,} bytes".replace(",", " ") in TEXT
    assert f"at most {LONGEST_NAME} in UTF-8" in TEXT
    assert f"a buffer of {BUFFER // 2**20} MiB" in TEXT


def test_all_names_are_explained():
    for name in (
        "subscribe",
        "collect",
        "live_plot",
        "stop_live",
        "record",
        "replay",
        "stream",
        "LossWarning",
        "EndWarning",
        "RecordingError",
        "PipeError",
    ):
        assert f"`{name}" in TEXT
        assert name in pipes.__all__
