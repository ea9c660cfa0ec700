"""Asks a board for its variables and for what these consist of, without running any code of the user's.

A list of 12 000 numbers costs what its first entries cost: the rest is asked for page by page. What comes
back is a board's word, so all of it is checked. Pure but for the asking, which is `lookup`'s.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iot_kernel.device.lookup import LONGEST_NAME, Execute, ask
from iot_kernel.text import printable

#: children in one answer: more than fit on a screen, and 4 KB on the wire
MOST_CHILDREN = 100

#: characters of a value, and of each of the first values in one
LONGEST_VALUE = 40

#: steps from the variables to a thing
_DEEPEST = 50

#: From the variables to a thing: names where it has names, else places.
Path = tuple[str | int, ...]

#: characters of a line with several values
_LONGEST_SHOWN = 300

#: What is told by its beginning, and what it consists of.
_TEXTS = {"str": "characters", "bytes": "bytes", "bytearray": "bytes"}

#: What stands around the values in others than lists.
_BRACKETS = {"tuple": ("(", ")"), "dict": ("{", "}"), "set": ("{", "}"), "frozenset": ("{", "}")}

#: Kinds that come last among variables: what a program is made of, and not what it works with.
_LAST = ("function", "closure", "generator", "bound_method", "type", "module")

#: Things whose names are shown only on request.
_NAMESPACES = ("type", "module")


@dataclass(frozen=True, slots=True)
class Child:
    """A variable, or a part of one.

    Attributes:
        name: its name, key or place.
        step: leads to it from its parent.
        kind: the name of its type.
        size: how many items it has, where it has any.
        value: in one line; empty where it has none that is short and plain.
        has_children: it consists of something that can be asked for.
    """

    name: str
    step: str | int
    kind: str
    size: int | None
    value: str
    has_children: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the children of one thing, in the board's order.

    Attributes:
        children: at most `MOST_CHILDREN`.
        rest: the place of the first one behind these; None where these are the last.
    """

    children: tuple[Child, ...]
    rest: int | None = None


def children(execute: Execute, path: Path = (), start: int = 0, *, platform: str = "") -> Page | None:
    """Asks for what a thing consists of.

    Args:
        execute: asks the board.
        path: to the thing; empty for the variables.
        start: the place of the first one that is wanted.
        platform: the board's ``sys.platform``.

    Returns:
        None where the path leads nowhere.

    Raises:
        IoTKernelError: the board did not answer, or with no answer.
    """
    if len(path) > _DEEPEST:
        return None
    rows = ask(execute, "list_children", f"{path!r},{start},{MOST_CHILDREN},{LONGEST_VALUE}", platform)
    if not isinstance(rows, list) or False in rows:
        return None
    told = [_child(row, place) for place, row in enumerate(rows[:MOST_CHILDREN], start)]
    kept = tuple(child for child in told if child is not None and not child.name.startswith("__iot"))
    return Page(kept, start + MOST_CHILDREN if rows[-1:] == [None] else None)


def in_order(found: Iterable[Child]) -> list[Child]:
    """Sorts variables as people look for them: what a program works with first; by name."""
    return sorted(found, key=lambda child: (child.kind in _LAST, child.name.lower(), child.name))


def _child(row: object, place: int) -> Child | None:
    match row:
        case (str(name), (str(kind), int() | None as size, str() | None as value), list(first)):
            pass
        case _:
            return None
    if len(name) > LONGEST_NAME or not all(isinstance(text, str | None) for text in first):
        return None
    step = name if name.isidentifier() and not keyword.iskeyword(name) else place
    has_children = bool(first) if size is None else size > 0 and kind != "str"
    shown = printable(_value(kind, size, value, first), _LONGEST_SHOWN)
    return Child(printable(name), step, printable(kind), size, shown, has_children)


def _value(kind: str, size: int | None, value: str | None, first: Sequence[str | None]) -> str:
    """One line; how many there are is said where not all are shown."""
    if kind in _TEXTS and value is not None and size is not None:
        return f"{value}… {size:,} {_TEXTS[kind]}" if size > LONGEST_VALUE else value
    if value is not None:
        return value
    shown = [text for text in first if text is not None]
    if size is None:
        rest = ["…"] if None in first else []
        return f"({', '.join(shown + rest)})" if shown and kind not in _NAMESPACES else ""
    opening, closing = _BRACKETS.get(kind, ("[", "]"))
    if not size:
        return "set()" if kind == "set" else opening + closing
    if len(shown) < size:
        return f"{opening}{', '.join([*shown, '…'])}{closing} {size:,} items"
    return f"{opening}{', '.join(shown)}{',' if kind == 'tuple' and size == 1 else ''}{closing}"
