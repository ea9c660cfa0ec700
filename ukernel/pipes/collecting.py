"""Collects the samples of a pipe, or of several at the same time, into arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, overload

from ukernel.pipes.client import subscribe
from ukernel.pipes.gather import Gathering, gather
from ukernel.pipes.reader import Decoder
from ukernel.pipes.reading import Reading, check_decoder, check_limits
from ukernel.pipes.sources import Connect, Readable, Readables, as_readable, is_several, labelled, opened
from ukernel.pipes.timed import Times, as_array
from ukernel.pipes.timed_pipes import TimedPipes


class LossWarning(RuntimeWarning):
    """Messages of a pipe were lost on the way."""


class EndWarning(RuntimeWarning):
    """One of several pipes has ended before it had as many samples as were wanted, or had none."""


@overload
def collect(
    name: Readable,
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
) -> Any: ...  # noqa: ANN401  an array, a list, or with its times


@overload
def collect(
    name: Readables,
    *,
    n: int | None = None,
    seconds: float | None = None,
    decoder: Decoder | None = None,
    allow_empty: bool = False,
    timestamps: Literal[False] = False,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> dict[str, Any]: ...


@overload
def collect(
    name: Readables,
    *,
    n: int | None = None,
    seconds: float | None = None,
    decoder: Decoder | None = None,
    allow_empty: bool = False,
    timestamps: Literal[True],
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    device: str | None = None,
    broker: str | None = None,
) -> TimedPipes: ...


def collect(
    name: Readable | Readables,
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
) -> Any:
    """Waits for samples of a pipe: ``n``, or what comes in some seconds, whichever is first.

    Several pipes are read at the same time: ``collect(["a:adc", "b:adc"], seconds=1, timestamps=True)`` reads
    those of the boards ``a`` and ``b``, each to its limit. With ``timestamps=True`` all have one time axis.
    When one of them ends, the others go on, and what it has brought is kept.

    Args:
        name: of the pipe; or a pipe that is open, which stays so; or a list of them, in which
            ``"board:name"`` stands for the pipe of a board, by its name, uid or url; or a dictionary, whose
            keys say what each shall be called.
        n: samples, of each pipe.
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
        A NumPy array, or a list where NumPy is missing or the samples have different shapes. Of several pipes
        a dictionary with that for each; with ``timestamps=True`` it is a `TimedPipes`.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: neither or nonsense was asked for, or two pipes have the same name.
        TimeoutError: nothing came until the time was over, the pipe was closed, or for 30 s while it was not
            open; of several: nothing from any.
        ConnectionError: no kernel was found, or two have boards with the same name.

    Warns:
        LossWarning: samples were lost on the way.
        EndWarning: one of several pipes ended early, or brought nothing.
    """
    connect = partial(subscribe, host=host, port=port, token=token, device=device, broker=broker)
    if is_several(name):
        sources = labelled(name, port)
        check_limits(n, seconds)
        check_decoder(decoder)
        found = gather(sources, connect, n=n, seconds=seconds, decoder=decoder)
        return _several(found, allow_empty=allow_empty, timestamps=timestamps)
    source = as_readable(name, broker)
    check_limits(n, seconds)
    check_decoder(decoder)
    return _one(source, connect, n, seconds, decoder, allow_empty=allow_empty, timestamps=timestamps)


def _one(
    source: Readable,
    connect: Connect,
    n: int | None,
    seconds: float | None,
    decoder: Decoder | None,
    *,
    allow_empty: bool,
    timestamps: bool,
) -> Any:  # noqa: ANN401
    reading = Reading(seconds)
    values: list[Any] = []
    times = Times()
    with opened(source, connect) as pipe:
        decode = pipe.decoder(decoder)
        for data in reading.messages(pipe, n):
            values.append(decode(data))
            times.take(pipe)
    if not values and not allow_empty:
        raise TimeoutError(f"no samples from pipe {pipe.name!r}: {reading.why}")
    _tell_losses(pipe.name, pipe.lost, len(values))
    return times.with_values(as_array(values)) if timestamps else as_array(values)


def _several(found: Mapping[str, Gathering], *, allow_empty: bool, timestamps: bool) -> dict[str, Any]:
    ends = {label: why for label, gathering in found.items() if (why := gathering.early_end())}
    if not allow_empty and not any(gathering.values for gathering in found.values()):
        raise TimeoutError(
            "no samples from any pipe; " + "; ".join(f"{label!r}: {why}" for label, why in ends.items())
        )
    for label, gathering in found.items():
        if label in ends:
            count = len(gathering.values) or "no"
            warnings.warn(f"pipe {label!r}: {ends[label]}; it has {count} samples", EndWarning, 3)
        _tell_losses(label, gathering.pipe.lost, len(gathering.values), level=4)
    arrays = {label: as_array(gathering.values) for label, gathering in found.items()}
    if not timestamps:
        return arrays
    return TimedPipes({label: found[label].times.with_values(array) for label, array in arrays.items()})


def _tell_losses(label: str, lost: int, count: int, level: int = 4) -> None:
    if lost:
        warnings.warn(f"pipe {label!r}: {lost} of {lost + count} messages were lost", LossWarning, level)
