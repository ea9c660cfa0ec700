"""The states of a dialogue with the raw REPL: where a board is, as far as the host knows."""

from __future__ import annotations

import enum


class State(enum.Enum):
    """Where the board is, as far as the host knows."""

    UNKNOWN = "connected to something unknown"
    ENTERING = "entering the raw REPL"
    READY = "waiting for code"
    ASKING_PASTE = "asking for raw-paste mode"
    PASTING = "sending code in raw-paste mode"
    PASTED = "waiting for the code to be taken (raw-paste)"
    SENT = "waiting for the code to be taken"
    STDOUT = "running code"
    ENDING = "waiting for the end mark"
    STDERR = "reading the traceback"
    PROMPT = "waiting for the prompt"
    RESYNC = "looking for the end of the output"
    DRAINING = "waiting for the answer to a question"
    RESETTING = "waiting for the soft reset"

    #: by identity: that of enumerations is a function of Python's, and each piece of a dialogue asks for it
    __hash__ = object.__hash__


#: States in which code of ours is on the board or on its way there.
EXECUTING = frozenset(
    {
        State.ASKING_PASTE,
        State.PASTING,
        State.PASTED,
        State.SENT,
        State.STDOUT,
        State.ENDING,
        State.STDERR,
        State.PROMPT,
        State.RESYNC,
        State.DRAINING,
    }
)

#: States in which a greeting tells that the board may have restarted.
WATCHED = frozenset({State.UNKNOWN, State.READY, State.STDOUT})

#: States in which all of the code has been sent. A board that has not taken it loses Ctrl-C, or the code.
ON_THEIR_WAY = frozenset({State.SENT, State.PASTED})

#: States in which the code has ended, or seems to have; if nothing more comes, something was lost.
ENDED = frozenset({State.ENDING, State.STDERR, State.PROMPT, State.DRAINING})
