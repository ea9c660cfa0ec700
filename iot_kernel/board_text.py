"""A board's bytes as text: UTF-8 in any cutting, LF line ends. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Callable


class BoardText:
    r"""Decodes what a board prints, piece by piece.

    Bytes that are no UTF-8 show as ``\xff``. CR LF becomes LF; a CR alone stays, since progress bars use it.

    Args:
        sink: takes the text; never called with an empty string.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._carriage_return = False

    def feed(self, data: bytes) -> None:
        """Takes bytes; a character that is not complete yet waits for the rest."""
        self._emit(self._decoder.decode(data))

    def finish(self) -> None:
        """Ends the text: what waited for more is emitted."""
        rest, self._carriage_return = "\r" if self._carriage_return else "", False
        text = rest + self._decoder.decode(b"", final=True)
        self._decoder.reset()
        if text:
            self._sink(text)

    def _emit(self, text: str) -> None:
        if self._carriage_return and text:
            text = "\r" + text
        if text:
            self._carriage_return = text.endswith("\r")
            text = text.removesuffix("\r").replace("\r\n", "\n")
        if text:
            self._sink(text)
