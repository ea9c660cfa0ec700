"""The arguments of a magic: argparse, taught to behave in a notebook.

Nothing here prints or exits: help leaves as `HelpRequested`, a mistake as `UsageError` with the usage line.
The layout of help texts is fixed and the same with every version of Python.
"""

from __future__ import annotations

import argparse
import enum
import re
from collections.abc import Sequence
from typing import NoReturn

from iot_kernel.errors import UsageError
from iot_kernel.syntax.words import bare_text, split_words

HELP_WIDTH = 80  # columns; the width the first IoT Kernel wrapped its help texts to
HELP_COLUMN = 22  # where descriptions start at the latest, likewise

_OPTION = re.compile(r"(?P<option>-\w)(?P<value>\s*\S+)?\s*")

_SECOND_MAGIC = re.compile(r";\s*(?P<magic>%{1,2}[A-Za-z]\w*)")
_PATHS = {"path", "source"}  # what arguments that are paths are called


class Split(enum.Enum):
    """How the arguments of a magic are read: as words, as one text, or as options before one text."""

    WORDS = "words"
    NONE = "none"
    OPTIONS = "options"


class HelpRequested(Exception):  # noqa: N818  not an error
    """Somebody asked a magic for help.

    Args:
        text: the help text, with its last newline.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str, **_: object) -> None:
        super().__init__(prog, max_help_position=HELP_COLUMN, width=HELP_WIDTH)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """Writes ``-t, --timeout SECS``, which Pythons before 3.13 do not."""
        if not action.option_strings or action.nargs == 0:
            return ", ".join(action.option_strings) or super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"


class MagicParser(argparse.ArgumentParser):
    """Reads the arguments of one magic.

    Args:
        title: how the magic is called, e.g. ``%discover``.
        summary: what it does, in one line.
        epilog: the rest of its help text.
    """

    def __init__(self, title: str, summary: str, epilog: str) -> None:
        super().__init__(
            title, description=summary, epilog=epilog, formatter_class=_Formatter, allow_abbrev=False
        )
        self.color = False  # Python 3.14 colours help texts where it believes to see a terminal
        self._optionals.title = "optional arguments"

    def print_help(self, file: object = None) -> NoReturn:
        """Hands the help text over, where argparse prints it.

        Raises:
            HelpRequested: always.
        """
        raise HelpRequested(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Refuses the arguments.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.prog}: error: {message}", self.format_usage().rstrip())

    def read(self, text: str, *, split: Split = Split.WORDS) -> argparse.Namespace:
        """Reads the arguments written behind a magic's name.

        Args:
            text: the arguments, as typed.
            split: `Split.WORDS`: they are words (`words.Word`), quoted as in a shell, a comment or a
                semicolon at the end left out. Otherwise the text, or the text behind options of one letter,
                is one argument, except that a lone ``-h`` or ``--help`` still asks for help.

        Raises:
            HelpRequested: they ask for help.
            UsageError: they are wrong.
        """
        if split is not Split.WORDS:
            if text in {"-h", "--help"}:
                return self.parse_args([text])
            options, rest = self._leading_options(text) if split is Split.OPTIONS else ([], text)
            return self.parse_args([*options, *(["--", rest] if rest or split is Split.NONE else [])])
        try:
            words = split_words(text)
        except ValueError as error:
            self.error(str(error))
        if ";" in text and (second := _SECOND_MAGIC.search(bare_text(words))) is not None:
            self.error(f"one magic a line: '{second['magic']}' needs a line of its own")
        try:
            return self.parse_args(words)
        except UsageError as error:
            hint = self._dash_hint(words) or self._order_hint(str(error)) or self._greedy_hint(words)
            raise UsageError(f"{error}{hint}", error.usage) from None

    def _leading_options(self, text: str) -> tuple[list[str], str]:
        """Cuts the options that stand in front of a text."""
        options: list[str] = []
        while found := _OPTION.match(text):
            action = self._option_string_actions.get(found["option"])
            if action is None:
                break
            options.append(found["option"])
            end = found.end("option")
            if action.nargs != 0 and found["value"] is not None:
                options.append(found["value"].strip())
                end = found.end("value")
            text = text[end:].lstrip()
        return options, text

    def _dash_hint(self, words: Sequence[str]) -> str:
        """How to name a path that looks like an option, where one does."""
        if not any(action.metavar in _PATHS or action.dest in _PATHS for action in self._actions):
            return ""
        name = next((word for word in words if word.startswith("-") and not self._is_option(word)), None)
        return f"; a name that begins with a dash is written './{name}' or behind '--'" if name else ""

    def _order_hint(self, said: str) -> str:
        """How to write options that stand in the middle of several names, which argparse does not take."""
        _, found, rest = said.partition("unrecognized arguments: ")
        several = any(action.nargs in {"*", "+"} and not action.option_strings for action in self._actions)
        if not found or rest.startswith("-") or not several:
            return ""
        return "; options go in front of all names, or behind them"

    def _greedy_hint(self, words: Sequence[str]) -> str:
        """Where an option goes that takes all words behind it."""
        greedy = (
            action.option_strings[0]
            for action in self._actions
            if action.option_strings and action.nargs == "+"
        )
        given = next((option for option in greedy if option in words), None)
        return f"; write '{given}' last" if given else ""

    def _is_option(self, word: str) -> bool:
        known = self._option_string_actions
        return word in known or word == "--" or all(f"-{letter}" in known for letter in word[1:])
