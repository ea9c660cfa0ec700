"""Writes this kernel's entry in the state file, where other processes look for kernels.

Several kernels share the file, so each change is made under a lock beside it. Entries of dead processes go
with the next change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from iot_kernel.errors import ConfigError
from iot_kernel.pipes.places import PATH_VARIABLE, Entry, StateError, entries_in, read_state
from iot_kernel.storage import private_directory, write_private

#: s; a change takes milliseconds.
PATIENCE = 2.0

_ADVICE = f"set {PATH_VARIABLE} to a file in a directory of your own"


class StateFile:
    """This kernel's entry. The constructor touches nothing.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, entry: Entry) -> None:
        """Writes the entry of this process, in place of the one before.

        Raises:
            ConfigError: the file cannot be written.
        """
        self._change(lambda others: [entry, *others])

    def remove(self) -> None:
        """Takes the entry of this process out.

        Raises:
            ConfigError: the file cannot be written.
        """
        if self.path.exists():
            self._change(lambda others: others)

    def _change(self, change: Callable[[list[Entry]], list[Entry]]) -> None:
        private_directory(self.path.parent, _ADVICE)
        try:
            with FileLock(f"{self.path}.lock", timeout=PATIENCE, mode=0o600):
                self._write(change([entry for entry in self._entries() if entry.pid != os.getpid()]))
        except Timeout:
            raise ConfigError(str(self.path), f"another process holds {self.path}.lock; {_ADVICE}") from None
        except OSError as error:
            raise ConfigError(str(self.path), f"cannot be written ({error.strerror}); {_ADVICE}") from error

    def _entries(self) -> list[Entry]:
        """Those of living kernels; a broken file is replaced."""
        try:
            return [entry for entry in entries_in(read_state(self.path)) if entry.pid]
        except StateError:
            return []

    def _write(self, entries: list[Entry]) -> None:
        state: dict[str, object] = {"version": 1}
        if entries:
            state["pipe_port"] = max(entries, key=lambda entry: entry.started).port
        state["kernels"] = [entry._asdict() for entry in entries]
        write_private(self.path, json.dumps(state, indent=1) + "\n")
