"""Makes text of a board's bytes: UTF-8 in any cutting, LF line ends, no window titles. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

#: characters; CircuitPython's titles stay below the 255 that terminals promise to keep.
TITLE_LIMIT = 512

# ESC ] … BEL, or ESC ] … ESC \: an operating system command. CircuitPython 8 and later tells what it is doing
# as the title of the window; a notebook has none and would show it as rubbish.
_COMMAND = rf"\x1b\][^\x07\x1b\r\n]{{0,{TITLE_LIMIT}}}"
_TITLE = re.compile(_COMMAND + r"(?:\x07|\x1b\\)")
_TITLE_BEGINNING = re.compile(rf"(?:{_COMMAND}\x1b?|\x1b)\Z")

#: characters that code prints as an answer; those of ours are thousands. A board that says more is
#: interrupted before it fills this computer's memory.
LONGEST_OUTPUT = 32_000_000

_UTF8 = codecs.getincrementaldecoder("utf-8")

# What the firmware itself says of a soft reset. CircuitPython says it on one line, in its user's language;
# some releases say nothing.
_RESET_WORDS = re.compile(r"\A\s*OK\s*\n|^(?:MPY: )?soft reboot\s*\n", re.MULTILINE)
_TRANSLATED_RESET_WORDS = re.compile(r"\A\s*OK\s*\n(?:.*\n\s*)?")


class BoardText:
    r"""Decodes what a board prints, piece by piece.

    Bytes that are no UTF-8 show as ``\xff``. CR LF becomes LF; a CR alone stays, since progress bars use it.
    Titles for the window are left out. Only what may be the beginning of one of these waits for more.

    Args:
        sink: takes the text; never called with an empty string.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._decoder: codecs.IncrementalDecoder | None = (
            None  # made for the first bytes: many cells print none
        )
        self._title = ""
        self._carriage_return = ""

    def feed(self, data: bytes) -> None:
        """Takes bytes, or none; a character that is not complete yet waits for the rest."""
        if not data:
            return
        if self._decoder is None:
            self._decoder = _UTF8("backslashreplace")
        self._emit(self._without_titles(self._decoder.decode(data)))

    def finish(self) -> None:
        """Ends the text: what waited for more is emitted."""
        if self._decoder is None:
            return
        text = self._without_titles(self._decoder.decode(b"", final=True)) + self._title
        self._decoder.reset()
        self._title = ""
        self._emit(text)
        rest, self._carriage_return = self._carriage_return, ""
        if rest:
            self._sink(rest)

    def _without_titles(self, text: str) -> str:
        text = self._title + text
        beginning = _TITLE_BEGINNING.search(text)
        end = len(text) if beginning is None else beginning.start()
        self._title = text[end:]
        return without_titles(text[:end])

    def _emit(self, text: str) -> None:
        text = self._carriage_return + text
        self._carriage_return = "\r" if text.endswith("\r") else ""
        if text := text.removesuffix("\r").replace("\r\n", "\n"):
            self._sink(text)


class Collected:
    """Keeps text, up to a limit.

    Args:
        longest: characters that are kept.
        on_full: called once, when there are more.
    """

    def __init__(self, longest: int, on_full: Callable[[], None]) -> None:
        self._pieces: list[str] = []
        self._room = longest
        self._on_full = on_full
        #: more came than was kept
        self.is_full = False

    def take(self, text: str) -> None:
        """Takes text."""
        if self.is_full:
            return
        self._pieces.append(text[: self._room])
        self._room -= len(self._pieces[-1])
        if len(self._pieces[-1]) < len(text):
            self.is_full = True
            self._on_full()

    @property
    def text(self) -> str:
        """What was kept."""
        return "".join(self._pieces)


def without_titles(text: str) -> str:
    """Leaves titles for the window out of text that is whole."""
    return _TITLE.sub("", text)


def without_reset_words(text: str, implementation: str) -> str:
    """What programs printed during a soft reset, without the firmware's own words.

    Args:
        text: all that came.
        implementation: ``micropython`` or ``circuitpython``.
    """
    words = _TRANSLATED_RESET_WORDS if implementation == "circuitpython" else _RESET_WORDS
    return words.sub("", text)


def whole_text(data: bytes) -> str:
    """Decodes all of what a board printed; see `BoardText`."""
    pieces: list[str] = []
    text = BoardText(pieces.append)
    text.feed(data)
    text.finish()
    return "".join(pieces)
