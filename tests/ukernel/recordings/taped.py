"""Samples for tapes, without a kernel."""

from dataclasses import dataclass
from pathlib import Path

from ukernel.pipes.recordings.kinds import format_of
from ukernel.pipes.recordings.places import FilePlace, SetPlace
from ukernel.pipes.recordings.rotation import read_rotation
from ukernel.pipes.recordings.tape import Tape

ENDINGS = (".csv", ".npz", ".parquet")


@dataclass
class Message:
    """What a tape wants to know of a pipe."""

    arrived: float
    clock: int | None = None
    lost: int = 0


def open_tape(path, rotate=None, labels=None):
    path = Path(path)
    kind = format_of(path)
    rotation = None if rotate is None else read_rotation(rotate)
    place = FilePlace(path, kind) if rotation is None else SetPlace(path, kind)
    place.claim()
    return Tape(path, place, kind, labels, rotation, lambda done, is_last: None), place


def tape_all(path, values, *, rotate=None, labels=None, start=1000.0, step=0.01, clock=None, lost=None):
    """Records values, one each ``step`` seconds; gives what was recorded."""
    tape, place = open_tape(path, rotate, labels)
    with place:
        try:
            for number, value in enumerate(values):
                at = start + number * step
                stamp = None if clock is None else round((clock + number * step) * 1e6) % 2**30
                tape.take(Message(at, stamp, (lost or {}).get(number, 0)), value)
        finally:
            done = tape.end()
        return done


def rows_in(path):
    """The rows of a file, or of all files of a set."""
    files = sorted(path.glob("part-*")) if path.is_dir() else [path]
    return [row for file in files for row in format_of(file).read(file).rows]
