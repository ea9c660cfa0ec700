"""Finds the magic lines of a cell, past strings, brackets, comments and continuation lines. Pure.

A cell is a sequence of logical lines: a logical line ends at the first newline that is outside strings and
brackets and not behind a backslash. A logical line that starts with ``%`` or ``!`` in column 0 is a magic
line; nothing in Python can start like that, and the same characters anywhere else are code. The text of a
magic line is not Python: it ends at its newline, however its quotes and brackets stand, and only a backslash
continues it.

The rules for strings are those of CPython 3.12, where a replacement field of an f-string may hold any
expression; every f-string that older Pythons and MicroPython accept reads the same. Code that no Python would
accept still has to be cut somewhere: a quote left open ends the logical line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_MAGIC_START = re.compile(r"^[%!]", re.MULTILINE)
_FORMATTED = re.compile(r"(?<!\w)(?:[fFtT][rR]?|[rR][fFtT])\Z")
# Lines in which nothing opens anything, many at a time; for speed only.
_PLAIN_LINES = re.compile(r"""(?:(?![%!])[^\n"'#()\[\]{}\\]*(?:\#[^\n]*)?\n){1,500}""", re.VERBOSE)


class _Mode:
    """How text reads inside one kind of thing.

    Args:
        plain: a class of characters that mean nothing there.
        marks: what means something.
        quote: by which it ends, if it is a string.
    """

    def __init__(self, plain: str, marks: str, quote: str = "") -> None:
        self._plain, self._marks = plain, marks
        self.quote = quote

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Ends with the next mark. Made on first use: a kernel's start would wait for all of them."""
        return re.compile(rf"{self._plain}*(?:{self._marks})?", re.VERBOSE | re.DOTALL)


_MARKS = r"""(?P<open> [(\[{] ) | (?P<close> [)\]}] ) | (?P<quote> "{3} | '{3} | " | ' )
           | (?P<comment> \#[^\n]* ) | (?P<backslash> \\.? )"""
_CODE = _Mode(r"""[^\n"'#()\[\]{}\\]""", rf"(?P<newline> \n ) | {_MARKS}")
_FIELD = _Mode(r"""[^"'#()\[\]{}\\:]""", rf"(?P<colon> : ) | {_MARKS}")


@dataclass(frozen=True, slots=True)
class _Strings:
    """The modes of the text behind one kind of quote."""

    plain: _Mode
    formatted: _Mode
    formatted_raw: _Mode
    specification: _Mode


def _strings(quote: str) -> _Strings:
    newline, broken = ("", "") if len(quote) == 3 else (r"\n", r"| (?P<broken> \n )")
    plain = rf"[^\\{quote[0]}{newline}"
    ends = rf"(?P<end> {quote} ) | (?P<lone> {quote[0]} ) {broken}"
    field = r"(?P<twice> \{\{ ) | (?P<field> \{ )"
    return _Strings(
        plain=_Mode(rf"{plain}]", rf"{ends} | (?P<backslash> \\.? )", quote),
        formatted=_Mode(
            rf"{plain}{{]", rf"{ends} | {field} | (?P<backslash> \\ (?: N\{{ | [^{{] )? )", quote
        ),
        formatted_raw=_Mode(rf"{plain}{{]", rf"{ends} | {field} | (?P<backslash> \\ [^{{]? )", quote),
        specification=_Mode(
            rf"{plain}{{}}]", rf"{ends} | (?P<field> \{{ ) | (?P<close> \}} ) | (?P<backslash> \\ )", quote
        ),
    )


_STRINGS = {quote: _strings(quote) for quote in ('"', "'", '"""', "'''")}
_SPECIFICATIONS = frozenset(strings.specification for strings in _STRINGS.values())


def _string_mode(source: str, start: int, quote: str) -> _Mode:
    """The mode of the string whose opening quote is at ``start``, by the prefix before it."""
    prefix = _FORMATTED.search(source, max(0, start - 2), start)
    if prefix is None:
        return _STRINGS[quote].plain
    return _STRINGS[quote].formatted_raw if "r" in prefix.group().lower() else _STRINGS[quote].formatted


def _turn(stack: list[_Mode], kind: str | None, match: re.Match[str]) -> None:
    """Changes what is open, innermost last, at a mark that opens or closes something."""
    if kind == "open":
        stack.append(_CODE)
    elif kind == "quote":
        stack.append(_string_mode(match.string, match.start("quote"), match["quote"]))
    elif kind == "field":
        stack.append(_FIELD)
    elif kind == "colon":
        stack[-1] = _STRINGS[stack[-2].quote].specification
    elif kind == "close":
        del stack[-1:]
    elif kind == "end":  # of this string, or of the one around this format specification
        while stack.pop() in _SPECIFICATIONS:
            pass


def _logical_end(source: str, start: int) -> tuple[int, bool]:
    """Finds the end of the logical line that begins at ``start``.

    Returns:
        The offset behind its newline (or the end of the text), and whether the text ended inside it: in a
        string, in a bracket or behind a backslash.
    """
    stack: list[_Mode] = []
    position, kind = start, None
    while position < len(source):
        mode = stack[-1] if stack else _CODE
        match = mode.pattern.match(source, position)
        assert match is not None  # noqa: S101  each pattern also matches nothing
        position, kind = match.end(), match.lastgroup
        if kind == "broken" or (kind == "newline" and not stack):
            return position, False
        _turn(stack, kind, match)
    behind_backslash = kind == "backslash" and source.endswith(("\\", "\\\n"))
    return position, behind_backslash or (bool(stack) and len(stack[-1].quote) != 1)


@dataclass(frozen=True, slots=True)
class Opening:
    """A string, a bracket or a replacement field that has begun and not ended.

    Attributes:
        kind: "string", "bracket" or "field"; a format specification is a string.
        start: the offset of its opening mark.
        end: the offset behind that.
    """

    kind: str
    start: int
    end: int


def openings(source: str, start: int) -> tuple[list[Opening], bool]:
    """Tells what is open where a text ends.

    Args:
        source: the text.
        start: where its last logical line begins; see `last_line`.

    Returns:
        What is open, the innermost last, and whether the text ends in a comment.
    """
    stack: list[_Mode] = []
    marks: list[tuple[int, int]] = []
    position, kind = start, None
    while position < len(source):
        mode = stack[-1] if stack else _CODE
        match = mode.pattern.match(source, position)
        assert match is not None  # noqa: S101  each pattern also matches nothing
        position, kind = match.end(), match.lastgroup
        if kind == "broken":
            return [], False
        _turn(stack, kind, match)
        if len(marks) < len(stack):
            marks.append(match.span(kind or 0))
        del marks[len(stack) :]
    kinds = ["field" if mode is _FIELD else "string" if mode.quote else "bracket" for mode in stack]
    return [Opening(kind, *mark) for kind, mark in zip(kinds, marks, strict=True)], kind == "comment"


def _magic_end(source: str, start: int) -> tuple[int, bool]:
    """Finds the end of the magic line that begins at ``start``; answers like `_logical_end`."""
    continued = False
    while True:
        newline = source.find("\n", start)
        line = source[start:] if newline < 0 else source[start:newline]
        if line or newline >= 0:
            continued = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        if newline < 0 or not continued:
            return (len(source) if newline < 0 else newline + 1), continued
        start = newline + 1


def magic_lines(source: str) -> Iterator[tuple[int, int]]:
    """The offsets (start, end) of every magic line."""
    position = 0
    while candidate := _MAGIC_START.search(source, position):
        while position < candidate.start():
            plain = _PLAIN_LINES.match(source, position)
            position = plain.end() if plain else _logical_end(source, position)[0]
        if position == candidate.start():
            position = _magic_end(source, position)[0]
            yield candidate.start(), position


def logical_lines(code: str) -> Iterator[str]:
    """The logical lines of Python code without magic lines, with their newlines."""
    start = 0
    while start < len(code):
        end, _ = _logical_end(code, start)
        yield code[start:end]
        start = end


def last_line(source: str) -> tuple[int, bool]:
    """Finds the last logical line.

    Returns:
        The offset of its start, and whether the text ends inside it: in a string, in a bracket or behind a
        backslash.
    """
    start, position, is_open = 0, 0, False
    for start, _ in magic_lines(source):
        position, is_open = _magic_end(source, start)
    while position < len(source):
        start = position
        position, is_open = _logical_end(source, start)
    return start, is_open
