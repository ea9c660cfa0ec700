"""The registry's file: JSON, only for its owner, always whole, changed by one kernel at a time.

It is ours alone, yet everything in it is checked: it may be edited, damaged, or written by another version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from iot_kernel.boards.registry_entry import Entry
from iot_kernel.errors import ConfigError, ConnectError
from iot_kernel.private_files import private_directory, read_small, write_private
from iot_kernel.text import printable
from iot_kernel.urls import normalise, normalise_uid

VERSION = 1
FILE_LIMIT = 1_000_000  # bytes; an entry has about 250
ENTRY_LIMIT = 1000  # entries; the ones longest not seen go first
URL_LIMIT = 500  # characters
LOCK_TIMEOUT = 5.0  # s; a change takes some milliseconds

_ADVICE = "'%discover -f' puts it aside and starts a new one"


class RegistryFile:
    """Reads and changes the file; the constructor touches nothing.

    Args:
        path: the file; its directory is made when it is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Entry]:
        """All entries, in their order; none when there is no file.

        Raises:
            ConfigError: the file cannot be read, or is broken.
        """
        data = read_small(self.path, FILE_LIMIT, _ADVICE)
        return [] if data is None else self._parse(data)

    def update(self, change: Callable[[list[Entry]], list[Entry]], *, renew: bool = False) -> None:
        """Applies a change to the entries while no other kernel can.

        Args:
            change: gives the new entries for the old ones.
            renew: put a broken file aside instead of giving up.

        Raises:
            ConfigError: the file is broken, or it cannot be written, or another kernel does not let go of it.
        """
        with self._locked():
            try:
                entries = self.read()
            except ConfigError:
                if not renew:
                    raise
                entries = []
                with suppress(OSError):  # then it is overwritten: nobody can read it
                    self.path.replace(self.path.with_name(self.path.name + ".broken"))
            self._write(_capped(change(entries)))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        private_directory(self.path.parent, "set JUPYTER_DATA_DIR to a directory of your own")
        lock = FileLock(self.path.with_name(self.path.name + ".lock"), mode=0o600, thread_local=False)
        try:
            lock.acquire(timeout=LOCK_TIMEOUT, poll_interval=0.01)
        except Timeout:
            problem = f"another kernel has kept it locked for {LOCK_TIMEOUT:g} s; restart that kernel"
            raise ConfigError(str(self.path), problem) from None
        except OSError as error:
            raise ConfigError(str(self.path), f"cannot be locked ({error.strerror})") from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, entries: list[Entry]) -> None:
        text = json.dumps({"version": VERSION, "entries": [asdict(entry) for entry in entries]}, indent=1)
        try:
            write_private(self.path, text + "\n")
        except OSError as error:
            raise ConfigError(str(self.path), f"cannot be written ({error.strerror})") from error

    def _parse(self, data: bytes) -> list[Entry]:
        try:
            content = json.loads(data)
        except json.JSONDecodeError as error:
            raise ConfigError(str(self.path), f"is no JSON ({error.msg}); {_ADVICE}", error.lineno) from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(str(self.path), f"is no JSON; {_ADVICE}") from error
        if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
            raise ConfigError(str(self.path), f"is no registry of boards; {_ADVICE}")
        if content.get("version") != VERSION:
            raise ConfigError(str(self.path), f"was written by another version of the IoT Kernel; {_ADVICE}")
        entries = [self._entry(item) for item in content["entries"]]
        return list({entry.url: entry for entry in entries}.values())

    def _entry(self, item: object) -> Entry:
        try:
            return _checked(item)
        except (TypeError, ValueError, KeyError, ConnectError) as error:
            raise ConfigError(str(self.path), f"has an entry that makes no sense; {_ADVICE}") from error


def _checked(item: object) -> Entry:
    if not isinstance(item, dict):
        raise TypeError
    given: dict[str, Any] = {field.name: item[field.name] for field in fields(Entry) if field.name in item}
    for name, value in given.items():
        kinds = (
            (bool,)
            if name in ("by_hand", "registered", "hidden")
            else (int, float)
            if name == "seen"
            else (str,)
        )
        if not isinstance(value, kinds):
            raise TypeError(name)
        if isinstance(value, str):
            given[name] = printable(value, URL_LIMIT)
    return Entry(**given | {"url": normalise(given["url"]), "uid": normalise_uid(given.get("uid", "")) or ""})


def _capped(entries: list[Entry]) -> list[Entry]:
    if len(entries) <= ENTRY_LIMIT:
        return entries
    latest = sorted(entries, key=lambda entry: (entry.registered, entry.by_hand, entry.seen), reverse=True)[
        :ENTRY_LIMIT
    ]
    return [entry for entry in entries if entry in latest]
