"""Variables of a board as frontends list them: rows of the debug adapter protocol, and their order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iot_kernel.debugging.messages import Variable

Row = dict[str, Any]

#: Kinds that come last among variables: what a program is made of, and not what it works with.
_LAST = frozenset({"function", "closure", "generator", "bound_method", "type", "module"})


def in_order(found: Iterable[Variable]) -> list[Variable]:
    """Sorts variables as people look for them: what a program works with first; by name."""
    return sorted(found, key=lambda each: (each.kind in _LAST, each.name.lower(), each.name))


def variable_row(variable: Variable, number: int) -> Row:
    """Returns the row of a variable.

    JupyterLab's tree shows the type of anything but numbers and text, and the table both: so the type says
    how many there are.

    Args:
        variable: what the board has told.
        number: by which the frontend asks for what is inside; 0 where nothing is.
    """
    kind = variable.kind
    if variable.size is not None and kind != "str":
        kind = f"{kind} ({variable.size:,})"
    return {"name": variable.name, "value": variable.text, "type": kind, "variablesReference": number}


def other_row(name: str, text: str, number: int = 0) -> Row:
    """Returns a row that is no variable: it has no type, so that all frontends show its text."""
    return {"name": name, "value": text, "variablesReference": number}


def more_row(rest: int, total: int, number: int) -> Row:
    """Returns the row that leads to the variables from one on."""
    return other_row("…", f"{total - rest:,} more", number)
