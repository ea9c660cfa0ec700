"""How a word is written of which a beginning is typed already, so that the magics' parser reads it. Pure."""

from __future__ import annotations

import os
import re

#: What a bare word cannot hold as it is, anywhere in it; in paths wildcards and variables, too.
_SPECIAL = re.compile(r"""[\s'"\\;]""")
_SPECIAL_IN_PATHS = re.compile(r"""[\s'"\\;*?\[$]""")

#: What means something at the beginning of a bare word: a comment; in paths a home directory, the board.
_FIRST = ("#",)
_FIRST_IN_PATHS = ("#", "~", ":")


def completed(
    typed: str,
    rest: str,
    quote: str,
    *,
    is_path: bool,
    is_first: bool,
    is_open: bool,
    backslashes: bool = os.name != "nt",
) -> str | None:
    """Writes the rest of a word behind what is typed of it.

    Args:
        typed: the beginning, as it stands there, with its quotes.
        rest: characters that shall follow.
        quote: that is open; empty where none is.
        is_path: wildcards, variables and the like are protected, too.
        is_first: the word begins with the rest.
        is_open: the word may go on, or a quote stands behind it, so that an open quote stays open.
        backslashes: whether a backslash protects the next character; on Windows it does not.

    Returns:
        None where it cannot be written so.
    """
    end = "" if is_open else quote
    if quote == "'":
        if "'" in rest and not backslashes:
            return None
        return typed + rest.replace("'", r"'\''") + end
    if quote:
        if '"' in rest and not backslashes:
            return None
        return typed + (re.sub(r'([$`"\\])', r"\\\1", rest) if backslashes else rest) + end
    special = _SPECIAL_IN_PATHS if is_path else _SPECIAL
    is_special_first = is_first and rest.startswith(_FIRST_IN_PATHS if is_path else _FIRST)
    if not backslashes:
        return typed + (_quoted(rest) if is_special_first or special.search(rest) else rest)
    written = special.sub(lambda match: f"\\{match[0]}", rest)
    return typed + ("\\" if is_special_first else "") + written


def _quoted(text: str) -> str:
    mark = '"' if "'" in text else "'"
    return f"{mark}{text}{mark}"
