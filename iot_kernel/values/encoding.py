"""Values of Python as bytes for a board; `wire_format` specifies them. Pure."""

from __future__ import annotations

import struct
import sys
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from iot_kernel.values import arrays
from iot_kernel.values.arrays import Flat, Shaped, Ulab
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.paths import Step, StuckError, article, item, key, member, value_of
from iot_kernel.values.wire_format import DEEPEST, TOO_DEEP

#: What boards call those types of arrays whose size differs from one computer to the other.
_CODES = {"l4": "i", "L4": "I", "l8": "q", "L8": "Q"}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as bytes.

    Args:
        data: in the form of `wire_format`.
        has_numpy_arrays: whether boards with ulab would have another form of it.
    """

    data: bytes
    has_numpy_arrays: bool


def encode(value: object, name: str, ulab: Ulab | None = None) -> Encoded:
    """Returns a value as bytes.

    Subclasses of Python's own types become these: a defaultdict a dict, a named tuple a tuple.

    Args:
        value: the value.
        name: of its variable, for the error.
        ulab: of the board; without, arrays become ``array.array`` there.

    Raises:
        UnmovableValueError: something in it has no like on boards.
    """
    encoder = _Encoder(ulab)
    try:
        encoder.put(value)
    except StuckError as error:
        raise UnmovableValueError(error.place(name), error.problem) from None
    return Encoded(b"".join(encoder.pieces), encoder.has_numpy_arrays)


class _Encoder:
    """Collects the pieces of a value.

    Args:
        ulab: see `encode`.
    """

    def __init__(self, ulab: Ulab | None) -> None:
        self.pieces: list[bytes] = []
        self.has_numpy_arrays = False
        self._ulab = ulab
        self._depth = 0

    def put(self, value: Any) -> None:  # noqa: ANN401  whatever a user has
        """Appends a value.

        Raises:
            StuckError: it cannot be moved.
        """
        write = _WRITERS.get(type(value)) or _writer_of(value)
        write(self, value)

    def head(self, text: str) -> None:
        """Appends a head."""
        self.pieces.append(f"{text};".encode())

    def data(self, letter: str, data: bytes | bytearray) -> None:
        """Appends a head and its bytes."""
        self.head(f"{letter}{len(data):x}")
        self.pieces.append(bytes(data))

    def values(self, letter: str, values: Collection[Any], step: Callable[[int], Step] = item) -> None:
        """Appends a head and its values.

        Args:
            letter: of the head.
            values: that follow.
            step: leads to a value by its number.
        """
        done = 0
        with self._inside(f"{letter}{len(values):x}"):
            try:
                for value in values:
                    self.put(value)
                    done += 1
            except StuckError as error:
                error.steps.append(step(done))
                raise

    def pairs(self, letter: str, values: Mapping[Any, Any]) -> None:
        """Appends a head and its pairs."""
        step: Step = key
        with self._inside(f"{letter}{len(values):x}"):
            try:
                for name, value in values.items():
                    step = key
                    self.put(name)
                    step = value_of(name)
                    self.put(value)
            except StuckError as error:
                error.steps.append(step)
                raise

    def text(self, value: str) -> None:
        """Appends a str."""
        try:
            self.data("s", value.encode())
        except UnicodeEncodeError:
            raise StuckError("a text with half of a surrogate pair cannot be moved to the board") from None

    def array(self, value: array[Any]) -> None:
        """Appends an ``array.array``."""
        code: str = value.typecode
        size = value.itemsize
        if code in "uw":
            raise StuckError(f"an array of type '{code}' cannot be moved to the board")
        code = _CODES.get(f"{code}{size}", code)
        if sys.byteorder == "big":
            value = value[:]
            value.byteswap()
        self._flat(Flat(code, size, value.tobytes()))

    def numpy_array(self, value: Any) -> None:  # noqa: ANN401  numpy may not be there
        """Appends what a numpy array is on the board."""
        self.has_numpy_arrays = True
        match arrays.for_board(value, self._ulab):
            case Flat() as flat:
                self._flat(flat)
            case Shaped(dtype, shape, data):
                self.values("u", (dtype, shape, bytearray(data)))
            case other:
                self.put(other)

    def _flat(self, flat: Flat) -> None:
        self.head(f"a{flat.code}{flat.size}{len(flat.data):x}")
        self.pieces.append(flat.data)

    @contextmanager
    def _inside(self, head: str) -> Iterator[None]:
        if self._depth == DEEPEST:
            raise StuckError(TOO_DEEP)
        self.head(head)
        self._depth += 1
        yield
        self._depth -= 1


def _writer_of(value: object) -> Callable[[_Encoder, Any], None]:
    """Finds the writer for what is not exactly of a type of `_WRITERS`."""
    if arrays.is_array(value):
        return _Encoder.numpy_array
    if arrays.is_number(value):
        return lambda encoder, number: encoder.put(arrays.plain_number(number))
    for type_, write in _WRITERS.items():
        if isinstance(value, type_):
            return write
    raise StuckError(f"{article(type(value).__name__)} object cannot be moved to the board")


#: Of two types of which one is a subclass of the other, that one comes first.
_WRITERS: dict[type, Callable[[_Encoder, Any], None]] = {
    type(None): lambda encoder, _: encoder.head("n"),
    bool: lambda encoder, value: encoder.head("v1" if value else "v"),
    int: lambda encoder, value: encoder.head(f"i{value:x}"),
    float: lambda encoder, value: encoder.data("f", struct.pack("<d", value)),
    complex: lambda encoder, value: encoder.data("c", struct.pack("<dd", value.real, value.imag)),
    str: _Encoder.text,
    bytes: lambda encoder, value: encoder.data("b", value),
    bytearray: lambda encoder, value: encoder.data("y", value),
    list: lambda encoder, value: encoder.values("l", value),
    tuple: lambda encoder, value: encoder.values("t", value),
    set: lambda encoder, value: encoder.values("e", value, lambda _: member),
    frozenset: lambda encoder, value: encoder.values("z", value, lambda _: member),
    OrderedDict: lambda encoder, value: encoder.pairs("o", value),
    dict: lambda encoder, value: encoder.pairs("d", value),
    array: _Encoder.array,
}
