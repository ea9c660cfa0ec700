"""Reads the cells of a saved notebook (nbformat 4). Pure: text in, values out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from iot_kernel.deployment.errors import DeployError
from iot_kernel.text import printable

#: characters of a cell's first line in a message
LONGEST_TITLE = 40


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """A cell with code.

    Args:
        source: its text.
        tags: those of its metadata.
        position: 1 for the notebook's first cell with code.
        count: the execution count it was saved with; None where it was not run.
        id: the frontend's; empty in notebooks of nbformat 4.4 and before.
    """

    source: str
    tags: frozenset[str]
    position: int
    count: int | None = None
    id: str = ""

    @property
    def title(self) -> str:
        """How to name it to people: by the number beside it, or by its place; with its first line."""
        lines = (line.strip() for line in self.source.split("\n"))
        first = printable(next((line for line in lines if line), ""), LONGEST_TITLE)
        where = f"cell [{self.count}]" if self.count is not None else f"code cell {self.position}"
        return f"{where} '{first}'" if first else where


def read_cells(text: str, name: str) -> list[NotebookCell]:
    """Reads the cells with code, in their order.

    Args:
        text: of the file.
        name: of the file, for errors.

    Raises:
        DeployError: it is no notebook, or one of a format before version 4.
    """
    try:
        cells = json.loads(text)["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        return [_cell(cell, position) for position, cell in enumerate(code, 1)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        problem = (
            f"{name} is no notebook of format 4 (JSON with a list 'cells'); open it in Jupyter and save it"
        )
        raise DeployError([problem]) from None


def _cell(cell: dict[str, object], position: int) -> NotebookCell:
    source, metadata = cell["source"], cell.get("metadata", {})
    text = "".join(source) if isinstance(source, list) else source
    if not isinstance(text, str):
        raise TypeError
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
    count = cell.get("execution_count")
    return NotebookCell(
        text,
        frozenset(tag for tag in tags if isinstance(tag, str)),
        position,
        count if isinstance(count, int) else None,
        str(cell.get("id", "")),
    )
