"""Arrays of numbers: which type of a board's array is which type of numpy's.

Boards have ``array.array``, which is one-dimensional; firmware with ulab has an ndarray as well. On this
computer both are numpy arrays. numpy is loaded when there is an array.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iot_kernel.values.paths import StuckError, article

if TYPE_CHECKING:
    import numpy as np

#: The type code of ``array.array`` for numpy's kind and size of an item.
_CODES = {
    "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q",
    "f4": "f", "f8": "d",
}  # fmt: skip

#: Boards lack these; the larger ones hold the same values.
_WIDENED = {"f2": "f4"}

#: What a board means by a type code and the size of an item.
_DTYPES = {code + dtype[1]: dtype for dtype, code in _CODES.items()} | {
    "i2": "i2", "I2": "u2", "l4": "i4", "L4": "u4", "l8": "i8", "L8": "u8",
}  # fmt: skip

#: What ulab can be made for at most.
MOST_DIMENSIONS = 4

_ULAB_NAMES = {"b1": "bool", "i1": "int8", "u1": "uint8", "i2": "int16", "u2": "uint16"}

#: numpy's kinds and sizes for each dtype of ulab; floats are those of the firmware.
_ULAB_KINDS = {
    **{name: (kind,) for kind, name in _ULAB_NAMES.items()},
    "float": ("f4", "f8"), "float32": ("f4",), "float64": ("f8",), "complex": ("c8", "c16"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ulab:
    """What a board's ulab knows.

    Args:
        dimensions: of an array, at most.
        float_size: bytes of its float.
        has_complex: whether it has complex arrays.
    """

    dimensions: int
    float_size: int
    has_complex: bool


@dataclass(frozen=True, slots=True)
class Flat:
    """An ``array.array`` for the board.

    Args:
        code: its type code.
        size: bytes of an item.
        data: the items, little-endian.
    """

    code: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Shaped:
    """An ndarray for a board with ulab.

    Args:
        dtype: its name in ulab.
        shape: its lengths.
        data: the items, little-endian.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes


def is_array(value: object) -> bool:
    """Whether something is a numpy array."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def is_number(value: object) -> bool:
    """Whether something is one of numpy's numbers."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def plain_number(value: Any) -> object:  # noqa: ANN401  numpy may not be there
    """Returns Python's own form of one of numpy's numbers.

    Raises:
        StuckError: Python has none.
    """
    plain: object = value.item()
    if is_number(plain):
        raise StuckError(f"{article(type(value).__name__)} object cannot be moved to the board")
    return plain


def for_board(value: np.ndarray[Any, Any], ulab: Ulab | None) -> Any:  # noqa: ANN401  an array, a list or a value
    """Chooses what becomes of a numpy array on a board.

    Args:
        value: the array.
        ulab: of the board; None where it has none.

    Returns:
        An array for the board; or what the array consists of, where there is none with as many dimensions or
        with such items: a list of smaller arrays, a list of values, one value.

    Raises:
        StuckError: its items cannot be moved.
    """
    kind = value.dtype.kind + str(value.dtype.itemsize)
    kind = _WIDENED.get(kind, kind)
    if kind not in _CODES and kind not in {"b1", "c8", "c16"}:
        raise StuckError(f"a numpy array of {value.dtype.name} cannot be moved to the board")
    if type(value).__name__ == "MaskedArray":
        raise StuckError("a MaskedArray object cannot be moved to the board")
    if value.ndim == 0:
        return value.item()
    if ulab is not None and value.size and value.ndim <= ulab.dimensions:
        shaped = _shaped(value, kind, ulab)
        if shaped is not None:
            return shaped
    if value.ndim > 1:
        return list(value)
    if kind in _CODES:
        return Flat(_CODES[kind], int(kind[1:]), _little(value, kind))
    return value.tolist()


def from_flat(code: str, size: int, data: bytes | memoryview) -> np.ndarray[Any, Any]:
    """Returns a board's ``array.array``.

    Raises:
        ValueError: there is no such array.
    """
    import numpy as np

    dtype = _DTYPES.get(f"{code}{size}")
    if dtype is None:
        raise ValueError("no such type code")
    return np.frombuffer(data, f"<{dtype}").astype(dtype)


def from_shaped(dtype: object, shape: object, data: object) -> np.ndarray[Any, Any]:
    """Returns a board's ndarray.

    Raises:
        ValueError: there is no such array.
        TypeError: likewise.
    """
    import numpy as np

    kinds = _ULAB_KINDS.get(dtype, ()) if isinstance(dtype, str) else ()
    if (
        not isinstance(shape, tuple)
        or not 0 < len(shape) <= MOST_DIMENSIONS
        or not all(map(_is_length, shape))
    ):
        raise ValueError("no such shape")
    if not isinstance(data, bytearray):
        raise TypeError("no data")
    for kind in kinds:
        if len(data) == math.prod(shape) * int(kind[1:]):
            return np.frombuffer(data, f"<{kind}").reshape(shape).astype(kind)
    raise ValueError("no such dtype, or not so much data")


def _shaped(value: np.ndarray[Any, Any], kind: str, ulab: Ulab) -> Shaped | None:
    if kind[0] == "f":
        kind, name = f"f{ulab.float_size}", "float"
    elif kind[0] == "c" and ulab.has_complex:
        kind, name = f"c{2 * ulab.float_size}", "complex"
    elif kind in _ULAB_NAMES:
        name = _ULAB_NAMES[kind]
    else:
        return None
    return Shaped(name, value.shape, _little(value, kind))


def _little(value: np.ndarray[Any, Any], kind: str) -> bytes:
    import numpy as np

    with np.errstate(over="ignore"):  # what a board's floats cannot hold is infinite there
        return value.astype(f"<{kind}").tobytes()


def _is_length(number: object) -> bool:
    return isinstance(number, int) and 0 <= number < 1 << 32
