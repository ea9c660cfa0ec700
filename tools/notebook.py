"""Run a notebook with no browser and print what its cells give: `.venv/bin/python -m tools.notebook PATH`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
import zmq
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

CELL_SECONDS = 120  # a cell of the demo takes two seconds at most
#: Kernels warn in the terminal when what they say over TCP is not encrypted.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto" if zmq.has("curve") else "disabled"}})
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def run(path: Path) -> int:
    """Run a notebook in its own directory, printing each code cell when it is done.

    Returns:
        0 when every cell succeeded, else 1; the first cell that fails ends the run.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, resources=resources, on_cell_executed=_show, config=ENCRYPTED
    )
    try:
        client.execute()
    except CellExecutionError:
        return 1
    return 0


def _show(cell: nbformat.NotebookNode, **_: object) -> None:
    prompt = f"In [{cell.execution_count or ' '}]: "
    sys.stdout.write(prompt + cell.source.replace("\n", "\n" + " " * len(prompt)) + "\n")
    for output in cell.outputs:
        text = _text(output)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.write("\n")
    sys.stdout.flush()


def _text(output: nbformat.NotebookNode) -> str:
    match output.output_type:
        case "stream":
            text = output.text
        case "error":
            text = "\n".join(output.traceback)
        case "execute_result":
            text = f"Out[{output.execution_count}]: {output.data['text/plain']}"
        case _:
            text = output.data.get("text/plain", f"<{', '.join(output.data)}>")
    return ANSI.sub("", text)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
