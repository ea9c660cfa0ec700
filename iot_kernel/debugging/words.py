"""The words of a cell, by which it is told what it may come to. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The function by which code stops itself.
BREAKPOINT = "breakpoint"


def all_words(code: str, known: Sequence[tuple[frozenset[str], frozenset[str]]]) -> frozenset[str]:
    """Returns the words of a cell, and of all code that they name.

    Args:
        code: the text of the cell.
        known: other code: the names that it defines, and the words in it.
    """
    found: frozenset[str] = frozenset()
    new = used_words(code)
    while new:
        found |= new
        new = frozenset().union(*(words for names, words in known if names & new)) - found
    return found


def defined_names(code: str) -> frozenset[str]:
    """The functions and classes that a cell defines; those of a cell with magics in it by their looks."""
    return frozenset(re.findall(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", code, re.MULTILINE))


def used_words(code: str) -> frozenset[str]:
    """The words in a cell, comments and texts included: too many rather than too few."""
    words = frozenset(re.findall(r"[^\W\d]\w*", code))
    return words if re.search(rf"\b{BREAKPOINT}\s*\(", code) else words - {BREAKPOINT}
