"""In which magic's line the cursor stands, and what of it is typed. Pure text in, values out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_kernel.syntax.cell import normal
from iot_kernel.syntax.logical_lines import magic_lines

_NAME = re.compile(r"(?P<marks>%{1,2}(?!%))[^\S\n]*(?P<name>[^\s;]*)|!{1,2}")
_REST_OF_NAME = re.compile(r"[^\s;]*")
_BACKSLASHED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypedMagic:
    """A magic at the cursor.

    Attributes:
        title: ``%name``, ``%%name`` or ``!``, also what of it stands behind the cursor; without a ``?``.
        typed: what stands between the line's beginning and the cursor, where that is in the title.
        arguments: what stands between the title and the cursor; None where the cursor stands in the title.
            Blanks stand for backslashes and newlines between two lines.
        behind: the character behind the cursor; empty at the line's end.
        starts_cell: it is the first thing in the cell.
        around: the name of the cell magic in whose body it stands; None in a cell without one.
    """

    title: str
    typed: str
    arguments: str | None
    behind: str
    starts_cell: bool
    around: str | None


def magic_at(code: str, cursor: int) -> TypedMagic | None:
    """Tells in which magic's line the cursor stands; None where it stands in none.

    Args:
        code: a cell's text.
        cursor: an offset in it, in characters.
    """
    text = normal(code[:cursor])
    line = _last_magic_line(text)
    found = None if line is None else _NAME.match(text, line)
    if line is None or found is None:
        return None
    behind = code[cursor : cursor + 1].strip("\r\n")
    before = text[:line].strip()
    around = _NAME.match(before) if before.startswith("%%") else None
    title = f"{found['marks']}{found['name']}" if found["marks"] else "!"
    arguments: str | None = _joined(text[found.end() :])
    if found.end() == len(text) and found["marks"]:
        rest = _REST_OF_NAME.match(code, cursor)
        title, arguments = title + (rest[0] if rest else ""), None
    return TypedMagic(
        title=title.removesuffix("?"),
        typed=text[line:],
        arguments=arguments,
        behind=behind,
        starts_cell=not before,
        around=around["name"] if around else None,
    )


def _last_magic_line(text: str) -> int | None:
    """Where the magic line begins in which a text ends; None where it ends in none."""
    for start, end in magic_lines(text):
        line = text[start:end]
        if end == len(text) and not (line.endswith("\n") and _joined(line).endswith("\n")):
            return start
    return None


def _joined(text: str) -> str:
    """A text of as many characters, in one line where backslashes join several."""
    return _BACKSLASHED.sub(lambda match: "  " if match[1] == "\n" else match[0], text)
