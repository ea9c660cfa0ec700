"""Values of a board in one line of text, the same wherever they are shown. Pure.

The panel, the frames of code that stands, ``%whos`` and the debugger's console all show this text.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import literal, printable

#: Characters of a line; boards send less: 400 of a text that is shown alone, which may be four times as many
#: where they are written by numbers.
LONGEST_LINE = 2000

#: What is told by its beginning, and what it consists of.
UNITS = {"str": "characters", "bytes": "bytes", "bytearray": "bytes"}

#: What stands around the values in things of plain kinds.
_BRACKETS = {
    "list": ("[", "]"),
    "tuple": ("(", ")"),
    "dict": ("{", "}"),
    "set": ("{", "}"),
    "frozenset": ("frozenset({", "})"),
    "OrderedDict": ("OrderedDict({", "})"),
    "deque": ("deque([", "])"),
}

#: Kinds whose parts say nothing in a line: there are many, and most are functions.
_NAMESPACES = ("type", "module")


def value_text(kind: str, size: int | None, value: str | None, first: Sequence[str | None] = ()) -> str:
    """Returns a line for a value; empty where only code of the user's could tell.

    Args:
        kind: the name of its type.
        size: items, characters or bytes; None where it has no size.
        value: its repr, which the board cuts; of an array the type code, of a class or module its name.
        first: texts of the first things in it, and None behind them where there are more.
    """
    return printable(
        _text(kind, size, value, [text for text in first if text is not None], None in first), LONGEST_LINE
    )


def _text(kind: str, size: int | None, value: str | None, first: list[str], has_more: bool) -> str:
    if kind in UNITS and value is not None and size is not None:
        return _cut(kind, size, value)
    if kind == "array":
        opening, closing = (f"array('{value}', [", "])") if size else (f"array('{value}'", ")")
        return _listed(opening, closing, first, size or 0)
    if value is not None:
        return value
    if size is None:
        shown = [*first, "…"] if has_more else first
        return f"{kind}({', '.join(shown)})" if shown and kind not in _NAMESPACES else ""
    if not size and kind == "set":
        return "set()"
    if kind == "tuple" and size == 1 and first:
        first = [f"{first[0]},"]
    opening, closing = _BRACKETS.get(kind, (f"{kind}(", ")"))
    return _listed(opening, closing, first, size)


def _listed(opening: str, closing: str, first: Sequence[str], size: int) -> str:
    """Says how many there are where not all are shown."""
    if len(first) < size:
        return f"{opening}{', '.join([*first, '…'])}{closing} {size:,} item{'s' * (size != 1)}"
    return f"{opening}{', '.join(first)}{closing}"


def _cut(kind: str, size: int, value: str) -> str:
    """Writes text with its letters, where boards put numbers, and says how long it is if not all is there."""
    plain = value.removeprefix("bytearray(").removesuffix(")") if kind == "bytearray" else value
    with contextlib.suppress(RemoteProtocolError):
        there = literal(plain)
        if isinstance(there, str | bytes):
            shown = repr(there) if kind == "str" else value
            return shown if len(there) >= size else f"{shown}… {size:,} {UNITS[kind]}"
    return f"{value}… {size:,} {UNITS[kind]}"
