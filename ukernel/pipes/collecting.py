"""Collects the samples of a pipe into an array."""

from __future__ import annotations

import math
import struct
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ukernel.pipes.client import Pipe, subscribe
from ukernel.pipes.framing import check_wanted
from ukernel.pipes.timed import Times, as_array

Decoder = Callable[[bytes], Any]

#: s without any sample after which a pipe that is not open counts as forgotten, where no time was given.
OPEN_TIMEOUT = 30.0

#: s of what has arrived by the deadline that are still read after it.
GRACE = 0.1

#: s that it may take to find a kernel until an error tells of it.
SEARCH = 0.5

_FLOAT = struct.Struct("<f")


class LossWarning(RuntimeWarning):
    """Messages of a pipe were lost on the way."""


def decode_float(data: bytes) -> float:
    """Reads a message as one little-endian 32-bit float.

    Raises:
        struct.error: it does not have four bytes.
    """
    if len(data) != _FLOAT.size:
        raise struct.error(
            f"a message of {len(data)} bytes is no 32-bit float: say what it is with decoder=, "
            "for example decoder=struct.Struct('<fff').unpack"
        )
    value: float = _FLOAT.unpack(data)[0]
    return value


def collect(
    name: str,
    *,
    n: int | None = None,
    seconds: float | None = None,
    decoder: Decoder | None = None,
    allow_empty: bool = False,
    timestamps: bool = False,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> Any:  # noqa: ANN401  an array, a list, or with its times
    """Waits for samples of a pipe: ``n``, or what comes in some seconds, whichever is first.

    Args:
        name: of the pipe.
        n: samples.
        seconds: of wall time, from the call; at least one of the two.
        decoder: makes a sample of a message; by default a little-endian 32-bit float. A tuple gives a row.
        allow_empty: return an empty array where nothing came.
        timestamps: return `Timed`: samples, when they were taken, by which clock, and how sure that is.
        host: see `subscribe`, as the others.
        port: where a kernel listens.
        token: the kernel's.
        device: the board.
        broker: an MQTT broker instead of a kernel.

    Returns:
        A NumPy array, or a list where NumPy is missing or the samples have different shapes.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: neither or nonsense was asked for.
        TimeoutError: nothing came until the time was over, the pipe was closed, or for 30 s while it was not
            open.
        ConnectionError: no kernel was found.

    Warns:
        LossWarning: samples were lost on the way.
    """
    check_wanted(name, broker)
    check_limits(n, seconds)
    check_decoder(decoder)
    reading = Reading(seconds)
    values: list[Any] = []
    times = Times()
    with subscribe(name, host=host, port=port, token=token, device=device, broker=broker) as pipe:
        for data in reading.messages(pipe, n):
            values.append((decoder or decode_float)(data))
            times.take(pipe)
    if not values and not allow_empty:
        raise TimeoutError(f"no samples from pipe {name!r}: {reading.why}")
    if pipe.lost:
        warnings.warn(
            f"pipe {name!r}: {pipe.lost} of {pipe.lost + len(values)} messages were lost", LossWarning, 2
        )
    return times.with_values(as_array(values)) if timestamps else as_array(values)


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
        raise TypeError(f"n is a whole number, not {n!r}")
    if n is not None and n.__index__() <= 0:
        raise ValueError(f"n is at least 1, not {n!r}")
    if seconds is not None and (isinstance(seconds, bool | str | bytes) or not hasattr(seconds, "__float__")):
        raise TypeError(f"seconds is a number, not {seconds!r}")
    if seconds is not None and not 0 < float(seconds) < math.inf:
        raise ValueError(f"seconds is more than 0, not {seconds!r}")


def check_decoder(decoder: object) -> None:
    """Checks that a decoder can be called.

    Raises:
        TypeError: it cannot.
    """
    if decoder is None or callable(decoder):
        return
    advice = f": struct.Struct({decoder!r}).unpack is one" if isinstance(decoder, str) else ""
    raise TypeError(f"decoder is a function, not {decoder!r}{advice}")


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

    def messages(self, pipe: Pipe, n: int | None = None) -> Iterator[bytes]:
        """Gives at most ``n`` messages; what has arrived by the end of the time is among them."""
        self._search = time.monotonic() - self._start
        count = 0
        while n is None or count < n:
            data = self._next(pipe, has_some=count > 0)
            if data is None:
                return
            count += 1
            yield data

    def _next(self, pipe: Pipe, *, has_some: bool) -> bytes | None:
        if self._end is not None:
            return self._next_in_time(pipe, self._end)
        data = pipe.read(None if has_some else OPEN_TIMEOUT)
        if data is None and not pipe.closed and self._is_open(pipe):
            data = pipe.read()
        if data is None and pipe.closed:
            self.why = "the pipe was closed"
        return data

    def _next_in_time(self, pipe: Pipe, end: float) -> bytes | None:
        remaining = end - time.monotonic()
        data = None if remaining < -GRACE else pipe.read(max(0.0, remaining))
        if data is None:
            self.why = (
                "the pipe was closed" if pipe.closed else f"none came in {self._seconds:g} s{self._spent()}"
            )
            if not pipe.closed:
                self._is_open(pipe, about=self.why)
        return data

    def _spent(self) -> str:
        """What else the time went to, where that matters."""
        return f", {self._search:.1f} s of them until a kernel was found" if self._search > SEARCH else ""

    def _is_open(self, pipe: Pipe, about: str = "") -> bool:
        """Whether the board has the pipe open; notes what is wrong where it has not."""
        about = about or f"none came in {OPEN_TIMEOUT:g} s"
        try:
            answer = pipe.address.ask(pipe.name)
        except OSError as error:
            self.why = f"{about}, and the {pipe.address.kind} does not answer ({error})"
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
