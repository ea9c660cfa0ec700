"""Reads a pipe up to a limit, and says why the reading ended. Standard library only."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping

from ukernel.pipes.reader import PipeReader

#: s without any sample after which a pipe that is not open counts as forgotten, where no time was given.
OPEN_TIMEOUT = 30.0

#: s of what has arrived by the deadline that are still read after it.
GRACE = 0.1

#: s that it may take to find a kernel until an error tells of it.
SEARCH = 0.5

#: why a reading ended that was neither long enough nor late
CLOSED = "the pipe was closed"


def check_limits(n: object, seconds: object, *, needs_one: bool = True) -> None:
    """Checks how much is wanted.

    Raises:
        TypeError: no numbers.
        ValueError: no numbers that make sense, or none at all.
    """
    if n is None and seconds is None:
        if needs_one:
            raise ValueError("how much? give n (samples), seconds, or both")
        return
    if n is not None and (isinstance(n, bool) or not hasattr(n, "__index__")):
        raise TypeError(f"n must be a whole number, not {n!r}")
    if n is not None and n.__index__() <= 0:
        raise ValueError(f"n must be at least 1, not {n!r}")
    if seconds is not None and (isinstance(seconds, bool | str | bytes) or not hasattr(seconds, "__float__")):
        raise TypeError(f"seconds must be a number, not {seconds!r}")
    if seconds is not None and not 0 < float(seconds) < math.inf:
        raise ValueError(f"seconds must be more than 0, not {seconds!r}")


def check_decoder(decoder: object) -> None:
    """Checks that a decoder can be called.

    Raises:
        TypeError: it cannot.
    """
    if decoder is None or callable(decoder):
        return
    advice = f": struct.Struct({decoder!r}).unpack is one" if isinstance(decoder, str) else ""
    raise TypeError(f"decoder must be a function, not {decoder!r}{advice}")


class Reading:
    """Reads a pipe up to a limit.

    Args:
        seconds: from now; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._start = time.monotonic()
        self._end = None if seconds is None else self._start + float(seconds)
        self._search = 0.0  # s until a kernel was found
        #: why the reading ended
        self.why = ""

    def messages(self, pipe: PipeReader, n: int | None = None) -> Iterator[bytes]:
        """Gives at most ``n`` messages; what has arrived by the end of the time is among them."""
        self._search = time.monotonic() - self._start
        count = 0
        while n is None or count < n:
            data = self._next(pipe, has_some=count > 0)
            if data is None:
                return
            count += 1
            yield data

    def _next(self, pipe: PipeReader, *, has_some: bool) -> bytes | None:
        if self._end is not None:
            return self._next_in_time(pipe, self._end)
        data = pipe.read(None if has_some else OPEN_TIMEOUT)
        if data is None and not pipe.closed and self._is_open(pipe):
            data = pipe.read()
        if data is None and pipe.closed:
            self.why = CLOSED
        return data

    def _next_in_time(self, pipe: PipeReader, end: float) -> bytes | None:
        remaining = end - time.monotonic()
        data = None if remaining < -GRACE else pipe.read(max(0.0, remaining))
        if data is None:
            self.why = CLOSED if pipe.closed else f"none came in {self._seconds:g} s{self._spent()}"
            if not pipe.closed:
                self._is_open(pipe, about=self.why)
        return data

    def _spent(self) -> str:
        """What else the time went to, where that matters."""
        return f", {self._search:.1f} s of them until a kernel was found" if self._search > SEARCH else ""

    def _is_open(self, pipe: PipeReader, about: str = "") -> bool:
        """Whether the board has the pipe open; notes what is wrong where it has not."""
        about = about or f"none came in {OPEN_TIMEOUT:g} s"
        try:
            answer = pipe.ask()
        except OSError as error:
            self.why = f"{about}, and the {pipe.kind} does not answer ({error})"
            return False
        is_open = bool(answer.get("open"))
        self.why = about if is_open else f"{about}, and {_instead(answer)}"
        return is_open


def _instead(answer: Mapping[str, object]) -> str:
    """What there is instead of the pipe."""
    if isinstance(instead := answer.get("instead"), str):
        return instead
    names = answer.get("pipes")
    if isinstance(names, list) and names:
        return f"no such pipe is open on the board, only {', '.join(map(repr, names))}"
    if answer.get("url") == "":
        return "no board is connected"
    return "no such pipe is open on the board, nor any other"
