"""Values of every kind that boards and this computer have in common, in each other."""

import math
import struct
from array import array
from collections import OrderedDict

import numpy as np
from hypothesis import strategies as st

SINGLE = st.floats(width=32)
SURROGATES = ["Cs"]

integers = st.integers(-(1 << 200), 1 << 200)
texts = st.text(st.characters(exclude_categories=SURROGATES), max_size=80)
blobs = st.binary(max_size=200)


def arrays(codes="bBhHiIqQfd"):
    """Gives an `array.array` of any of some types."""
    return st.sampled_from(codes).flatmap(
        lambda code: st.binary(max_size=12).map(lambda data: array(code, data * array(code).itemsize))
    )


def keys(floats=SINGLE):
    """Gives what can be a key of a dictionary."""
    plain = st.none() | st.booleans() | integers | floats | texts | blobs
    return plain | st.tuples(plain, plain)


def values(floats=SINGLE, *, rare=True, codes="bBhHiIqQfd"):
    """Gives values in values.

    Args:
        floats: to put into them.
        rare: whether with what some firmware lacks.
        codes: of arrays.
    """
    hashable = keys(floats)
    leaves = hashable | blobs.map(bytearray) | arrays(codes) | st.sets(hashable, max_size=5)
    if rare:
        parts = floats.map(lambda number: number + 0.0)  # MicroPython knows no -0j
        leaves |= st.frozensets(hashable, max_size=5) | st.builds(complex, parts, parts)

    def inside(inner):
        containers = st.lists(inner, max_size=5) | st.lists(inner, max_size=5).map(tuple)
        mappings = st.dictionaries(hashable, inner, max_size=5)
        return containers | mappings | mappings.map(OrderedDict) if rare else containers | mappings

    return st.recursive(leaves, inside, max_leaves=20)


def same(value, other):
    """Whether two values are the same in type and content; an array may have become numpy's.

    Sets and dictionaries have no order: on boards not even the latter.
    """
    if isinstance(value, array | np.ndarray):
        return isinstance(other, np.ndarray) and same_array(np.asarray(value), other)
    if type(value) is not type(other):
        return False
    if isinstance(value, float):
        return struct.pack("d", value) == struct.pack("d", other) or (math.isnan(value) and math.isnan(other))
    if isinstance(value, complex):
        return same(value.real, other.real) and same(value.imag, other.imag)
    if isinstance(value, OrderedDict):
        return same([*value.items()], [*other.items()])
    if isinstance(value, dict):
        return same(*(sorted(mapping.items(), key=repr) for mapping in (value, other)))
    if isinstance(value, set | frozenset):
        return same(sorted(value, key=repr), sorted(other, key=repr))
    if isinstance(value, list | tuple):
        return len(value) == len(other) and all(map(same, value, other))
    return value == other


def same_array(array, other):
    """Whether two arrays have the same items, to the bit."""
    return (array.dtype, array.shape, array.tobytes()) == (other.dtype, other.shape, other.tobytes())
