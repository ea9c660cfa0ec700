"""Keeps the answer to a question whose time is over from being shown as something that the board printed."""

from __future__ import annotations

import re

from iot_kernel.device.callbacks import TextSink

#: characters that are dropped; no answer to a question of ours is nearly as long, so what has printed as much
#: is something else.
MOST_LATE = 65536

#: The end of an answer, or of a traceback, and the prompt.
_END = re.compile(r"[\x1f\n]>")


class LateAnswer:
    """Passes on what comes while no code runs, except for one answer that is too late.

    Args:
        sink: takes the text.
    """

    def __init__(self, sink: TextSink) -> None:
        self._sink = sink
        self._room = 0  # characters that may still be dropped
        self._before = ""  # the last one that was

    def expect(self) -> None:
        """From now on, what comes up to the next prompt is the answer. From any thread."""
        self._before, self._room = "", MOST_LATE

    def forget(self) -> None:
        """None comes any more: the board has been brought to its prompt. From any thread."""
        self._room = 0

    def take(self, text: str) -> None:
        """Takes text; never with an empty string."""
        if not self._room:
            self._sink(text)
            return
        end = _END.search(self._before + text)
        if end is None:
            self._before, self._room = text[-1], max(0, self._room - len(text))
            return
        self._room = 0
        if rest := text[end.end() - len(self._before) :]:
            self._sink(rest)
