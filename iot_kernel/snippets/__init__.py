"""Short programs for the board, as files of their own. They run on MicroPython 1.9 and later, never here."""

from __future__ import annotations

import binascii
import zlib
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
    return minified(files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8"))


def minified(text: str) -> str:
    """Returns a program without what only people read, its local names shortened."""
    small = python_minifier.minify(
        text, remove_literal_statements=True, hoist_literals=False, rename_globals=False
    )
    return f"{small}\n"


#: The window of a deflated program, as a power of two: 4 KB of memory on the board while it is inflated.
_WINDOW = 12


def alone(code: str, names: str = "", *, inflates: bool = False) -> str:
    """Returns code that does the same among names of its own: what a user called ``bytes`` is none of them.

    Its tracebacks name another file, so it is for programs of ours only.

    Args:
        code: the program; it leaves nothing among the user's names.
        names: what it gets, as the inside of a literal of a dictionary; the expressions see the user's names.
        inflates: the board has ``deflate``, so that the code can go in fewer bytes.
    """
    return f"exec({_inflating(code) if inflates else repr(code)},{{{names}}})\n"


def _inflating(code: str) -> str:
    stream = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW, 9)
    small = binascii.b2a_base64(stream.compress(code.encode()) + stream.flush(), newline=False).decode()
    source = f"__import__('io').BytesIO(__import__('binascii').a2b_base64(b'{small}'))"
    return f"(lambda d:d.DeflateIO({source},d.RAW,{_WINDOW}))(__import__('deflate')).read()"
