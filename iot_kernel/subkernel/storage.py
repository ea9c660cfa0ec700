"""Reads and writes what IPython's ``%store`` keeps, so that its own ``%store`` sees the same.

It is a directory of IPython's profile, and each variable is a file with a pickle. Only the process of host
cells looks into them: whoever can write to that directory can run code there in other ways too.
"""

from __future__ import annotations

import os
import pickle
import re
import secrets
import time
from pathlib import Path

from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError

#: Where IPython keeps variables, below the directory of its database.
DIRECTORY = "autorestore"

#: characters of a value's repr in a list.
REPR_LIMIT = 70

#: Looks at a file that is no whole pickle, and s between them: IPython writes in place.
LOOKS, LOOK_INTERVAL = 10, 0.05

_LINE_END = re.compile(r"\s*\n\s*")


class Storage:
    """The stored variables.

    Args:
        root: the directory of IPython's database.
    """

    def __init__(self, root: Path) -> None:
        self._directory = root / DIRECTORY

    def load(self, name: str) -> object:
        """Returns a value.

        Raises:
            VariableNotFoundError: there is none.
            UnmovableValueError: it cannot be read here.
        """
        path = self._directory / name
        for looks_left in reversed(range(LOOKS)):
            try:
                return pickle.loads(path.read_bytes())  # noqa: S301  see above
            except FileNotFoundError:
                raise VariableNotFoundError(name, "in storage") from None
            except (EOFError, pickle.UnpicklingError) as error:
                if not looks_left:
                    raise _unreadable(name, error) from None
                time.sleep(LOOK_INTERVAL)
            except Exception as error:  # noqa: BLE001  what a pickle names may do anything
                raise _unreadable(name, error) from None
        raise AssertionError("unreachable")

    def store(self, name: str, value: object) -> None:
        """Stores a value; others see the old one or the new one.

        Raises:
            OSError: it could not be written; the old one is as it was.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / name
        beside = self._directory.parent / f".{secrets.token_hex(8)}"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                pickle.dump(value, file, protocol=2)  # which IPython writes
            _make_newer(beside, path)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def forget(self, names: list[str]) -> None:
        """Forgets values.

        Raises:
            VariableNotFoundError: one is not there; none was forgotten.
        """
        known = set(self.names())
        for name in names:
            if name not in known:
                raise VariableNotFoundError(name, "in storage")
        for name in names:
            (self._directory / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forgets all values."""
        self.forget(self.names())

    def names(self) -> list[str]:
        """Returns the names of all that is there, sorted."""
        if not self._directory.is_dir():
            return []
        return sorted(path.name for path in self._directory.iterdir() if path.is_file())

    def rows(self) -> list[tuple[str, str]]:
        """Returns names with the beginning of each value's repr."""
        return [(name, self._repr(name)) for name in self.names()]

    def _repr(self, name: str) -> str:
        try:
            return _LINE_END.sub(" ", repr(self.load(name)))[:REPR_LIMIT]
        except Exception:  # noqa: BLE001  values are of any type
            return "<unavailable>"


def _make_newer(path: Path, old: Path) -> None:
    """Makes a file look at least a second newer than another.

    IPython reads a value again when the file's time has changed by whole seconds.
    """
    if old.exists():
        times = path.stat(), old.stat()
        newer = max(times[0].st_mtime, int(times[1].st_mtime) + 1)
        os.utime(path, (newer, newer))


def _unreadable(name: str, error: Exception) -> UnmovableValueError:
    return UnmovableValueError(name, f"what is stored cannot be read ({type(error).__name__}: {error})")
