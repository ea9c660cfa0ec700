"""Puts calls into the place of ``await`` outside of functions, which boards do not know. Pure.

======================  =====================================  ======================================
in a cell               on the board                           what the call returns
======================  =====================================  ======================================
``await x``             ``__iot_a__( x)``                      the result, once asyncio has run it
``async for a in x:``   ``for a in __iot_a__((x),1):``         what ``x`` yields
``async with x as a:``  ``with __iot_a__((x),2) as a:``        enters and leaves ``x``
======================  =====================================  ======================================

``__iot_a__`` is left among the board's variables by `snippets/run_async.py`. All lines stay where they are,
and what the cell assigns is a variable of the board as ever.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

#: The board's function.
FUNCTION = "__iot_a__"

_WORDS = ("await", "async")

_ASYNC = re.compile(rb"async[ \t]+(?=for\b|with\b)")
_ASYNC_FOR = re.compile(rb"async[ \t]+(?=for\b[\s\\(]*\Z)")

_Function = ast.FunctionDef | ast.AsyncFunctionDef

#: Gives the place of a line and a column in the source.
Offset = Callable[[int, int], int]


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A change of source text.

    Attributes:
        start: where it begins, in bytes.
        rank: which of two that begin at the same place comes first.
        end: where what it takes the place of ends.
        text: the new text.
    """

    start: int
    rank: int
    end: int
    text: bytes


def edited(data: bytes, edits: Iterable[Edit], start: int, end: int) -> bytes:
    """Returns a part of a text with its changes."""
    pieces = []
    for edit in sorted(edit for edit in edits if start <= edit.start <= end):
        pieces += [data[start : edit.start], edit.text]
        start = edit.end
    return b"".join([*pieces, data[start:end]])


def may_await(source: str) -> bool:
    """Whether it is worth looking for ``await`` in some code; costs next to nothing."""
    return any(word in source for word in _WORDS)


def await_edits(body: Sequence[ast.stmt], data: bytes, offset: Offset) -> list[Edit]:
    """Finds what has to change so that code awaits outside of functions.

    Args:
        body: the code, parsed.
        data: the code.
        offset: gives the places of nodes in it.

    Returns:
        The changes; empty where nothing is awaited.

    Raises:
        ValueError: ``async`` is written in a way that is not found again in the text.
    """
    return [edit for node in _outside_functions(body) for edit in _edits(node, data, offset)]


def _outside_functions(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes that run where ``await`` is one of the cell, and not of a function or class in it."""
    for node in nodes:
        yield node
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _outside_functions([*node.decorator_list, *_defaults(node)])
            case ast.Lambda():
                yield from _outside_functions(_defaults(node))
            case ast.ClassDef():
                yield from _outside_functions([*node.decorator_list, *node.bases, *node.keywords])
            case _:
                yield from _outside_functions(ast.iter_child_nodes(node))


def _defaults(function: _Function | ast.Lambda) -> list[ast.expr]:
    values = [*function.args.defaults, *function.args.kw_defaults]
    return [value for value in values if value is not None]


def _edits(node: ast.AST, data: bytes, offset: Offset) -> Iterator[Edit]:
    match node:
        case ast.Await():
            start, end = _span(node, offset)
            if not data.startswith(b"await", start):
                raise ValueError
            yield Edit(start, 1, start + len(b"await"), f"{FUNCTION}(".encode())
            yield Edit(end, 0, end, b")")
        case ast.AsyncFor():
            yield _without_async(node, data, offset)
            yield from _called(node.iter, 1, offset)
        case ast.AsyncWith():
            yield _without_async(node, data, offset)
            for item in node.items:
                yield from _called(item.context_expr, 2, offset)
        case ast.comprehension(is_async=1):
            end = offset(node.target.lineno, node.target.col_offset)
            found = _ASYNC_FOR.match(data[:end], max(data.rfind(b"async", 0, end), 0))
            if found is None:
                raise ValueError
            yield Edit(found.start(), 1, found.end(), b"")
            yield from _called(node.iter, 1, offset)


def _without_async(node: ast.stmt, data: bytes, offset: Offset) -> Edit:
    start = offset(node.lineno, node.col_offset)
    found = _ASYNC.match(data, start)
    if found is None:
        raise ValueError
    return Edit(start, 1, found.end(), b"")


def _called(expression: ast.expr, how: int, offset: Offset) -> Iterator[Edit]:
    start, end = _span(expression, offset)
    yield Edit(start, 0, start, f"{FUNCTION}((".encode())
    yield Edit(end, 1, end, f"),{how})".encode())


def _span(node: ast.expr, offset: Offset) -> tuple[int, int]:
    return offset(node.lineno, node.col_offset), offset(node.end_lineno or 0, node.end_col_offset or 0)
