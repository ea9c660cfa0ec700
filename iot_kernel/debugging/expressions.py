"""Expressions that users write into conditions, log messages and consoles. Pure."""

from __future__ import annotations

import re

from iot_kernel.syntax.parsing import is_expression

_COUNTS = "a board does not count how often a breakpoint is reached; write a condition instead"

#: What a log message has in braces; two braces are one.
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def log_expression(message: str) -> str:
    """Returns the text of a tuple: what a message says, and the expressions that it has in braces.

    It is empty for an empty message. What is in braces and no expression stays text.
    """
    parts, at = [], 0
    for found in _BRACES.finditer(message):
        parts.append(ascii(message[at : found.start()]))
        at = found.end()
        inside = found[1]
        if inside is None:
            parts.append(ascii(found[0][0]))
        else:
            parts.append(f"({inside})" if is_expression(inside) else ascii(found[0]))
    if message:
        parts.append(ascii(message[at:]))
    kept = [part for part in parts if part != "''"]
    return f"({','.join(kept)},)" if kept else ""


def problem(condition: str, hits: str) -> str:
    """Returns why a breakpoint with these conditions does not work; empty where it does."""
    if hits:
        return _COUNTS
    return "" if not condition or is_expression(condition) else "the condition is no expression"
