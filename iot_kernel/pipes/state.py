"""Writes this kernel's entries in the state file, where other processes look for kernels.

Several kernels share the file, so each change is made under a lock beside it. Entries of dead processes go
with the next change. A file that somebody deletes or breaks is made anew by the kernels that live.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from iot_kernel.errors import ConfigError
from iot_kernel.private_files import private_directory, write_private
from ukernel.pipes.endpoints import PATH_VARIABLE, KernelEntry, StateError, entries_in, read_state

#: s; a change takes milliseconds.
PATIENCE = 2.0

_ADVICE = f"set {PATH_VARIABLE} to a file in a directory of your own"


class StateFile:
    """This kernel's entries. The constructor touches nothing.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = None  # the look of the file when our entry stood in it

    def put(self, *entries: KernelEntry) -> None:
        """Writes the entries of this process, one for each board, in place of those before.

        Raises:
            ConfigError: the file cannot be written.
        """
        self._change(lambda others: [*entries, *others])

    def mend(self, *entries: KernelEntry) -> None:
        """Writes the entries again if they do not stand in the file any more. Waits for nobody.

        A file that names kernels none of which lives here is left alone: another computer shares it, and
        would take it back. Never raises: what cannot be written now may be the next time.
        """
        seen = self._look()
        if seen is not None and seen == self._seen:
            return
        state = self._state()
        alive = entries_in(state)
        if set(entries) <= set(alive) or (state.get("kernels") and not alive):
            self._seen = seen
            return
        with contextlib.suppress(ConfigError):
            self._change(lambda others: [*entries, *others], patience=0)

    def remove(self) -> None:
        """Takes the entry of this process out.

        Raises:
            ConfigError: the file cannot be written.
        """
        if self.path.exists():
            self._change(lambda others: others)

    def _change(
        self, change: Callable[[list[KernelEntry]], list[KernelEntry]], patience: float = PATIENCE
    ) -> None:
        private_directory(self.path.parent, _ADVICE)
        try:
            with FileLock(f"{self.path}.lock", timeout=patience, mode=0o600):
                alive = [entry for entry in entries_in(self._state()) if entry.pid]
                self._write(change([entry for entry in alive if entry.pid != os.getpid()]))
                self._seen = self._look()
        except Timeout:
            raise ConfigError(str(self.path), f"another process holds {self.path}.lock; {_ADVICE}") from None
        except OSError as error:
            raise ConfigError(str(self.path), f"cannot be written ({error.strerror}); {_ADVICE}") from error

    def _look(self) -> tuple[int, ...] | None:
        """Something that differs after each change; None for no file."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _state(self) -> dict[str, object]:
        """What the file says; a broken one says nothing, and is replaced."""
        try:
            return read_state(self.path)
        except StateError:
            return {}

    def _write(self, entries: list[KernelEntry]) -> None:
        state: dict[str, object] = {"version": 1}
        if entries:
            state["pipe_port"] = max(entries, key=lambda entry: entry.started).port
        state["kernels"] = [entry._asdict() for entry in entries]
        write_private(self.path, json.dumps(state, indent=1) + "\n")
