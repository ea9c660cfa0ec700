"""Cells for notebooks that tests write."""

from nbformat.v4 import new_code_cell, new_output


def cell(source, *tags, printed=""):
    """Makes a code cell.

    Args:
        source: its text.
        tags: of it.
        printed: what the notebook has saved as its output.
    """
    made = new_code_cell(source, metadata={"tags": list(tags)} if tags else {})
    made.outputs = [new_output("stream", name="stdout", text=printed)] if printed else []
    return made
