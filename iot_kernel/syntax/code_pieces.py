"""Cuts code into pieces that do the same when they are run one after the other. Pure: text in, text out.

Boards that take code in messages have little room for each; see `iot_kernel.protocol.message_repl`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator


def code_pieces(source: str, limit: int) -> list[str]:
    """Cuts code between statements.

    A piece begins with empty lines, so that tracebacks name the lines of the whole code, as long as these fit
    into half of the limit. It ends with ``pass``: firmware may treat the last statement in a way of its own,
    and refuse a comment in front of the only one.

    Args:
        source: the code, with LF line ends.
        limit: bytes of a piece. A statement that is longer stays whole.

    Returns:
        The pieces; one with all of the code where the host cannot parse it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            starts = _starts(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [source]
    lines = source.split("\n")
    texts = [
        "\n".join(lines[start:end]) for start, end in zip([0, *starts[1:]], [*starts[1:], None], strict=True)
    ]
    return list(_joined(texts, limit))


def _starts(body: list[ast.stmt]) -> list[int]:
    """The lines, counted from zero, on which statements begin that share none with the one before."""
    starts: list[int] = []
    end = -1
    for statement in body:
        decorators = getattr(statement, "decorator_list", [])
        start = min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
        if start > end:
            starts.append(start)
        end = (statement.end_lineno or 0) - 1
    return starts or [0]


def _joined(texts: list[str], limit: int) -> Iterator[str]:
    line, group, size = 0, list[str](), 0
    for text in texts:
        length = len(text.encode(errors="replace")) + 1
        if group and _padding(line, limit) + size + length > limit:
            yield _piece(group, line, limit)
            line, group, size = line + sum(each.count("\n") + 1 for each in group), [], 0
        group.append(text)
        size += length
    yield _piece(group, line, limit)


def _padding(line: int, limit: int) -> int:
    return line if line <= limit // 2 else 0


def _piece(group: list[str], line: int, limit: int) -> str:
    return "\n" * _padding(line, limit) + "\n".join(group) + "\npass\n"
