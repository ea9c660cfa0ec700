"""How a checkpoint hands over the values of names: as one argument. Pure.

One value is that argument, up to four are pairs in pairs, ``(a,(b,c))``, and more are one tuple. A pair is
one block of the board's memory, for which MicroPython finds room at once; for a longer tuple it may go
through all memory that is in use. ``debug_names.py`` takes the argument apart.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Values that are handed over as pairs: pairs in pairs take of the stack of the board's compiler.
_MOST_PAIRED = 4

#: A local name: which of the names that may be unbound a function is to look up.
_WHICH = "__iot_i__"


def argument(names: Sequence[str], unsure: Sequence[str]) -> list[str]:
    """Returns the text of the argument; an empty list where nothing is handed over.

    Args:
        names: names that are bound.
        unsure: names that may be unbound. They go as one function behind the others: it takes the index of
            a name, and returns its value or raises NameError.
    """
    values = [*names, *_looked_up(unsure)]
    if len(values) > _MOST_PAIRED:
        return [f"({','.join(values)})"]
    outer = "".join(f"({value}," for value in values[:-1])
    return [f"{outer}{value}{')' * (len(values) - 1)}" for value in values[-1:]]


def _looked_up(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    cases = [f"{name} if {_WHICH}=={index} else " for index, name in enumerate(names[:-1])]
    return [f"lambda {_WHICH}:{''.join(cases)}{names[-1]}"]
