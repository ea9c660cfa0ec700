"""Short programs for the board, as files of their own. They run on MicroPython 1.9 and later, never here.

Whatever a user has on the board does not matter to them: a variable with the name of a builtin, as they take
builtins from ``builtins``, and a file with the name of a module, see `iot_kernel.firmware`.
"""

from __future__ import annotations

import binascii
import zlib
from functools import cache
from importlib.resources import files

import python_minifier

from iot_kernel.firmware import from_firmware

#: The one name that programs have for a moment among the user's variables, where no function of a question is
#: there: theirs, or that of the board's ``builtins``. Each name more would take memory for good.
OWN = "__iot_x__"


#: Boards whose modules come before files by their plain names, and which have no memory to spare for others.
PLAIN = frozenset({"microbit"})


@cache
def snippet(name: str, platform: str = "") -> str:
    """Returns a program in few bytes: each costs a board memory, and a slow wire time.

    Local names are shortened. Names that are global or not defined in the program stay: the board's own, and
    those in capitals, which whoever sends the program replaces.

    Args:
        name: the file's name without ``.py``.
        platform: the board's ``sys.platform``; empty where it is not known.
    """
    text = files(__package__).joinpath(f"{name}.py").read_text(encoding="utf-8")
    return minified(text.replace("PREFIXES", '("",)' if platform in PLAIN else '("u", "")'), platform)


def minified(text: str, platform: str = "") -> str:
    """Returns a program without what only people read, with short local names and the firmware's imports.

    Args:
        text: the program.
        platform: as for `snippet`.
    """
    small = python_minifier.minify(
        text if platform in PLAIN else from_firmware(text),
        remove_literal_statements=True,
        hoist_literals=False,
        rename_globals=False,
    )
    return f"{small}\n"


def executing(statement: str) -> str:
    """Returns code that executes a statement in which the board's ``builtins`` are called `OWN`.

    Args:
        statement: on one line; it sees the user's variables.
    """
    return f"import builtins as {OWN}\ntry:{statement}\nfinally:del {OWN}\n"


#: The window of a deflated program, as a power of two: 4 KB of memory on the board while it is inflated.
_WINDOW = 12


def alone(code: str, names: str = "", *, inflates: bool = False) -> str:
    """Returns code that does the same among names of its own: what a user called ``bytes`` is none of them.

    Its tracebacks name another file, so it is for programs of ours only.

    Args:
        code: the program; it leaves nothing among the user's names.
        names: what it gets, as the inside of a literal of a dictionary; the expressions see the user's names,
            and the board's ``builtins`` as `OWN`.
        inflates: the board has ``deflate``, so that the code can go in fewer bytes.
    """
    return executing(f"{OWN}.exec({_inflating(code) if inflates else repr(code)},{{{names}}})")


def _inflating(code: str) -> str:
    """Firmware that has ``deflate`` has the other modules by these names, which no file can take."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW, 9)
    small = binascii.b2a_base64(stream.compress(code.encode()) + stream.flush(), newline=False).decode()
    source = f"i('uio').BytesIO(i('ubinascii').a2b_base64(b'{small}'))"
    inflater = f"(lambda d:d.DeflateIO({source},d.RAW,{_WINDOW}).read())(i('deflate'))"
    return f"(lambda i:{inflater})({OWN}.__import__)"
