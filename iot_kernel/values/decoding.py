"""Bytes from a board as a value of Python; `wire_format` specifies them. Pure, and nothing is evaluated."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import printable
from iot_kernel.values.arrays import from_flat, from_shaped
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.paths import Step, StuckError, article, item, key, member, value_of
from iot_kernel.values.wire_format import CONTAINERS, DEEPEST, HEAD, TOO_DEEP

#: bytes of the shortest value there is.
_SHORTEST = 2

#: values inside of a value; a board with 16 MB of memory has no room for more. Empty sets are 2 bytes of what
#: a board says, and 200 of this computer's memory.
MOST_VALUES = 4_000_000


def decode(data: bytes, name: str) -> Any:  # noqa: ANN401  that is the point
    """Returns the value that bytes hold.

    Args:
        data: from a board.
        name: of its variable, for errors.

    Raises:
        UnmovableValueError: something in it has no like on this computer.
        RemoteProtocolError: they hold no value.
    """
    decoder = _Decoder(data)
    try:
        value = decoder.take()
    except StuckError as error:
        raise UnmovableValueError(error.place(name), error.problem) from None
    except (ValueError, TypeError, KeyError, struct.error):  # no such array, no key of a dict, no float, ...
        decoder.fail()
    decoder.finish()
    return value


def place_of(number: int, data: bytes, name: str) -> tuple[str, str]:
    """Returns where in a value a head stands, and its letter.

    Args:
        number: of the head, from 0.
        data: the value.
        name: of its variable.
    """
    decoder = _Decoder(data, stop_at=number)
    try:
        decoder.take()
    except StuckError as error:
        return error.place(name), error.problem
    return name, ""


class _Decoder:
    """Takes one value after the other.

    Args:
        data: all there is.
        stop_at: the number of a head that is refused; the problem is its letter.
    """

    def __init__(self, data: bytes, stop_at: int = -1) -> None:
        self._data = data
        self._heads_left = stop_at
        self._values_left = MOST_VALUES
        self._at = 0
        self._depth = 0
        self._array = ("", 0)  # type code and bytes of an item, of the head that is being read

    def take(self) -> Any:  # noqa: ANN401  see `decode`
        """Takes the next value.

        Raises:
            StuckError: it cannot be moved.
            RemoteProtocolError: there is none.
            ValueError: it makes no sense; also other errors of Python's types.
        """
        head = HEAD.match(self._data, self._at)
        if head is None:
            self.fail()
        self._at = head.end()
        self._values_left -= 1
        if self._values_left < 0:
            raise StuckError(f"more than {MOST_VALUES} values cannot be moved at once; move them in parts")
        if self._heads_left == 0:
            raise StuckError(head[1].decode())
        self._heads_left -= 1
        if head[2] is not None:
            self._array = (head[2].decode(), int(head[3]))
        return _READERS[head[1]](self, int(head[4] or b"0", 16))

    def finish(self) -> None:
        """Makes sure that nothing is left over."""
        if self._at != len(self._data):
            self.fail()

    def fail(self) -> NoReturn:
        """Gives up.

        Raises:
            RemoteProtocolError: always.
        """
        raise RemoteProtocolError("reading a value", self._data[max(0, self._at - 40) : self._at + 40])

    # One kind of value each

    def bytes(self, size: int) -> bytes:
        """Takes so many bytes."""
        if not 0 <= size <= len(self._data) - self._at:
            self.fail()
        start, self._at = self._at, self._at + size
        return self._data[start : self._at]

    def text(self, size: int) -> str:
        """Takes a str."""
        try:
            return self.bytes(size).decode()
        except UnicodeDecodeError:
            raise StuckError("a text that is not in UTF-8 cannot be moved to the host") from None

    def number(self, size: int) -> float:
        """Takes a float."""
        number: float = struct.unpack("<d", self.bytes(size))[0]
        return number

    def pair_of_numbers(self, size: int) -> complex:
        """Takes a complex number."""
        return complex(*struct.unpack("<dd", self.bytes(size)))

    def array(self, size: int) -> object:
        """Takes an ``array.array``."""
        return from_flat(*self._array, self.bytes(size))

    def ndarray(self, count: int) -> object:
        """Takes the parts of an ndarray."""
        dtype, shape, data = self.values(count)
        return from_shaped(dtype, shape, data)

    def values(self, count: int, step: Callable[[int], Step] = item) -> list[Any]:
        """Takes so many values.

        Args:
            count: of them.
            step: leads to one by its number.
        """
        values: list[Any] = []
        self._enter(count)
        try:
            for _ in range(count):
                values.append(self.take())
        except StuckError as error:
            error.steps.append(step(len(values)))
            raise
        self._depth -= 1
        return values

    def members(self, count: int) -> list[Any]:
        """Takes what is in a set."""
        return self.values(count, lambda _: member)

    def pairs(self, count: int, mapping: dict[Any, Any]) -> dict[Any, Any]:
        """Takes so many pairs."""
        step: Step = key
        self._enter(2 * count)
        try:
            for _ in range(count):
                step = key
                name = self.take()
                hash(name)
                step = value_of(name)
                mapping[name] = self.take()
        except StuckError as error:
            error.steps.append(step)
            raise
        self._depth -= 1
        return mapping

    def unmovable(self, size: int) -> NoReturn:
        """Takes the name of a type.

        Raises:
            StuckError: always.
        """
        kind = printable(self.bytes(size).decode(errors="replace")) or "nameless"
        if kind in CONTAINERS:
            raise StuckError(TOO_DEEP)
        raise StuckError(f"{article(kind)} object cannot be moved to the host")

    def _enter(self, count: int) -> None:
        self._depth += 1
        if not 0 <= count * _SHORTEST <= len(self._data) - self._at or self._depth > DEEPEST:
            self.fail()


_READERS: dict[bytes, Callable[[_Decoder, int], Any]] = {
    b"n": lambda _, __: None,
    b"v": lambda _, number: number != 0,
    b"i": lambda _, number: number,
    b"f": _Decoder.number,
    b"c": _Decoder.pair_of_numbers,
    b"s": _Decoder.text,
    b"b": _Decoder.bytes,
    b"y": lambda decoder, size: bytearray(decoder.bytes(size)),
    b"l": _Decoder.values,
    b"t": lambda decoder, count: tuple(decoder.values(count)),
    b"e": lambda decoder, count: set(decoder.members(count)),
    b"z": lambda decoder, count: frozenset(decoder.members(count)),
    b"d": lambda decoder, count: decoder.pairs(count, {}),
    b"o": lambda decoder, count: decoder.pairs(count, OrderedDict()),
    b"a": _Decoder.array,
    b"u": _Decoder.ndarray,
    b"x": _Decoder.unmovable,
}
