"""Splits a magic line into words as a shell does, and keeps what quotes and backslashes protect.

Nothing here looks at a file. What a path means is decided late, as only some arguments are paths of this
computer; until then a word remembers of each character how it was written.
"""

from __future__ import annotations

import enum
import errno
import glob
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import SupportsIndex


class Kind(enum.Enum):
    """How characters were written."""

    BARE = "bare"
    DOUBLE = "in double quotes"  # which protect all but variables
    LITERAL = "literal"  # in single quotes or behind a backslash, which protect all


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """Characters that were written together; a name of a variable ends where its section does."""

    kind: Kind


class Word(str):
    """A word without its quotes; a plain string counts as bare.

    Attributes:
        sections: to which section each character belongs.
    """

    __slots__ = ("sections",)
    sections: Sequence[Section]

    def __new__(cls, text: str, sections: Sequence[Section] | None = None) -> Word:
        """Makes a word of a text and the section of each of its characters."""
        word = super().__new__(cls, text)
        if sections is None:
            sections = text.sections if isinstance(text, Word) else [Section(Kind.BARE)] * len(text)
        word.sections = sections
        return word

    def __getitem__(self, index: SupportsIndex | slice) -> Word:
        """A part of it; argparse cuts values off their options so."""
        if not isinstance(index, slice):
            return Word(str(self)[index], [self.sections[index.__index__()]])
        return Word(str(self)[index], self.sections[index])

    def partition(self, sep: str) -> tuple[Word, Word, Word]:
        """See `str.partition`; argparse cuts at an equals sign so, or by `split`."""
        head, mark, tail = str(self).partition(sep)
        return self[: len(head)], self[len(head) : len(head + mark)], self[len(self) - len(tail) :]

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """See `str.split`."""
        if sep is None or maxsplit != 1 or sep not in self:
            return super().split(sep, maxsplit)
        head, _, tail = self.partition(sep)
        return [head, tail]

    def is_bare(self, index: int, characters: str) -> bool:
        """Whether the character there is one of these, and nothing protects it."""
        return self.sections[index].kind is Kind.BARE and str(self)[index] in characters

    def runs(self) -> Iterator[tuple[Section, str]]:
        """Gives the text of each section."""
        pairs = zip(self.sections, str(self), strict=True)
        for section, run in itertools.groupby(pairs, key=lambda pair: pair[0]):
            yield section, "".join(character for _, character in run)


_OPENING = ("'", '"', "\\")
_SHELL = re.compile(
    r"""(?P<space>[ \t\r\n]+) | '(?P<single>[^']*)' | "(?P<double>(?:\\.|[^"\\])*)" | \\(?P<escaped>.)
      | (?P<bare>[^ \t\r\n'"\\]+)""",
    re.VERBOSE | re.DOTALL,
)
_WINDOWS = re.compile(
    r"""(?P<space>[ \t\r\n]+) | '(?P<single>[^']*)' | "(?P<double>[^"]*)" | (?P<bare>[^ \t\r\n'"]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r'\\([$`"\\])')
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_HOME = re.compile(r"~[A-Za-z0-9._-]*")
_SEPARATORS = "/\\" if os.name == "nt" else "/"
_WILDCARDS = "*?["


@dataclass(frozen=True, slots=True)
class TypedWord:
    """The word at the end of a text that is being typed.

    Attributes:
        text: as far as it goes.
        start: the offset at which it begins, with its quotes.
        quote: that is open at its end; empty where none is.
    """

    text: Word
    start: int
    quote: str = ""


def split_words(text: str, *, backslashes: bool = os.name != "nt") -> list[Word]:
    """Splits what follows a magic's name, without a comment and without semicolons at its end.

    Args:
        text: as typed.
        backslashes: whether a backslash protects the next character; on Windows it stands in paths.

    Raises:
        ValueError: a quote is not closed, or nothing follows a backslash.
    """
    return list(_words_of(text, backslashes=backslashes))


@lru_cache(maxsize=16)  # a line comes again with each run of its cell, and one that names many boards is long
def _words_of(text: str, *, backslashes: bool) -> tuple[Word, ...]:
    words, end = _split(text, backslashes=backslashes)
    if text[end:].startswith(_OPENING):
        raise ValueError("no escaped character" if text[end] == "\\" else "no closing quotation")
    return tuple(_without_semicolons([word.text for word in words if word.text or word.start < end]))


def typed_words(text: str, *, backslashes: bool = os.name != "nt") -> tuple[list[Word], TypedWord] | None:
    """Splits a text at whose end somebody is typing.

    Args:
        text: what stands before the cursor.
        backslashes: as for `split_words`.

    Returns:
        The words before, and the one that is being typed, which may be empty; None in a comment and behind a
        backslash.
    """
    words, end = _split(text, backslashes=backslashes)
    last, quote = words.pop(), text[end : end + 1]
    if quote in ("#", "\\"):
        return None
    if quote:
        piece = (_SHELL if backslashes else _WINDOWS).match(text[end:] + quote)
        if piece is None or piece.end() <= len(text) - end:
            return None
        last = TypedWord(_joined(last.text, *_read(piece, backslashes=backslashes)), last.start, quote)
    return [word.text for word in words], last


def _split(text: str, *, backslashes: bool) -> tuple[list[TypedWord], int]:
    """Splits a text as far as it can be split.

    Returns:
        The words, the last of which would go on behind the end; and the end: that of the text, of what stands
        before a comment, or the offset of what opens and does not close.
    """
    words: list[TypedWord] = []
    word: TypedWord | None = None
    position = 0
    while position < len(text) and not (word is None and text[position] == "#"):
        piece = (_SHELL if backslashes else _WINDOWS).match(text, position)
        if piece is None:
            break
        if piece["space"] is None:
            before = word or TypedWord(Word(""), position)
            word = TypedWord(_joined(before.text, *_read(piece, backslashes=backslashes)), before.start)
        elif word is not None:
            words.append(word)
            word = None
        position = piece.end()
    return [*words, word or TypedWord(Word(""), position)], position


def bare_text(words: Sequence[Word]) -> str:
    """What stands in words outside of quotes."""
    return " ".join("".join(run for part, run in w.runs() if part.kind is Kind.BARE) for w in words)


def expanded(text: str, environ: Mapping[str, str] = os.environ) -> Word:
    """Puts in what ``~``, ``~user``, ``$NAME`` and ``${NAME}`` stand for where nothing protects them.

    A variable that is not set stays as it is written.

    Raises:
        FileNotFoundError: there is no such user.
    """
    word = _with_home(Word(text))
    made = Word("")
    for section, run in word.runs():
        text = run
        if section.kind is not Kind.LITERAL:
            text = _VARIABLE.sub(lambda match: environ.get(match[1] or match[2], match[0]), run)
        made = _joined(made, Word(text, [section] * len(text)))
    return made


def has_wildcards(text: str) -> bool:
    """Whether a path is a pattern: one of its wildcards is not protected."""
    word = Word(text)
    return any(word.is_bare(index, _WILDCARDS) for index in range(len(word)))


def pattern(text: str) -> str:
    """A path as a pattern for `glob` and `fnmatch`, in which protected wildcards stand for themselves."""
    return "".join(
        run if section.kind is Kind.BARE else glob.escape(run) for section, run in Word(text).runs()
    )


def is_on_board(text: str) -> bool:
    """Whether a path begins with a colon that means the board: one that nothing protects."""
    return bool(text) and Word(text).is_bare(0, ":")


def without_colon(text: str) -> Word:
    """A path of the board without the colon that says so."""
    return Word(text)[1:] if is_on_board(text) else Word(text)


def protected(text: str) -> Word:
    """A word in which every character stands for itself, as in single quotes."""
    return Word(text, [Section(Kind.LITERAL)] * len(text))


def respelled(word: str) -> str:
    """A word with quotes again, which a shell reads as it was written."""
    return "".join(map(_respelled, Word(word).runs()))


def _respelled(run: tuple[Section, str]) -> str:
    section, text = run
    if section.kind is Kind.DOUBLE:
        return '"' + re.sub(r'([`"\\])', r"\\\1", text) + '"'
    return text if section.kind is Kind.BARE else "'" + text.replace("'", r"'\''") + "'"


def _read(piece: re.Match[str], *, backslashes: bool) -> Iterator[Word]:
    """The words that the pieces of one word are made of."""
    inner = piece["double"]
    if inner is None:
        kind = Kind.LITERAL if piece["bare"] is None else Kind.BARE
        text = next(text for text in (piece[name] for name in piece.re.groupindex) if text is not None)
        yield Word(text, [Section(kind)] * len(text))
        return
    for index, text in enumerate(_ESCAPED.split(inner) if backslashes else [inner]):
        kind = Kind.LITERAL if index % 2 else Kind.DOUBLE
        yield Word(text, [Section(kind)] * len(text))


def _joined(*words: Word) -> Word:
    if len(filled := [word for word in words if word]) == 1:
        return filled[0]
    return Word("".join(words), [section for word in words for section in word.sections])


def _without_semicolons(words: list[Word]) -> list[Word]:
    """Leaves out the semicolons that people are used to from Python."""
    while words and words[-1] and words[-1].is_bare(-1, ";"):
        rest = words.pop()[:-1]
        if rest:
            words.append(rest)
    return words


def _with_home(word: Word) -> Word:
    found = _HOME.match(word)
    if found is None:
        return word
    end = found.end()
    first, rest = word.sections[0], word[end:]
    prefix = [*word.sections[:end], *rest.sections[:1]]  # with the separator behind it
    if first.kind is not Kind.BARE or any(section is not first for section in prefix):
        return word
    if rest and str(rest)[0] not in _SEPARATORS:
        return word
    home = os.path.expanduser(found[0])  # noqa: PTH111  Path says less of a user that is not there
    if home == found[0]:
        hint = f"No such home directory; './{found[0]}' is a file of that name"
        raise FileNotFoundError(errno.ENOENT, hint, str(word))
    return _joined(Word(home, [Section(Kind.LITERAL)] * len(home)), rest)
