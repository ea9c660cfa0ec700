"""Puts the end of a cell into a call that prints the last expression's value and marks the cell's end.

The raw REPL prints no values, and its end can be imitated. So the last expression is handed to a function of
the board (`iot_kernel.protocol.end_mark` specifies it), which prints the value and then the mark. It is there
before the cell runs, takes no memory for a value that is None, and stands on the expression's line, so that
tracebacks count as before. Pure: text in, text out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from iot_kernel.syntax.parsing import parse
from iot_kernel.syntax.top_level_await import Edit, await_edits, edited, may_await

#: Bytes; larger values stay in the output, so that a hostile board cannot make the host collect for ever.
LONGEST_VALUE = 1_000_000

#: Characters of source that the host parses to find the last expression; 1 MB of code takes it a second.
LONGEST_SOURCE = 2_000_000

#: The board's function.
FUNCTION = "__iot__"

_OPENING = b" ("  # print puts a space between the mark and the value, which is an item of a tuple
_CLOSING = b",)"
_VALUE = re.compile(rb"(?P<before>.*?) ?\((?P<repr>.*),\) ?(?P<after>.*)", re.DOTALL)
_TORN_VALUE = re.compile(rb"(?P<before>.*?) ?\((?P<repr>.*),(?P<after>[^,]*)\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MarkedCode:
    """Code that tells its value and its end.

    Attributes:
        code: all of it.
        ending: its last statement, on the same line; what has not run where the board's function is missing.
            Its value is not kept.
        has_value: its last statement is an expression whose value is wanted.
        awaits: it waits for something outside of functions, so it needs the function of `top_level_await`.
    """

    code: str
    ending: str
    has_value: bool
    awaits: bool


@lru_cache(maxsize=2)  # the same code runs on many boards at the same time
def mark_end(source: str, number: int | None = None) -> MarkedCode | None:
    """Makes code tell the value of its last expression, and its end; it may await outside of functions.

    Args:
        source: the code, with LF line ends.
        number: of the cell, where the board is to keep the value; positive.

    Returns:
        The new code. None where the host cannot parse it: the board then says what is wrong with it.
    """
    text = _Text(source)
    try:
        body = _parse(source)
        edits = await_edits(body, text.data, text.offset) if may_await(source) else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    awaits = bool(edits)
    if (last := text.last_value(body)) is not None:
        start, end = text.span(last)
        opened = [*edits, Edit(start, -1, start, f"{FUNCTION}((".encode())]
        ending = edited(text.data, [*opened, Edit(end, 2, end, b"))")], start, end)
        closing = "))" if number is None else f"),-{number})"
        code = text.edited([*opened, Edit(end, 2, end, closing.encode())])
        return MarkedCode(code, "\n" * (last.lineno - 1) + ending.decode(), has_value=True, awaits=awaits)
    code = f"{text.edited(edits)}{_separator(source)}{FUNCTION}()"
    return MarkedCode(code, f"{FUNCTION}()", has_value=False, awaits=awaits)


def call_at_end(source: str, function: str) -> str:
    """Makes code hand the value of its last expression to a function, or call that at its end.

    Args:
        source: the code, with LF line ends.
        function: its name; what it returns is the value of the last expression then.
    """
    text = _Text(source)
    try:
        last = text.last_value(_parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        last = None  # the board then says what is wrong with it
    if last is None:
        return f"{source}{_separator(source)}{function}()"
    start, end = text.span(last)
    return text.edited([Edit(start, -1, start, f"{function}((".encode()), Edit(end, 2, end, b"))")])


def _separator(source: str) -> str:
    """What stands between code and a statement behind it."""
    return "" if source.endswith("\n") or not source else "\n"


class _Text:
    """Source text, and places in it as `ast` gives them."""

    def __init__(self, source: str) -> None:
        self.data = source.encode()
        self._lines = self.data.split(b"\n")

    def offset(self, line: int, column: int) -> int:
        return sum(len(text) + 1 for text in self._lines[: line - 1]) + column

    def span(self, node: ast.Expr) -> tuple[int, int]:
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or 0, node.end_col_offset or 0),
        )

    def last_value(self, body: Sequence[ast.stmt]) -> ast.Expr | None:
        """The last expression, where its value is wanted."""
        last = body[-1] if body else None
        if not isinstance(last, ast.Expr) or _has_own_way(last):
            return None
        behind = self.data[self.span(last)[1] :]
        return None if behind.split(b"#")[0].strip().startswith(b";") else last

    def edited(self, edits: Sequence[Edit]) -> str:
        return edited(self.data, edits, 0, len(self.data)).decode() if edits else self.data.decode()


def _parse(source: str) -> list[ast.stmt]:
    if len(source) > LONGEST_SOURCE:
        raise ValueError("too long")
    return parse(source).body


def _has_own_way(expression: ast.Expr) -> bool:
    """Whether it is more than an expression, which only its own place makes valid."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(expression))


class ValueScanner:
    """Takes the value out of a cell's output, of which it is the last part.

    On boards whose threads run freely their output may land around the value, and into the marks around it;
    it stays output.

    Args:
        mark: what stands before a value; see `iot_kernel.protocol.end_mark.value_mark`.
        rich: what stands behind one that has more to show; see `iot_kernel.protocol.end_mark.rich_mark`.

    Attributes:
        is_rich: there is a value, and it has more to show.
    """

    def __init__(self, mark: bytes, rich: bytes) -> None:
        self.is_rich = False
        self._mark = mark
        self._rich = rich
        self._buffer = b""
        self._is_inside = False
        self._is_too_long = False

    def feed(self, data: bytes) -> bytes:
        """Takes output in any cutting; returns what of it is the program's own and certain by now."""
        if not data:
            return b""
        searched = len(self._buffer) if self._is_inside else 0
        self._buffer += data
        out = b"" if self._is_inside else self._before()
        if self._is_inside:
            out += self._up_to_last_mark(searched)
            if self._is_too_long or len(self._buffer) > LONGEST_VALUE:
                out += self._as_text()
        return out

    def finish(self, *, has_raised: bool) -> tuple[bytes, str | None]:
        """Ends the output.

        Args:
            has_raised: the cell ended with an exception: what came of a value is no value.

        Returns:
            What of the rest is the program's own, and the value's repr where there is one.
        """
        data, self._buffer = self._buffer, b""
        if not self._is_inside:
            return data, None
        is_whole = not has_raised and not self._is_too_long
        before, rich, after = data.rpartition(self._rich)
        data = before + after
        value = (_VALUE.fullmatch(data) or _TORN_VALUE.fullmatch(data)) if is_whole else None
        if value is None:
            return data.removeprefix(_OPENING).removesuffix(_CLOSING), None
        self.is_rich = bool(rich)
        text = value["repr"].decode(errors="backslashreplace").replace("\r\n", "\n")
        return value["before"] + value["after"], text

    def _before(self) -> bytes:
        text, mark, rest = self._buffer.partition(self._mark)
        if mark:
            self._is_inside = True
            self._buffer = rest
            return text
        end = len(self._buffer) - (1 if self._buffer.endswith(self._mark[:1]) else 0)
        text, self._buffer = self._buffer[:end], self._buffer[end:]
        return text

    def _up_to_last_mark(self, searched: int) -> bytes:
        """Gives out what only looked like a value: the last mark counts, since no repr has one.

        Where threads print into frames of pipes, parts of both can make a mark.
        """
        place = self._buffer.rfind(self._mark, max(0, searched - len(self._mark)))
        if place < 0:
            return b""
        text, self._buffer = self._buffer[:place], self._buffer[place + len(self._mark) :]
        start = b"" if self._is_too_long else self._mark
        self._is_too_long = False
        return start + text

    def _as_text(self) -> bytes:
        """Gives out what is too long for a value, but for what surrounds it."""
        if not self._is_too_long:
            self._is_too_long = True
            self._buffer = self._buffer.removeprefix(_OPENING)
        end = len(self._buffer) - len(_CLOSING + self._rich)
        text, self._buffer = self._buffer[:end], self._buffer[end:]
        return text
