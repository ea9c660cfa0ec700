"""Short programs for the board, as files of their own. They run on MicroPython 1.9 and later, never here."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NOISE = re.compile(r'\A"""[^"]*"""\n+|^ *#.*\n|^\n', re.MULTILINE)


@cache
def snippet(name: str) -> str:
    """Returns a program without comments, indented by single blanks: each byte costs the board memory.

    Args:
        name: the file's name without ``.py``.
    """
    text = _NOISE.sub("", files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8"))
    return re.sub(r"^(?:    )+", lambda match: " " * (len(match[0]) // 4), text, flags=re.MULTILINE)
