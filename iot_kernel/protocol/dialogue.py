"""The state that `raw_repl` and `running_code` share: what came and is not understood yet, what is to go.

Nothing is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from iot_kernel.protocol.events import Event, GreetingSeen, Output, Unsolicited
from iot_kernel.protocol.greeting import GreetingWatch
from iot_kernel.protocol.incoming import Incoming
from iot_kernel.protocol.marks import CTRL_A, CTRL_D
from iot_kernel.protocol.state import WATCHED, State


class Dialogue:
    """One board's dialogue.

    Attributes:
        state: where the board is, as far as the host knows.
        incoming: bytes that are not understood yet.
        events: what became of those before.
        outgoing: what the host has to say.
        banners_due: Ctrl-As that have not been answered.
        has_greeted: the board has said what it says when it starts, since code was last taken.
    """

    def __init__(self) -> None:
        self.state = State.UNKNOWN
        self.incoming = Incoming()
        self.events: list[Event] = []
        self.outgoing = b""
        self.banners_due = 0
        self.has_greeted = False
        self._greetings = GreetingWatch()

    def emit(self, kind: type[Output] | type[Unsolicited], data: bytes) -> None:
        """Makes an event of bytes, without 0x04; none of no bytes."""
        if data and (data := data.replace(CTRL_D, b"")):
            self.events.append(kind(data))
            if self.state in WATCHED and self._greetings.finds(data):
                self.has_greeted = True
                self.events.append(GreetingSeen())

    def next_mark(
        self,
        marks: re.Pattern[bytes],
        kind: type[Output] | type[Unsolicited],
        *,
        held: Callable[[], int] | int | None = None,
    ) -> re.Match[bytes] | None:
        """Takes the next mark and emits what stands before it.

        Args:
            marks: what is looked for.
            kind: what the bytes before it are.
            held: how many bytes at the end may be the beginning of a mark, or what counts them where no mark
                is found; None for that of a banner.
        """
        mark = marks.search(self.incoming.data)
        if mark is not None:
            self.emit(kind, self.incoming.take_mark(mark))
            return mark
        if held is None:
            held = self.incoming.maybe_banner
        self.emit(kind, self.incoming.take_all_but(held if isinstance(held, int) else held()))
        return None

    def ask_banner(self) -> None:
        """Sends Ctrl-A, which an idle board answers with its banner."""
        self.outgoing += CTRL_A
        self.banners_due += 1

    def banner_came(self) -> bool:
        """Counts a banner; returns whether it may answer a Ctrl-A."""
        was_due = self.banners_due > 0
        self.banners_due = max(0, self.banners_due - 1)
        return was_due
