"""Writes variables, and what they consist of, as text in columns. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iot_kernel.device.children import Child, Page

#: characters of a column but the last
_WIDEST = 30

#: Kinds that come last among variables: what a program is made of, and not what it works with.
_LAST = ("function", "closure", "generator", "bound_method", "type", "module")


def in_order(children: Iterable[Child]) -> list[Child]:
    """Sorts variables as people look for them: what a program works with first; by name."""
    return sorted(children, key=lambda child: (child.kind in _LAST, child.name.lower(), child.name))


def rendered(page: Page) -> str:
    """Writes a line for each child, with name, type and value."""
    lines = table([(child.name, child.kind, child.value) for child in page.children])
    return "\n".join([*lines, "…"] if page.rest is not None else lines)


def table(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Writes rows in columns as wide as their longest text, and no wider than a window has space for."""
    widths = [min(_WIDEST, max((len(row[column]) for row in rows), default=0)) for column in (0, 1)]
    return [f"{name:{widths[0]}}  {kind:{widths[1]}}  {value}".rstrip() for name, kind, value in rows]


def variables(children: Sequence[Child]) -> list[str]:
    """Writes variables as IPython's ``%whos`` does."""
    head = ("Variable", "Type", "Value")
    rows = table([head, *((child.name, child.kind, child.value) for child in children)])
    return [rows[0], "-" * len(rows[0]), *rows[1:]] if children else []
