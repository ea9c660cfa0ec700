"""Names of variables, and the way to a place inside a value (``data[3]['x']``), as people write it. Pure."""

from __future__ import annotations

import keyword
from collections.abc import Callable

from iot_kernel.errors import UsageError
from iot_kernel.text import printable

#: characters of a dictionary's key in a path.
KEY_LIMIT = 40

#: Leads from the place of a container to that of something in it.
Step = Callable[[str], str]


class StuckError(Exception):
    """Something inside a value cannot be moved. On its way out it learns where that stands.

    Args:
        problem: what is wrong with it.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.steps: list[Step] = []

    def place(self, name: str) -> str:
        """Returns where it stands, e.g. ``data['a'][3]``.

        Args:
            name: of the variable.
        """
        text = name
        for step in reversed(self.steps):
            text = step(text)
        return text


def item(index: int) -> Step:
    """Leads to an item of a sequence."""
    return lambda place: f"{place}[{index}]"


def value_of(key: object) -> Step:
    """Leads to a value in a dictionary."""
    return lambda place: f"{place}[{_short(key)}]"


def key(place: str) -> str:
    """Leads to a key of a dictionary."""
    return f"a key of {place}"


def member(place: str) -> str:
    """Leads to something in a set."""
    return f"an item of {place}"


def checked_name(text: str) -> str:
    """Returns a variable's name.

    Raises:
        UsageError: it is none, or it is one of the kernel's own.
    """
    if keyword.iskeyword(text):
        raise UsageError(f"'{text}' is a word of Python's own and cannot be the name of a variable")
    if not text.isidentifier():
        raise UsageError(f"{printable(text)} is no name of a variable")
    if text.startswith("__iot"):
        raise UsageError(f"{printable(text)} belongs to the kernel; choose another name")
    return text


def article(noun: str) -> str:
    """Puts ``a`` or ``an`` before a word."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def _short(value: object) -> str:
    """A repr that takes no longer than it is shown."""
    if isinstance(value, str | bytes):
        value = value[: KEY_LIMIT + 1]
    elif isinstance(value, int) and value.bit_length() > 4 * KEY_LIMIT:
        return "..."
    return printable(repr(value), KEY_LIMIT)
