"""What a search finds before any board is asked, as values."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ADVERTS = 64  # different addresses a search takes note of; a house full of boards has fewer


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address at which a board may answer.

    Attributes:
        url: in normal form.
        uid: what an announcement says; empty where there is none.
        serial_number: of the USB device, empty where there is none.
    """

    url: str
    uid: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An address that is not asked, or did not answer.

    Attributes:
        url: where; for people.
        reason: why, and what to do.
        usual: this is so on most computers; only who wants to know everything is told.
        board: what the known board is called that is not there; empty for any other address.
    """

    url: str
    reason: str
    usual: bool = False
    board: str = ""


@dataclass(frozen=True, slots=True)
class Advert:
    """A board says that it is there. Anybody on the network can say so.

    Attributes:
        url: where it says that it is, in normal form.
        uid: who it says that it is, in normal form; empty when it does not say.
        problem: why it cannot be used whoever it is; empty when it can.
    """

    url: str
    uid: str = ""
    problem: str = ""
