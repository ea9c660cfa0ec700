"""What can be read as a pipe: its name, ``board:name`` among several, or a pipe that is open already."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, TypeGuard

from ukernel.pipes.framing import check_wanted
from ukernel.pipes.reader import PipeReader

Readable: TypeAlias = str | PipeReader

#: Several of them; a mapping says what each shall be called.
Readables: TypeAlias = Iterable[Readable] | Mapping[str, Readable]

#: Subscribes to the pipe of this name; with ``device=``, to that of another board.
Connect: TypeAlias = Callable[..., PipeReader]

#: Pipes that are read at the same time, each by a thread; twice as many as the boards of a large bench.
MOST_PIPES = 100


def as_readable(source: object, broker: str | None = None) -> Readable:
    """Returns the name of a pipe, or the pipe.

    Raises:
        TypeError: this is neither a name nor a pipe.
        ValueError: no pipe can have this name.
    """
    return source if isinstance(source, PipeReader) else check_wanted(source, broker)


@contextlib.contextmanager
def opened(source: Readable, connect: Connect) -> Iterator[PipeReader]:
    """Opens a pipe for the time of the block. One that was open already stays so: it is its owner's."""
    if isinstance(source, PipeReader):
        yield source
    else:
        with connect(source) as pipe:
            yield pipe


def is_several(source: Readable | Readables) -> TypeGuard[Readables]:
    """Whether several pipes are meant, or one of them in a list."""
    return not isinstance(source, str | PipeReader) and isinstance(source, Iterable)


def labelled(sources: Readables, port: int | None = None) -> dict[str, Readable]:
    """Gives several pipes by what each is called: as it was written, or as the pipe says.

    Args:
        sources: the pipes.
        port: of the kernel that was given for all of them, if one was.

    Raises:
        TypeError: one is neither a name nor a pipe.
        ValueError: there are none, too many, two with the same name, a name that no pipe can have, or a
            board where the port of a kernel is given already.
    """
    pairs = (
        sources.items() if isinstance(sources, Mapping) else ((_label(source), source) for source in sources)
    )
    found: dict[str, Readable] = {}
    for label, source in pairs:
        as_readable(split(source)[1] if isinstance(source, str) else source)
        if port is not None and isinstance(source, str) and split(source)[0]:
            raise ValueError(
                f"{source!r} is the pipe of a board, and port= says which kernel: give one of them"
            )
        if not isinstance(label, str):
            raise TypeError(f"the name for a pipe must be a str, not {label!r}")
        if label in found:
            raise ValueError(
                f"two pipes are called {label!r}: name boards by their uids ('UID:NAME'), or give a "
                "dictionary that says what each pipe shall be called"
            )
        found[label] = source
    if not 0 < len(found) <= MOST_PIPES:
        raise ValueError(f"1 to {MOST_PIPES} pipes can be read at the same time, not {len(found)}")
    return found


def split(text: str) -> tuple[str | None, str]:
    """Takes ``board:name`` apart at the last colon, as addresses of boards have some; None for no board."""
    board, _, name = text.rpartition(":")
    return board or None, name


def connect_one(source: Readable, connect: Connect) -> PipeReader:
    """Opens one of several pipes.

    Raises:
        ConnectionError: no kernel was found.
    """
    if isinstance(source, PipeReader):
        return source
    board, name = split(source)
    return connect(name) if board is None else connect(name, device=board)


def _label(source: object) -> object:
    return source.label if isinstance(source, PipeReader) else source
