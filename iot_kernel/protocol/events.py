"""The events of the raw REPL: what a board said, as values. Nothing else belongs here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entered:
    """The raw REPL answered; the board waits for code."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The board has taken the whole code and starts to compile and run it."""


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes printed while code runs; also what threads print meanwhile."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """The code ended. An empty traceback means that it ended well, if that is known.

    Attributes:
        traceback: as the board printed it.
        is_lost: the board waits for code, but how the code before ended was lost on the wire, or among output
            that looks like an end.
    """

    traceback: bytes
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """Bytes printed while no code of ours runs: a thread, a timer, or a board that restarts."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Rebooted:
    """The interpreter restarted and is in the raw REPL again: all variables are gone."""


@dataclass(frozen=True, slots=True)
class GreetingSeen:
    """The text that a board prints when it starts went by: it may have left the raw REPL."""


@dataclass(frozen=True, slots=True)
class Desynchronised:
    """Between turns 0x04 came, the raw REPL's own end mark: an output may have ended only now."""


@dataclass(frozen=True, slots=True)
class MessagesSpoken:
    """What answers is no raw REPL, but firmware that talks in messages: see `message_repl`."""


@dataclass(frozen=True, slots=True)
class PasteRefused:
    """The firmware has no raw-paste mode; the board waits for code."""


Event = (
    Entered
    | Accepted
    | Output
    | Finished
    | Unsolicited
    | Rebooted
    | GreetingSeen
    | Desynchronised
    | MessagesSpoken
    | PasteRefused
)
