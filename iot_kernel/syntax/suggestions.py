"""The text about a magic that does not exist: what may have been meant. Pure: names in, a sentence out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SIMILARITY = 0.7  # 1 is the same; two letters swapped in a name of four are 0.75


def not_defined(title: str, ours: Iterable[str], others: Iterable[str] = ()) -> str:
    """Says that a magic is not defined, and what may have been meant.

    Args:
        title: how it was called: ``%name`` or ``%%name``.
        ours: the titles of the kernel's own magics; where one of them is not defined, host code called it.
        others: the titles of the magics of the host's IPython, where this is known.
    """
    marks = "%%" if title.startswith("%%") else "%"
    name = title.removeprefix(marks)
    what = f"Cell magic %%{name} not defined" if marks == "%%" else f"Line magic {name} not defined"
    ours, others = list(ours), list(others)
    if title in ours:
        return f"{what} on the host; it works in a cell without %%host and --host"
    meant = _other_kind(marks, name, [*ours, *others]) or similar(title, ours) or similar(title, others)
    return f"{what}; did you mean {meant}? %lsmagic lists all" if meant else f"{what}; %lsmagic lists all"


def _other_kind(marks: str, name: str, titles: list[str]) -> str:
    other = f"%{name}" if marks == "%%" else f"%%{name}"
    return other if other in titles else ""


def similar(title: str, titles: Iterable[str]) -> str:
    """The title of the same kind that is spelt most alike; empty when none is.

    Args:
        title: ``%name`` or ``%%name``.
        titles: of magics, likewise.
    """
    kind = title.startswith("%%")
    names = [each.lstrip("%") for each in titles if each.startswith("%%") is kind]
    found = difflib.get_close_matches(title.lstrip("%"), names, n=1, cutoff=_SIMILARITY)
    return ("%%" if kind else "%") + found[0] if found else ""
