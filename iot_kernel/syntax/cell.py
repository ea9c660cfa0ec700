"""Cuts the text of a cell into parts: code for the board, code for the host, and magics.

Pure text in, values out: no I/O, no state, no knowledge of which magics exist beyond the names a caller
passes in.

A first non-blank line that starts with ``%%`` makes the whole cell a cell magic. Otherwise the cell is code
with magic lines in it, which `logical_lines` finds; they cut the code, and each piece remembers where in the
cell it stood.
"""

from __future__ import annotations

import ast
import codeop
import enum
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from iot_kernel.syntax import logical_lines
from iot_kernel.text import parsing


class Target(enum.Enum):
    """Where code runs."""

    BOARD = "board"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class BoardCode:
    """Code for the board; ``line`` is the 1-based line of its first line in the cell."""

    code: str
    line: int


@dataclass(frozen=True, slots=True)
class HostCode:
    """Code for the host's IPython; ``line`` is the 1-based line of its first line in the cell."""

    code: str
    line: int


@dataclass(frozen=True, slots=True)
class LineMagic:
    """A magic line.

    Attributes:
        name: without the ``%``, up to white space or a semicolon; ``!`` for a shell line; ``%name`` for a
            ``%%name`` that does not start the cell.
        arguments: the rest of the line, continuation lines joined, without white space at its ends.
        line: 1-based line in the cell.
    """

    name: str
    arguments: str
    line: int


@dataclass(frozen=True, slots=True)
class CellMagic:
    """A cell magic.

    Attributes:
        name: without the ``%%``, up to white space or a semicolon.
        arguments: the rest of the first line, without white space at its ends.
        body: everything after the first line.
        line: 1-based line of the body's first line in the cell.
        source: the whole cell, as it came.
    """

    name: str
    arguments: str
    body: str
    line: int
    source: str


Part = BoardCode | HostCode | LineMagic | CellMagic

_CELL_MAGIC = re.compile(r"\s*^%%([^\s;]*)([^\n]*)\n?", re.MULTILINE)
_MAGIC_NAME = re.compile(r"%[^\S\n]*([^\s;]*)")
_BACKSLASHED = re.compile(r"\\(.)", re.DOTALL)
_INDENT = re.compile(r"(?:[ \t]*\n)*([ \t]+)\S")
_COMMENTS_AT_END = re.compile(r"(?:\n[^\S\n]*#[^\n]*)+\Z")
_SOMETHING_TO_RUN = re.compile(r"^[^\S\n]*[^\s#]", re.MULTILINE)

#: A cell that asks what a name is, as in IPython: ``name?``, or ``name??`` for its source.
QUESTION = re.compile(r"\s*(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(?P<marks>\?{1,2})\s*")

#: The same with the marks in front, also of a magic.
_MARKS_IN_FRONT = re.compile(r"(\s*)(\?{1,2})[ \t]*(%{0,2}[^\W\d][\w.]*)\s*")


def _line_magic(text: str, line: int) -> LineMagic:
    """The magic written in ``text``, one line or several that backslashes join."""
    joint = "" if text.startswith("!") else " "  # bash takes a continuation for nothing, IPython for a space
    text = _BACKSLASHED.sub(lambda match: joint if match[1] == "\n" else match[0], text).strip()
    if text.startswith("!"):
        return LineMagic("!", text[2 if text.startswith("!!") else 1 :].strip(), line)
    name = _MAGIC_NAME.match(text)
    assert name is not None  # noqa: S101  a magic line starts with one of the two characters
    return LineMagic(name[1], text[name.end() :].strip(), line)


def _parts(source: str, default: Target, ours: Collection[str]) -> Iterator[Part]:
    make = BoardCode if default is Target.BOARD else HostCode
    code_start, code_line, counted, line = 0, 1, 0, 1
    for start, end in logical_lines.magic_lines(source):
        line += source.count("\n", counted, start)
        counted = start
        magic = _line_magic(source[start:end], line)
        if default is Target.HOST and magic.name not in ours:
            continue
        code = source[code_start : max(code_start, start - 1)]
        if _SOMETHING_TO_RUN.search(code):
            yield make(code, code_line)
        yield magic
        code_start, code_line = end, line + source.count("\n", start, end)
    if _SOMETHING_TO_RUN.search(source, code_start):
        yield make(source[code_start:], code_line)


def normal(source: str) -> str:
    """The text as IPython would read it: without a byte order mark, and without what indents all of it."""
    text = source.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    indent = _INDENT.match(text)
    return re.sub(rf"^{indent[1]}", "", text, flags=re.MULTILINE) if indent is not None else text


def _marks_behind(source: str) -> str:
    """The text of a cell, where it is ``?name`` in the form ``name?``."""
    match = _MARKS_IN_FRONT.fullmatch(source)
    return source if match is None else f"{match[1]}{match[3]}{match[2]}"


def _cell_magic(source: str) -> CellMagic | None:
    """The magic a cell is, if it is one."""
    text = normal(source)
    head = _CELL_MAGIC.match(text)
    if head is None:
        return None
    line = text.count("\n", 0, head.start(1)) + 2
    return CellMagic(head[1], head[2].strip(), text[head.end() :], line, source)


def parse_cell(source: str, *, default: Target, ours: Collection[str]) -> list[Part]:
    """Cuts a cell into parts.

    Args:
        source: the cell's text.
        default: where plain code runs.
        ours: the names of line magics (``!`` is one) that a host cell does not leave to IPython; a cell for
            the board is cut at every magic line, whatever its name.

    Returns:
        The parts in their order; a single `CellMagic` when the cell is one. Code that is nothing but blank
        lines and comments is left out, and so the list may be empty.
    """
    if default is Target.BOARD:
        source = _marks_behind(source)
    magic = _cell_magic(source)
    if magic is not None:
        return [magic]
    return list(_parts(normal(source), default, ours))


def is_complete(source: str, *, default: Target) -> tuple[str, str]:
    """Tells a console whether what was typed so far can run.

    A cell magic is complete when a blank line ends its body, so that a console does not run ``%%host`` alone;
    one that asks for help is complete at once. Code for the board is judged by the host's own parser, which
    is near enough; code for the host that this parser refuses may be IPython's own syntax, so it is
    "unknown".

    Args:
        source: the text so far.
        default: where plain code runs.

    Returns:
        The status ("complete", "incomplete", "invalid" or "unknown") and the white space the next line should
        start with, which is empty unless the status is "incomplete".
    """
    magic = _cell_magic(source)
    if magic is not None:
        asks = magic.arguments in {"-h", "--help"}
        last_line = magic.body.rpartition("\n")
        done = asks or (bool(last_line[1]) and not last_line[2].strip())
        return ("complete", "") if done else ("incomplete", _indent(magic.body))
    code = normal(source)
    if default is Target.BOARD and (QUESTION.fullmatch(code) or _MARKS_IN_FRONT.fullmatch(code)):
        return "complete", ""
    is_open = logical_lines.last_line(code)[1]
    status = "incomplete" if is_open else _judge(_without_magics(code))
    if status == "incomplete" or (status == "complete" and _is_in_block(code)):
        return "incomplete", _indent(code)
    return ("unknown" if status == "invalid" and default is Target.HOST else status), ""


def _is_in_block(code: str) -> bool:
    """Whether the last line, comments aside, belongs to a block, which a blank line has to end."""
    code = _COMMENTS_AT_END.sub("", code)
    line = code[logical_lines.last_line(code)[0] :]
    return line.startswith((" ", "\t")) and bool(line.strip()) and not code.endswith("\n")


def _without_magics(source: str) -> str:
    """The text with a ``pass`` in the place of every magic line."""
    pieces, position = [], 0
    for start, end in logical_lines.magic_lines(source):
        pieces += [source[position:start], "pass\n"]
        position = end
    return "".join([*pieces, source[position:]])


def _judge(code: str) -> str:
    """What Python's own parser says about code in which no string and no bracket is open."""
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with parsing():
            compiled = compiler(code, "<cell>", "exec")
    except (SyntaxError, ValueError, OverflowError):
        return "invalid"
    except (RecursionError, MemoryError):
        return "unknown"
    return "incomplete" if compiled is None else "complete"


def _indent(code: str) -> str:
    """The indentation a console should offer for the line after ``code``."""
    last = code.rstrip().rpartition("\n")[2]
    indent = last[: len(last) - len(last.lstrip())]
    return indent + "    " if last.partition("#")[0].rstrip().endswith(":") else indent
