"""A variable of a board on a page of its own: what it is, and the first things in it. Pure.

Bytes and arrays are tables of numbers, anything else has a row for each thing in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from iot_kernel.debugging.messages import Variable, VariablePage
from iot_kernel.debugging.value_text import UNITS
from iot_kernel.magics.colours import dim
from iot_kernel.magics.tables import Cell, Column, Note, Shown, Table, as_bundle, row
from iot_kernel.magics.who import as_table

#: Kinds that hold nothing but numbers.
_NUMBERS = ("array", "range", "ndarray")

#: numbers in a line
_BYTES_IN_LINE = 16
_NUMBERS_IN_LINE = 10


def variable_view(label: str, about: Variable, page: VariablePage | None, why: str = "") -> dict[str, str]:
    """Returns it by MIME types.

    Args:
        label: how the user writes it.
        about: what it is.
        page: the first things in it; None where nothing is, or the board was not asked.
        why: it was not asked.
    """
    blocks: list[Shown] = [Note(f"{label}: {_kind(about)}")]
    if page is not None and page.variables:
        blocks += _table(about.kind, page)
        shown = page.start + (len(_whole_lines(page)) if about.kind in UNITS else len(page.variables))
        if shown < page.total:
            blocks.append(Note(f"… {page.total - shown:,} more", dim))
    elif about.text:
        blocks.append(Note(about.text))
    if why:
        blocks.append(Note(why, dim))
    return as_bundle(blocks)


def note_view(text: str) -> dict[str, str]:
    """Returns a line by MIME types."""
    return as_bundle([Note(text)])


def _kind(about: Variable) -> str:
    if about.size is None:
        return about.kind
    return f"{about.kind}, {about.size:,} {UNITS.get(about.kind, 'items')}"


def _table(kind: str, page: VariablePage) -> list[Shown]:
    texts = [each.text for each in page.variables]
    if kind in UNITS and all(text.isascii() and text.isdigit() and int(text) < 256 for text in texts):
        return [_bytes_table([int(text) for text in texts[: len(_whole_lines(page))]])]
    if kind in _NUMBERS and not any(each.reference for each in page.variables):
        return [_numbers_table(texts)]
    return [as_table(page.variables)]


def _whole_lines(page: VariablePage) -> Sequence[Variable]:
    """What is shown of bytes: the last line is a whole one where there are more."""
    count = len(page.variables)
    return page.variables[: count if page.rest is None else count - count % _BYTES_IN_LINE]


def _bytes_table(values: Sequence[int]) -> Table:
    heads = [Column(f"{place:x}", width=2, gap=1, is_short=True) for place in range(_BYTES_IN_LINE)]
    rows = []
    for start in range(0, len(values), _BYTES_IN_LINE):
        line = values[start : start + _BYTES_IN_LINE]
        numbers = [f"{value:02x}" for value in line] + [""] * (_BYTES_IN_LINE - len(line))
        text = "".join(chr(value) if 32 <= value < 127 else "." for value in line)
        rows.append(row(Cell(f"{start:x}", dim), *numbers, Cell(text, dim)))
    return Table([Column(is_number=True), *heads, Column(is_short=True)], rows, headings=dim)


def _numbers_table(texts: Sequence[str]) -> Table:
    heads = [Column(str(place), is_number=True) for place in range(min(_NUMBERS_IN_LINE, len(texts)))]
    rows = [
        row(Cell(str(start), dim), *texts[start : start + _NUMBERS_IN_LINE])
        for start in range(0, len(texts), _NUMBERS_IN_LINE)
    ]
    return Table([Column(is_number=True), *heads], rows, headings=dim)
