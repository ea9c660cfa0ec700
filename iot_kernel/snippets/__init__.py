"""Short programs for the board, as files of their own. They run on MicroPython 1.9 and later, never here."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import python_minifier


@cache
def snippet(name: str) -> str:
    """Returns a program in few bytes: each costs a board memory, and a slow wire time.

    Local names are shortened. Names that are global or not defined in the program stay: the board's own, and
    those in capitals, which whoever sends the program replaces.

    Args:
        name: the file's name without ``.py``.
    """
    text = files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8")
    small = python_minifier.minify(
        text, remove_literal_statements=True, hoist_literals=False, rename_globals=False
    )
    return f"{small}\n"
