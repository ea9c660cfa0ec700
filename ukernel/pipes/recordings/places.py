"""Where a recording stands: one file, or a directory of files that follow one another.

Beside each final file ``NAME`` stands its journal ``.NAME.part`` while the recording is under way. One that
nobody writes any more was left by a recording that was killed, or whose disk was full; whoever records to the
same place next makes the file of it.
"""

from __future__ import annotations

import os
import re
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ukernel.pipes.recordings.formats import RecordFormat

_PART = re.compile(r"part-(\d{6,})")


class Slot(NamedTuple):
    """Where the next file goes.

    Attributes:
        journal: while it is written.
        target: at the end.
        like: a file of the same set, whose columns it shall have.
    """

    journal: Path
    target: Path
    like: Path | None = None


class RecordingPlace(ABC):
    """Where one recording goes; nobody else may write there meanwhile."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @abstractmethod
    def claim(self) -> None:
        """Makes sure that the recording can be written there, and rescues what a killed one has left.

        Raises:
            OSError: there is no such place, another recording writes there, or the rescue failed.
            ValueError: what was left cannot be read.
        """

    @abstractmethod
    def slot(self) -> Slot:
        """Gives the place of the next file.

        Raises:
            OSError: the directory cannot be made.
        """

    @abstractmethod
    def release(self) -> None:
        """Lets others write there. Twice is fine."""


class FilePlace(RecordingPlace):
    """A single file, which takes the place of an older one at the end.

    Args:
        path: of the file.
        kind: of recording.
    """

    def __init__(self, path: Path, kind: RecordFormat) -> None:
        self._path = path
        self._kind = kind
        self._target = path.resolve()  # what a link leads to, and not the link, is written anew
        self._journal = journal_of(self._target)

    def claim(self) -> None:
        """Gives a file to what a killed recording has left, under a name of its own."""
        _check_directory(self._path)
        if self._path.is_dir():
            raise IsADirectoryError(f"{self._path}: is a directory; rotate= records to one")
        if self._path.exists() and not os.access(self._path, os.W_OK):
            raise PermissionError(f"{self._path}: is there already, and you have no right to change it")
        if not self._journal.exists():
            return
        _check_unused(self._path, self._journal)
        rescued = _free(self._target)
        if self._kind.finish(self._journal, rescued):
            _tell_rescue(self._path, rescued)

    def slot(self) -> Slot:
        """Gives the place of the file."""
        return Slot(self._journal, self._target)

    def release(self) -> None:
        """Does nothing: the lock goes with the journal."""


class SetPlace(RecordingPlace):
    """A directory with files ``part-000001.csv`` and so on; the recording begins behind the last one.

    Args:
        path: of the directory.
        kind: of recording.
    """

    def __init__(self, path: Path, kind: RecordFormat) -> None:
        self._path = path
        self._kind = kind
        self._lock: int | None = None
        self._last: Path | None = None

    def claim(self) -> None:
        """Locks the directory, and makes the next file of what a killed recording has left."""
        _check_directory(self._path)
        if not self._path.exists():
            return
        if not self._path.is_dir():
            raise NotADirectoryError(f"{self._path}: is a file; with rotate= it is a directory of files")
        if not os.access(self._path, os.W_OK | os.X_OK):
            raise PermissionError(f"{self._path}: you have no right to write to this directory")
        self._take_lock()
        for journal in journals_in(self._path, self._kind.ending):
            target = journal.with_name(journal.name[1:].removesuffix(".part"))
            if target.exists():  # its process was killed in the instant between
                journal.unlink()
            elif self._kind.finish(journal, target):
                _tell_rescue(self._path, target)

    def slot(self) -> Slot:
        """Gives the place behind the last file."""
        if self._lock is None:
            self._path.mkdir(exist_ok=True)
            self._take_lock()
        if self._last is None or not self._last.exists():
            self._last = max(parts_in(self._path, self._kind.ending), key=number_of, default=None)
        number = 1 if self._last is None else number_of(self._last) + 1
        target = self._path / f"part-{number:06d}{self._kind.ending}"
        like, self._last = self._last, target
        return Slot(journal_of(target), target, like)

    def release(self) -> None:
        """Unlocks the directory."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _take_lock(self) -> None:
        if self._lock is not None or os.name != "posix":  # elsewhere the journal cannot be made twice
            return
        lock = os.open(self._path, os.O_RDONLY)
        if not _locked(lock):
            os.close(lock)
            raise busy(self._path)
        self._lock = lock


def journal_of(target: Path) -> Path:
    """Where the journal of a file stands. No program takes it for one of the files."""
    return target.with_name(f".{target.name}.part")


def journals_in(directory: Path, ending: str) -> list[Path]:
    """The journals of a set, in their order."""
    return _sorted(directory, f".part-*{ending}.part")


def parts_in(directory: Path, ending: str) -> list[Path]:
    """The files of a set, in their order."""
    return _sorted(directory, f"part-*{ending}")


def number_of(path: Path) -> int:
    """The number of a file or a journal of a set; 0 for none."""
    found = _PART.match(path.name.removeprefix("."))
    return int(found[1]) if found else 0


def hold(file: int) -> None:
    """Marks a journal as being written, as long as it is open."""
    _locked(file)


def busy(path: Path) -> OSError:
    """The error of one recording that meets another one."""
    return BlockingIOError(f"{path}: another recording is being written there")


def _sorted(directory: Path, pattern: str) -> list[Path]:
    return sorted((path for path in directory.glob(pattern) if number_of(path)), key=number_of)


def _locked(file: int) -> bool:
    """Takes the lock of an open file; whether nobody else has it. It goes with the process."""
    try:
        import fcntl
    except ImportError:  # on Windows nobody can take away a file that is open
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _check_directory(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no directory {path.parent}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(f"{path}: you have no right to write to the directory {path.parent}")


def _check_unused(path: Path, journal: Path) -> None:
    with journal.open("rb") as file:
        if not _locked(file.fileno()):
            raise busy(path)


def _free(target: Path) -> Path:
    """A name for what was rescued."""
    number = 1
    while (path := target.with_name(f"{target.stem}-rescued-{number}{target.suffix}")).exists():
        number += 1
    return path


def _tell_rescue(path: Path, rescued: Path) -> None:
    warnings.warn(
        f"{path}: an earlier recording was cut short; what it had is in {rescued.name} now",
        RuntimeWarning,
        stacklevel=4,  # the call of `record`
    )
