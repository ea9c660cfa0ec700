"""Finds the places where a cell's own code reads a line or letters from ``sys.stdin``, and has them ask.

They are turned to an object of the board (`snippets/ask_stdin.py`), on the same line, so that tracebacks
count as before. Pure: text in, text out.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

#: The board's object.
OBJECT = "__iot_stdin__"

_SOURCE = b"sys.stdin"


def asking(code: str) -> str:
    """Makes ``sys.stdin.readline()`` and ``sys.stdin.read(1)`` ask the notebook.

    What reads in other ways stays: to its end (``read()``), line by line (``for``), bytes (``buffer``), by
    another name, and inside of f-strings.

    Args:
        code: the cell's code, with LF line ends.

    Returns:
        The code; unchanged where there is nothing to change, or the host cannot parse it.
    """
    if "stdin" not in code:
        return code
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    lines = code.encode().split(b"\n")
    for place in sorted(_places(tree), key=lambda node: node.col_offset, reverse=True):
        line, start, end = lines[place.lineno - 1], place.col_offset, place.end_col_offset
        if place.lineno == place.end_lineno and line[start:end] == _SOURCE:
            lines[place.lineno - 1] = line[:start] + OBJECT.encode() + line[end:]
    return b"\n".join(lines).decode()


def _places(node: ast.AST) -> Iterator[ast.expr]:
    """The ``sys.stdin`` of each call that reads."""
    if isinstance(node, ast.JoinedStr):  # Python 3.11 does not know where its parts stand
        return
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=ast.Name("sys"), attr="stdin") as found, attr=name),
            args=given,
            keywords=[],
        ) if (name, len(given)) in (("readline", 0), ("read", 1)):
            yield found
    for child in ast.iter_child_nodes(node):
        yield from _places(child)
