"""The value of a cell's last expression: how the board is asked for it and how it is found in the output.

The raw REPL prints no values. So the last expression is handed to a function on the board that prints the
value between two marks, where the host takes it out of the output again. The expression stays on its line, so
that tracebacks count as before. Pure: text in, text out.
"""

from __future__ import annotations

import ast
import warnings

#: Bytes; larger values stay in the output, so that a hostile board cannot make the host collect for ever.
LONGEST_VALUE = 1_000_000

#: Bytes of source that the host parses to find the last expression; parsing 1 MB takes seconds.
LONGEST_SOURCE = 200_000

_MARK = "\x1e"  # "record separator": no text contains it


def ask_for_value(source: str, nonce: str) -> str:
    """Makes code print the value of its last expression between marks.

    Args:
        source: the code, with LF line ends.
        nonce: letters and digits that mark this execution.

    Returns:
        The new code, or ``source`` itself where it ends with no expression, with ``;`` or with a print call,
        or where the host cannot parse it (the board then says what is wrong).
    """
    expression = _last_expression(source)
    if expression is None:
        return source
    lines = source.encode().split(b"\n")
    start = _offset(lines, expression.lineno, expression.col_offset)
    end = _offset(lines, expression.end_lineno or 0, expression.end_col_offset or 0)
    data = b"\n".join(lines)
    if data[end:].split(b"#")[0].strip().startswith(b";"):
        return source
    # A tuple prints its element with repr, piece by piece: the board makes no string as long as the value.
    ask = f"(lambda v:v is None or print('\\x1e{nonce}',(v,),'\\x1e'))("
    return (data[:start] + ask.encode() + data[start:end] + b")" + data[end:]).decode()


def _last_expression(source: str) -> ast.Expr | None:
    if len(source) > LONGEST_SOURCE or not source.strip():
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr) or _is_print(last.value):
        return None
    if any(isinstance(node, ast.Await | ast.Yield | ast.YieldFrom) for node in ast.walk(last)):
        return None
    return last


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def _offset(lines: list[bytes], line: int, column: int) -> int:
    return sum(len(text) + 1 for text in lines[: line - 1]) + column


class ValueScanner:
    """Takes the marked value out of a board's output.

    Args:
        nonce: the one given to `ask_for_value`.
    """

    def __init__(self, nonce: str) -> None:
        self._begin = f"{_MARK}{nonce} (".encode()
        self._end = (b",) " + _MARK.encode() + b"\r\n", b",) " + _MARK.encode() + b"\n")
        self._buffer = b""
        self._inside = False
        #: the value's repr once it has been seen whole
        self.value: str | None = None

    def feed(self, data: bytes) -> bytes:
        """Takes output in any cutting; returns what of it is the program's own and certain by now."""
        self._buffer += data
        if not self._inside:
            return self._before()
        self._look_for_end()
        return self._give_up() if len(self._buffer) > LONGEST_VALUE else b""

    def finish(self) -> bytes:
        """Ends the output; returns what had been held back as a possible value."""
        return self._give_up()

    def _before(self) -> bytes:
        text, mark, rest = self._buffer.partition(self._begin)
        if mark:
            self._inside = True
            self._buffer = rest
            self._look_for_end()
            return text
        start = self._buffer.rfind(_MARK.encode())
        held = self._buffer[start:] if start >= 0 and self._begin.startswith(self._buffer[start:]) else b""
        text = self._buffer[: len(self._buffer) - len(held)]
        self._buffer = held
        return text

    def _look_for_end(self) -> None:
        for end in self._end:
            value, mark, rest = self._buffer.partition(end)
            if mark:
                self.value = value.decode(errors="backslashreplace")
                self._buffer = rest
                self._inside = False
                return

    def _give_up(self) -> bytes:
        data = (self._begin if self._inside else b"") + self._buffer
        self._buffer = b""
        self._inside = False
        return data
