"""Which argument of a magic is being typed at the end of a text. Pure.

The words before are read as argparse will read them, but for abbreviations of what is not declared.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

from iot_kernel.magics.kinds import Argument, Taken
from iot_kernel.syntax.words import TypedWord, Word, typed_words

#: characters behind a magic's name that are looked at; longer ones are pasted data and no commands
LONGEST_ARGUMENTS = 4000

_HELP = Argument(("-h", "--help"), {"action": "help"})


@dataclass(frozen=True, slots=True)
class TypedArgument:
    """What is being typed.

    Attributes:
        takes: what may stand there.
        options: that may stand there instead.
        value: of the argument, as far as it goes; a part of the word where that begins with an option.
        start: the offset of the value.
        quote: that is open; empty where none is.
        before: the positional arguments before; for an option with several values, those before.
    """

    takes: tuple[Taken, ...]
    options: tuple[str, ...]
    value: Word
    start: int
    quote: str
    before: tuple[str, ...]


def typed_argument(declared: Sequence[Argument], text: str) -> TypedArgument | None:
    """Tells what is being typed.

    Args:
        declared: the magic's arguments.
        text: what stands between the magic's name and the cursor.

    Returns:
        None where nothing can be completed: in a comment, behind a backslash.
    """
    found = typed_words(text) if len(text) <= LONGEST_ARGUMENTS else None
    if found is None:
        return None
    reader = _Reader(declared)
    for word in found[0]:
        reader.take(word)
    return reader.expected(found[1])


class _Reader:
    """Reads the words of a magic one by one."""

    def __init__(self, declared: Sequence[Argument]) -> None:
        shown = [one for one in declared if one.options.get("help") is not argparse.SUPPRESS]
        self._options = [*(one for one in shown if one.is_option), _HELP]
        self._positional = [one for one in declared if not one.is_option]
        self._by_flag = {flag: one for one in (_HELP, *declared) if one.is_option for flag in one.flags}
        self._given: set[Argument] = set()
        self._values: list[str] = []
        self._waiting: Argument | None = None  # the option whose value comes next
        self._option_values: list[str] = []  # its values so far, where it has several
        self._ends_options = False

    def take(self, word: Word) -> None:
        """Takes a whole word."""
        if not self._ends_options and word == "--":
            self._ends_options, self._waiting = True, None
        elif self._is_option(word):
            self._take_option(word)
        elif self._waiting is None:
            self._values.append(word)
        elif self._waiting.is_single:
            self._waiting = None
        else:
            self._option_values.append(word)

    def expected(self, word: TypedWord) -> TypedArgument:
        """Tells what a word may be that goes on."""
        if self._is_option(word.text) or (word.text == "-" and not self._ends_options):
            flag, equals, value = word.text.partition("=")
            option = self._by_flag.get(flag)
            if equals:
                begin = word.start + len(flag) + len(equals)
                takes = option.takes if option is not None else ()
                return self._told(takes, (), TypedWord(value, begin, word.quote))
            return self._told((), self._left(), word)
        if self._waiting is not None:
            found = self._told(self._waiting.takes, (), word)
            return found if self._waiting.is_single else replace(found, before=tuple(self._option_values))
        place = self._place()
        options = self._left() if place is None and not word.text and not word.quote else ()
        return self._told(() if place is None else place.takes, options, word)

    def _is_option(self, word: str) -> bool:
        return not self._ends_options and word.startswith("-") and word != "-"

    def _take_option(self, word: str) -> None:
        flag, equals, _ = word.partition("=")
        option, letters = self._by_flag.get(flag), ""
        if option is None and not word.startswith("--"):  # several letters, or one with its value behind it
            option, letters = self._by_flag.get(word[:2]), word[2:]
            while option is not None and letters and not option.has_value:
                self._given.add(option)
                option, letters = self._by_flag.get(f"-{letters[0]}"), letters[1:]
        self._waiting = None
        self._option_values = []
        if option is not None:
            self._given.add(option)
            if option.has_value and not equals and not letters:
                self._waiting = option

    def _place(self) -> Argument | None:
        """The positional argument that comes next; None where there is no other."""
        for index, one in enumerate(self._positional):
            if not one.is_single or index == len(self._values):
                return one
        return None

    def _left(self) -> tuple[str, ...]:
        """The options that were not given, or may be given again."""
        if self._ends_options:
            return ()
        left = (o for o in self._options if o not in self._given or o.options.get("action") == "append")
        return tuple(flag for option in left for flag in option.flags)

    def _told(self, takes: tuple[Taken, ...], options: tuple[str, ...], word: TypedWord) -> TypedArgument:
        return TypedArgument(takes, options, word.text, word.start, word.quote, tuple(self._values))


def typed_in_shell(declared: Sequence[Argument], text: str) -> TypedArgument | None:
    """Tells what is being typed in a line for a shell, in which each word but the first takes the same.

    Args:
        declared: the magic's only argument.
        text: as for `typed_argument`.
    """
    found = typed_words(text) if len(text) <= LONGEST_ARGUMENTS else None
    if found is None or not found[0]:
        return None
    words, word = found
    return TypedArgument(declared[0].takes, (), word.text, word.start, word.quote, tuple(words))
