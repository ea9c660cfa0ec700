"""The form in which boards and this computer hand each other values: bytes. This is its specification.

A value is a head, and what belongs to it. A head is a letter, a number in hexadecimal (0 where it is left
out), and ``;``. Whole values follow the heads of what holds others; the number says how many:

    l t e z     list, tuple, set, frozenset: so many values
    d o         dict, OrderedDict: so many pairs of key and value
    u           3 values that make an ndarray: the name of its dtype, its shape, its data

So many bytes follow these heads:

    s b y       str in UTF-8, bytes, bytearray
    f c         float, complex: one or two doubles (IEEE 754, little-endian)
    a           array.array: type code and bytes of one item stand between the letter and the number; the data
                is little-endian
    x           what cannot be moved: the name of its type. Nothing more comes

Others have it all in the number: ``i`` is an int, ``v`` a bool, ``n`` None.

On the board, ``snippets/pack_value.py`` and ``snippets/unpack_value.py`` know this form. A double holds
every float of every board, so none is rounded on its way to the computer.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping

#: Messages in which the kernel and the process of host cells hand each other values.
REQUEST, REPLY = "values_request", "values_reply"

#: Letter, type code and item size of an array, number.
HEAD = re.compile(rb"([a-z])(?:(?<=a)([A-Za-z])(\d))?(-?[0-9a-f]+)?;")

#: levels of values in values; what contains itself has more.
DEEPEST = 64

#: What holds values, by its letter.
SEQUENCES: Mapping[str, type] = {"l": list, "t": tuple, "e": set, "z": frozenset}
MAPPINGS: Mapping[str, type] = {"d": dict, "o": OrderedDict}

#: The names of what holds values, as boards call them.
CONTAINERS = frozenset(type_.__name__ for type_ in (*SEQUENCES.values(), *MAPPINGS.values()))

TOO_DEEP = f"values more than {DEEPEST} levels deep, or inside of themselves, cannot be moved"
