"""How a checkpoint hands over the values of names. Pure.

Up to three values are arguments, of more the third argument has all but two in a tuple. So a checkpoint with
few names takes no memory, and that of others is let go at once. ``debug_names.py`` takes them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Arguments for values: those of the function in ``debug_notes.py``, which is fast as long as it has few.
_MOST_ARGUMENTS = 3

#: A local name: which of the names that may be unbound a function is to look up.
_WHICH = "__iot_i__"


def arguments(names: Sequence[str], unsure: Sequence[str]) -> list[str]:
    """Returns the texts of the arguments.

    Args:
        names: names that are bound.
        unsure: names that may be unbound. They go as one function behind the others: it takes the index of
            a name, and returns its value or raises NameError.
    """
    values = [*names, *_looked_up(unsure)]
    if len(values) <= _MOST_ARGUMENTS:
        return values
    alone = _MOST_ARGUMENTS - 1
    return [*values[:alone], f"({','.join(values[alone:])})"]


def _looked_up(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    cases = [f"{name} if {_WHICH}=={index} else " for index, name in enumerate(names[:-1])]
    return [f"lambda {_WHICH}:{''.join(cases)}{names[-1]}"]
