"""Turns a cell's own code to the notebook where it reads from ``sys.stdin`` or writes to ``sys.stderr``.

Objects of the board take the streams' places (`snippets/ask_stdin.py`, `snippets/tell_stderr.py`), on the
same line, so that tracebacks count as before. Pure: text in, text out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from iot_kernel.syntax.parsing import parsed

#: The board's objects, by the names of the streams.
OBJECTS = {"stdin": "__iot_stdin__", "stderr": "__iot_stderr__"}

#: What of a stream is known, with how many arguments.
_METHODS = {("stdin", "readline", 0), ("stdin", "read", 1), ("stderr", "write", 1)}


def may_use(code: str) -> bool:
    """Whether code may use a stream; only then `redirected` has something to do."""
    return "stdin" in code or "stderr" in code


def redirected(code: str, streams: frozenset[str]) -> tuple[str, frozenset[str]]:
    """Turns ``sys.stdin.readline()``, ``sys.stdin.read(1)``, ``sys.stderr.write(x)``, ``print(file=…)``.

    What uses the streams in other ways stays: to the end (``read()``), line by line (``for``), bytes
    (``buffer``), by another name, and inside of f-strings.

    Args:
        code: the cell's code, with LF line ends.
        streams: which are turned: ``stdin``, ``stderr``.

    Returns:
        The code, and which streams were turned; unchanged where there is nothing to change, or the host
        cannot parse it.
    """
    if (tree := parsed(code)) is None:
        return code, frozenset()
    lines = code.encode().split(b"\n")
    turned = set()
    for place in sorted(_places(tree), key=lambda node: node.col_offset, reverse=True):
        line, start, end = lines[place.lineno - 1], place.col_offset, place.end_col_offset
        is_plain = place.lineno == place.end_lineno and line[start:end] == f"sys.{place.attr}".encode()
        if place.attr in streams and is_plain:
            lines[place.lineno - 1] = line[:start] + OBJECTS[place.attr].encode() + line[end:]
            turned.add(place.attr)
    return b"\n".join(lines).decode(), frozenset(turned)


def _places(node: ast.AST) -> Iterator[ast.Attribute]:
    """Each stream that is read or written."""
    if isinstance(node, ast.JoinedStr):  # Python 3.11 does not know where its parts stand
        return
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=ast.Name("sys")) as found, attr=name), keywords=[]
        ) if (found.attr, name, len(node.args)) in _METHODS:
            yield found
        case ast.Call(func=ast.Name("print"), keywords=keywords):
            for keyword in keywords:
                match keyword:
                    case ast.keyword(
                        arg="file", value=ast.Attribute(value=ast.Name("sys"), attr="stderr") as found
                    ):
                        yield found
    for child in ast.iter_child_nodes(node):
        yield from _places(child)
