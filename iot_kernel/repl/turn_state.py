"""What is known of the current turn: who takes its output, what has come when, and what ended it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iot_kernel.protocol.events import Event
from iot_kernel.repl.transfer import Transfer

Sink = Callable[[bytes], None]


def drop(_: object) -> None:
    """A sink for what is not wanted."""


@dataclass(slots=True)
class TurnState:
    """The current turn, or the last one where none lasts.

    Guarded by the lock of `iot_kernel.repl.link_state.LinkState`. Times are seconds of the monotonic clock.

    Attributes:
        started_at: when the turn began.
        on_output: takes what running code prints.
        on_unsolicited: takes what is printed while no code runs.
        transfer: the transfer with the running code, where there is one.
        outcome: what ended the turn; None while it lasts.
        received_at: when anything came last.
        sent_at: when all that was to be sent had been sent.
        framed_at: when the last frame of the transfer came.
        accepted_at: when the board took the code.
        printed_at: when the code printed first.
        greeted_at: when the last text came that looks like a restart; None after a frame of the transfer: its
            code still runs.
        greeted_first: when the first one came.
        has_restarted: the transport has seen the board restart.
        interrupted_at: when the user interrupted last.
        interrupts: how often.
        typed: input of the user's for the running code, which is still to be sent.
        is_asking: the code has asked for input: until it ends nothing else must be sent to it.
        text: the end of what was printed while no code ran.
    """

    started_at: float
    on_output: Sink = drop
    on_unsolicited: Sink = drop
    transfer: Transfer | None = None
    outcome: Event | None = None
    received_at: float = 0.0
    sent_at: float = 0.0
    framed_at: float = 0.0
    accepted_at: float | None = None
    printed_at: float | None = None
    greeted_at: float | None = None
    greeted_first: float | None = None
    has_restarted: bool = False
    interrupted_at: float | None = None
    interrupts: int = 0
    typed: bytes = b""
    is_asking: bool = False
    text: bytes = b""

    @property
    def has_greeted(self) -> bool:
        """Whether the board seems to have restarted in this turn: what input is for is gone then."""
        return self.greeted_at is not None
