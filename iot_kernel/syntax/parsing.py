"""Python code as trees, as this computer reads it; what it warns of is not told. Pure."""

from __future__ import annotations

import ast

from iot_kernel.text import parsing

#: What `ast.parse` raises for code that this computer cannot read, though a board may.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def parse(code: str) -> ast.Module:
    """Parses code; raises one of `UNREADABLE`."""
    with parsing():
        return ast.parse(code)


def parsed(code: str) -> ast.Module | None:
    """Parses code; returns None where this computer cannot."""
    try:
        return parse(code)
    except UNREADABLE:
        return None


def is_expression(text: str) -> bool:
    """Whether a text is an expression, with white space around it or not."""
    try:
        with parsing():
            ast.parse(text.strip(), mode="eval")
    except UNREADABLE:
        return False
    return True
