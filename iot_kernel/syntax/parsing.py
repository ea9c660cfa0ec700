"""Python code as trees, as this computer reads it; what it warns of is not told. Pure."""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

#: What `ast.parse` raises for code that this computer cannot read, though a board may.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


#: What is warned of is set for the whole process, so one thread at a time changes it and puts it back.
_warnings_lock = threading.Lock()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keeps Python's parser from warning of what it reads: an odd escape in it is no business of ours."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parse(code: str) -> ast.Module:
    """Parses code; raises one of `UNREADABLE`."""
    with without_warnings():
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
        with without_warnings():
            ast.parse(text.strip(), mode="eval")
    except UNREADABLE:
        return False
    return True
