"""Turns a board's repr of a value into the form of `wire_format`: for boards too small for a program of ours.

A repr is exact but for floats. The board is asked for these once more, by expressions that lead to them.
Pure.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import parsing, printable
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.paths import KEY_LIMIT, Step, StuckError, article, item, key, member
from iot_kernel.values.statements import BUILTINS
from iot_kernel.values.wire_format import DEEPEST, TOO_DEEP

#: What ``struct.pack`` is called in expressions, no variable of the user.
PACK = "__iot_p__"

#: characters of all expressions that ask for what a repr does not tell: a board too small for our programs
#: would need more than a day to answer them.
LONGEST_WANTED = 10_000_000

_GAP = re.compile(r"[\s,]*")
_REAL = r"-?(?:nan|inf|\d+(?:\.\d*)?(?:e[-+]?\d+)?)"
_LITERAL = r"""b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_FIELD = re.compile(r"\w+=")
_SIMPLE_KEY = re.compile(rf"{_LITERAL}|-?\d+", re.DOTALL)

_WORDS = {"None": "n", "True": "v1", "False": "v", "set()": "e", "frozenset()": "z", "OrderedDict()": "o"}
_BRACES = {"{": ("}", "e", "d"), "frozenset({": ("})", "z", "z"), "OrderedDict({": ("})", "o", "o")}
_CODES = {"l": "i", "L": "I"}  # which struct takes to be as long as on the host
_SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 4, "L": 4, "q": 8, "Q": 8, "f": 4, "d": 8}


@dataclass(frozen=True, slots=True)
class MissingBytes:
    """Bytes that a repr does not tell.

    Args:
        expression: gives them on the board, where `PACK` is ``struct.pack``, and `BUILTINS` ``builtins``.
        index: of the piece they belong to.
        head: that comes before them, without its number.
    """

    expression: str
    index: int
    head: str


class Repr:
    """A repr that was read.

    Args:
        text: of the repr.
        name: of the variable.

    Raises:
        UnmovableValueError: something in it has no like on this computer.
        RemoteProtocolError: it is no repr.
    """

    def __init__(self, text: str, name: str) -> None:
        reader = _ReprReader(text)
        try:
            reader.value(name)
        except StuckError as error:
            raise UnmovableValueError(error.place(name), error.problem) from None
        except (ValueError, SyntaxError, struct.error):
            reader.fail()
        if reader.at != len(text):
            reader.fail()
        self._pieces = reader.pieces
        #: what the board has to be asked for
        self.wanted: Sequence[MissingBytes] = reader.wanted

    def data(self, answers: Sequence[bytes]) -> bytes:
        """Returns the value in the form of `wire_format`.

        Args:
            answers: to `wanted`.
        """
        pieces = self._pieces.copy()
        for wanted, answer in zip(self.wanted, answers, strict=True):
            pieces[wanted.index] = _piece(wanted.head, answer)
        return b"".join(pieces)


class _ReprReader:
    """Reads one value after the other.

    Args:
        text: of the repr.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self._left = LONGEST_WANTED
        self.at = 0
        self.pieces: list[bytes] = []
        self.wanted: list[MissingBytes] = []

    def value(self, path: str) -> None:
        """Reads a value.

        Args:
            path: an expression that leads to it.

        Raises:
            StuckError: it cannot be moved.
            RemoteProtocolError: there is none.
            ValueError: it makes no sense; also other errors of Python's types.
        """
        for pattern, read in _READERS:
            match = pattern.match(self._text, self.at)
            if match is not None:
                self.at = match.end()
                read(self, match, path)
                return
        self.fail()

    def fail(self) -> NoReturn:
        """Gives up.

        Raises:
            RemoteProtocolError: always.
        """
        near = self._text[max(0, self.at - 40) : self.at + 40]
        raise RemoteProtocolError("reading a value", near.encode(errors="replace"))

    # One kind of value each

    def word(self, match: re.Match[str], path: str) -> None:
        """Reads None, a bool, or an empty container."""
        self.pieces.append(f"{_WORDS[match[0]]};".encode())

    def literal(self, match: re.Match[str], path: str) -> None:
        """Reads a str or bytes."""
        with parsing():
            value = ast.literal_eval(match[0])
        self.pieces.append(_piece("b", value) if isinstance(value, bytes) else _piece("s", value.encode()))

    def byte_array(self, match: re.Match[str], path: str) -> None:
        """Reads a bytearray."""
        with parsing():
            value = ast.literal_eval(match[1])
        self.pieces.append(_piece("y", value))

    def number(self, match: re.Match[str], path: str) -> None:
        """Reads an int."""
        self.pieces.append(f"i{int(match[0]):x};".encode())

    def real(self, match: re.Match[str], path: str) -> None:
        """Reads a float."""
        self._want(f"{PACK}('<d',{path})", "f")

    def pair(self, match: re.Match[str], path: str) -> None:
        """Reads a complex number."""
        self._want(f"{PACK}('<dd',{path}.real,{path}.imag)", "c")

    def array(self, match: re.Match[str], path: str) -> None:
        """Reads an ``array.array``."""
        code = match[1]
        if code not in _SIZES:
            raise StuckError(f"an array of type '{code}' cannot be moved to the host")
        head = f"a{code}{_SIZES[code]}"
        if code in "fd":
            self._want(f"{BUILTINS}.bytes({path})", head)
            return
        numbers = [int(number) for number in (match[2] or "").split(",") if number]
        format_ = f"<{len(numbers)}{_CODES.get(code, code)}"
        self.pieces.append(_piece(head, struct.pack(format_, *numbers)))

    def items(self, match: re.Match[str], path: str) -> None:
        """Reads a list or a tuple, also one with names."""
        closing, letter = ("]", "l") if match[0] == "[" else (")", "t")
        slot, count = self._open(), 0
        while not self._closes(closing):
            if match[1]:
                self._skip_field(match[1])
            self._inner(f"{path}[{count}]", item(count))
            count += 1
        self._close(slot, letter, count)

    def braces(self, match: re.Match[str], path: str) -> None:
        """Reads a set or a dictionary."""
        closing, *letters = _BRACES[match[0]]
        slot, count = self._open(), 0
        step: Step = member
        while not self._closes(closing):
            start = self.at
            self._inner(f"[v for v in {path}][{count}]", step)
            if self._text.startswith(":", self.at):
                self._value_of(self._text[start : self.at], path, count)
                step = key
            count += 1
        is_mapping = step is key or (count == 0 and closing == "}")
        self._close(slot, letters[is_mapping], count)

    def thing(self, match: re.Match[str], path: str) -> None:
        """Refuses a value whose repr does not tell what is in it.

        Raises:
            StuckError: always.
        """
        kind = "type" if match[1] else printable(match[2]) or "nameless"
        raise StuckError(f"{article(kind)} object cannot be moved to the host")

    # Helpers

    def _want(self, expression: str, head: str) -> None:
        self._left -= len(expression)
        if self._left < 0:
            raise StuckError(
                "too many numbers inside of lists or dictionaries to move at once; move them in parts, or as "
                "an array"
            )
        self.wanted.append(MissingBytes(expression, len(self.pieces), head))
        self.pieces.append(b"")

    def _open(self) -> int:
        if self._depth == DEEPEST:
            raise StuckError(TOO_DEEP)
        self._depth += 1
        self.pieces.append(b"")
        return len(self.pieces) - 1

    def _closes(self, closing: str) -> bool:
        self._skip_gap()
        if not self._text.startswith(closing, self.at):
            return False
        self.at += len(closing)
        return True

    def _skip_gap(self) -> None:
        gap = _GAP.match(self._text, self.at)
        self.at = gap.end() if gap else self.at

    def _close(self, slot: int, letter: str, count: int) -> None:
        self._depth -= 1
        self.pieces[slot] = f"{letter}{count:x};".encode()

    def _inner(self, path: str, step: Step) -> None:
        try:
            self.value(path)
        except StuckError as error:
            error.steps.append(step)
            raise

    def _value_of(self, name: str, path: str, index: int) -> None:
        self.at += 1
        self._skip_gap()
        is_simple = _SIMPLE_KEY.fullmatch(name)
        inner = f"{path}[{name}]" if is_simple else f"[v for v in {path}.values()][{index}]"
        self._inner(inner, lambda place: f"{place}[{printable(name, KEY_LIMIT)}]")

    def _skip_field(self, kind: str) -> None:
        """Skips the name of an item of a named tuple; nothing else that looks like a call has them."""
        field = _FIELD.match(self._text, self.at)
        if field is None:
            raise StuckError(f"{article(printable(kind))} object cannot be moved to the host")
        self.at = field.end()


def _piece(head: str, data: bytes) -> bytes:
    return f"{head}{len(data):x};".encode() + data


#: In the order in which they are tried.
_READERS: tuple[tuple[re.Pattern[str], Callable[[_ReprReader, re.Match[str], str], None]], ...] = (
    (re.compile(r"(?:None|True|False)(?!\w)|(?:set|frozenset|OrderedDict)\(\)"), _ReprReader.word),
    (re.compile(_LITERAL, re.DOTALL), _ReprReader.literal),
    (re.compile(rf"bytearray\(({_LITERAL})\)", re.DOTALL), _ReprReader.byte_array),
    (re.compile(rf"\({_REAL}[-+]{_REAL}j\)|{_REAL}j"), _ReprReader.pair),
    (re.compile(r"-?\d+(?![.\w])"), _ReprReader.number),
    (re.compile(rf"{_REAL}(?![.\w])"), _ReprReader.real),
    (re.compile(r"array\('(\w)'(?:, \[([^\]]*)\])?\)"), _ReprReader.array),
    (re.compile(r"\{|(?:frozenset|OrderedDict)\(\{"), _ReprReader.braces),
    (re.compile(r"\[|(\w*)\("), _ReprReader.items),
    (re.compile(r"<(class )?'?(\w*)"), _ReprReader.thing),
)
