"""The value of a cell's last expression: how the board is asked for it and how it is found in the output.

The raw REPL prints no values. So the last expression is handed to a function on the board that prints the
value between two marks, where the host takes it out of the output again. The expression stays on its line, so
that tracebacks count as before. Pure: text in, text out.
"""

from __future__ import annotations

import ast
import re
import warnings

#: Bytes; larger values stay in the output, so that a hostile board cannot make the host collect for ever.
LONGEST_VALUE = 1_000_000

#: Characters of source that the host parses to find the last expression; 1 MB of code takes it a second.
LONGEST_SOURCE = 2_000_000

_MARK = "\x1e"  # "record separator": no text contains it
_VALUE = re.compile(rb"(?P<before>.*?) ?\((?P<repr>.*),\) ?(?P<after>.*)", re.DOTALL)


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
    # The user may have a variable called print.
    show = "(print if callable(print)else __import__('builtins').print)"
    ask = f"(lambda v:v is None or {show}('\\x1e{nonce}',(v,),'\\x1e'))(("
    return (data[:start] + ask.encode() + data[start:end] + b"))" + data[end:]).decode()


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

    On boards whose threads run freely their output may land between the marks and the value; it stays output.

    Args:
        nonce: the one given to `ask_for_value`.
    """

    def __init__(self, nonce: str) -> None:
        self._begin = f"{_MARK}{nonce}".encode()
        self._buffer = b""
        self._inside = False
        self._line_end_due = False
        #: the value's repr once it has been seen whole
        self.value: str | None = None

    def feed(self, data: bytes) -> bytes:
        """Takes output in any cutting; returns what of it is the program's own and certain by now."""
        self._buffer += data
        text = b"" if self._inside else self._before()
        if self._inside:
            text += self._between()
        return text

    def finish(self) -> bytes:
        """Ends the output; returns what had been held back as a possible value."""
        data = (self._begin if self._inside else b"") + self._buffer
        self._buffer = b""
        self._inside = False
        return data

    def _before(self) -> bytes:
        if self._line_end_due and not self._drop_line_end():
            return b""
        text, mark, rest = self._buffer.partition(self._begin)
        if mark:
            self._inside = True
            self._buffer = rest
            return text
        start = self._buffer.rfind(_MARK.encode())
        held = self._buffer[start:] if start >= 0 and self._begin.startswith(self._buffer[start:]) else b""
        text = self._buffer[: len(self._buffer) - len(held)]
        self._buffer = held
        return text

    def _between(self) -> bytes:
        marked, mark, rest = self._buffer.partition(_MARK.encode())
        if not mark:
            return self.finish() if len(self._buffer) > LONGEST_VALUE else b""
        value = _VALUE.fullmatch(marked)
        if value is None:
            return self.finish()
        self.value = value["repr"].decode(errors="backslashreplace")
        self._inside = False
        self._line_end_due = True
        self._buffer = value["before"] + value["after"].removesuffix(b" ") + rest
        return self._before()

    def _drop_line_end(self) -> bool:
        """Drops the line end that belongs to the end mark; False while it has not come."""
        text, newline, rest = self._buffer.partition(b"\n")
        if newline:
            self._buffer = text.removesuffix(b"\r") + rest
            self._line_end_due = False
        return bool(newline)
