"""The boards that are known: which addresses lead to which board. Kept in a file that all kernels share.

An entry is an address; a board with a cable and Wi-Fi has two. Names are not stored, they come from the
device files at the time of asking. Nothing here contacts a board. The file is read on every question and
written under a lock, so that kernels see each other's boards.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from iot_kernel.boards.errors import AmbiguousDeviceError, DeviceNotFoundError
from iot_kernel.boards.registry_entry import Entry, by_preference, label, merged, moved, outdated, put
from iot_kernel.boards.registry_file import RegistryFile
from iot_kernel.config import Configuration
from iot_kernel.device.info import DeviceInfo
from iot_kernel.errors import ConfigError
from iot_kernel.private_files import data_directory
from iot_kernel.text import printable
from iot_kernel.urls import is_url, normalise, normalise_uid, scheme_of


class DeviceRegistry:
    """Known boards by name, uid and address. The constructor touches nothing.

    Args:
        configuration: gives the names.
        path: the file; by default ``iot-kernel/registry.json`` in Jupyter's data directory.
    """

    def __init__(self, configuration: Configuration, path: Path | None = None) -> None:
        self.configuration = configuration
        self._file = RegistryFile(path or data_directory() / "registry.json")

    def entries(self) -> list[Entry]:
        """What is known and not unregistered, in the order in which it became known.

        Raises:
            ConfigError: the registry's file cannot be used.
        """
        return [entry for entry in self._file.read() if not entry.hidden]

    def all_entries(self) -> list[Entry]:
        """What is known, unregistered entries too, in the order in which it became known.

        Raises:
            ConfigError: the registry's file cannot be used.
        """
        return self._file.read()

    def entry_at(self, url: str) -> Entry | None:
        """The entry of an address, an unregistered one too.

        Raises:
            ConnectError: this is no address.
            ConfigError: the registry's file cannot be used.
        """
        wanted = normalise(url)
        return next((entry for entry in self._file.read() if entry.url == wanted), None)

    def name_of(self, uid: str, url: str) -> str:
        """What to call a board: its configured name, else its uid, else its address.

        Device files that cannot be used give no names here; `Configuration.take_notes` says why.

        Args:
            uid: empty where the board has none.
            url: its address.
        """
        return self._names_or_none().get(uid) or uid or url

    def names(self) -> dict[str, str]:
        """The configured names, by uid.

        Raises:
            ConfigError: a device file cannot be used.
        """
        return {device.uid: device.name for device in self.configuration.devices()}

    def resolve(self, text: str, schemes: Sequence[str] = ()) -> Entry:
        """Finds the address that a name, a uid or an address means.

        An address needs not be known: it was typed, which counts as registered by hand.

        Args:
            text: what the user wrote.
            schemes: the kinds of connection that will do, best first; empty for all, serial before WebREPL.

        Raises:
            DeviceNotFoundError: nothing known answers to it.
            ConnectError: it looks like an address and cannot be one.
            ConfigError: it can only be a name, and a device file cannot be used; or the registry's file
                cannot.
        """
        return self.candidates(text, schemes)[0]

    def candidates(self, text: str, schemes: Sequence[str] = ()) -> list[Entry]:
        """All addresses that `resolve` chooses from, best first: by scheme, then the one seen last.

        Raises:
            the same as `resolve`.
        """
        text = text.strip()
        if is_url(text):
            return [self._typed(normalise(text))]
        known = self.entries()
        uid = self._uid_of(text)
        same = [entry for entry in known if uid and entry.uid == uid]
        found = by_preference(same, schemes)
        if same and not found:
            raise DeviceNotFoundError(f"{text} by {', '.join(schemes)}", [entry.url for entry in same])
        if not found:
            raise DeviceNotFoundError(printable(text), self._labels(known))
        return found

    def only(self, among: Sequence[Entry]) -> Entry:
        """The only board there is; a board with several addresses is one.

        Args:
            among: the entries to choose from.

        Raises:
            DeviceNotFoundError: there is none.
            AmbiguousDeviceError: there are several; it names them.
        """
        entries = by_preference(list(among), ())
        if not entries:
            raise DeviceNotFoundError("")
        names = self._names_or_none()
        urls: dict[str, str] = {}
        for entry in entries:
            urls.setdefault(label(entry, names), entry.url)
        if len(urls) > 1:
            raise AmbiguousDeviceError("", urls)
        return entries[0]

    def password_for(self, entry: Entry) -> str | None:
        """The WebREPL password for an address, None when it has none or may not have it.

        Raises:
            ConfigError: the secrets file or a device file cannot be used.
        """
        return self.configuration.password_for(entry.uid, entry.url, by_hand=entry.by_hand)

    def remember(
        self, url: str, info: DeviceInfo, *, serial_number: str = "", by_hand: bool = False
    ) -> Entry:
        """Stores that a board answered at an address, and returns its entry.

        What was unregistered stays hidden unless ``by_hand``. Serial ports that are gone and led to the same
        board are dropped: it was plugged in elsewhere.

        Args:
            url: the address.
            info: what the board says of itself.
            serial_number: of the USB device, where there is one.
            by_hand: the user named this address.

        Raises:
            ConfigError: the registry's file cannot be used.
        """
        met = Entry(
            url=normalise(url),
            uid=normalise_uid(info.uid) or "",
            implementation=printable(info.implementation),
            platform=printable(info.platform),
            serial_number=printable(serial_number or ""),
            by_hand=by_hand,
            seen=time.time(),
        )

        def change(entries: list[Entry]) -> list[Entry]:
            nonlocal met
            met = merged(met, entries)
            kept = [entry for entry in entries if not moved(entry, met)]
            return put(kept, met)

        self._file.update(change)
        return met

    def register(self, url: str) -> None:
        """Stores an address for good, without asking the board; what is known of it stays.

        A hidden one comes back.

        Raises:
            ConnectError: this is no address.
            ConfigError: the registry's file cannot be used.
        """
        new = Entry(url=normalise(url))

        def change(entries: list[Entry]) -> list[Entry]:
            old = next((entry for entry in entries if entry.url == new.url), new)
            return put(entries, replace(old, by_hand=True, registered=True, hidden=False))

        self._file.update(change)

    def forget(self, text: str) -> None:
        """Unregisters an address, or all addresses of a name or uid: they stay hidden until registered again.

        Raises:
            DeviceNotFoundError: nothing known answers to it.
            ConnectError: it looks like an address and cannot be one.
            ConfigError: as `resolve`.
        """
        if is_url(text.strip()):
            url = normalise(text)
            found = [entry for entry in self.entries() if entry.url == url]
        else:
            found = self.candidates(text)
        if not found:
            raise DeviceNotFoundError(printable(text.strip()), self._labels(self.entries()))
        urls = {entry.url for entry in found}
        self._file.update(
            lambda entries: [
                replace(e, hidden=True, by_hand=False, registered=False) if e.url in urls else e
                for e in entries
            ]
        )

    def drop(self, url: str) -> None:
        """Takes out an address at which there will never be a board again, as if it had never been known.

        Raises:
            ConfigError: the registry's file cannot be used.
        """
        gone = normalise(url)
        self._file.update(lambda entries: [entry for entry in entries if entry.url != gone])

    def forget_absent(self, met: Sequence[Entry], unanswered: Mapping[str, bool]) -> None:
        """Forgets where boards are no more: found elsewhere, or not there for `entries.FORGET_AFTER`.

        What the user registered stays; what was only used goes.

        Args:
            met: the boards that a search found.
            unanswered: addresses where it found no board, and whether nothing at all is there.

        Raises:
            ConfigError: the registry's file cannot be used.
        """
        names, now = self._names_or_none(), time.time()

        def change(entries: list[Entry]) -> list[Entry]:
            return [entry for entry in entries if not outdated(entry, met, unanswered, names, now)]

        if len(change(known := self._file.read())) < len(known):
            self._file.update(change)

    def forget_all(self) -> None:
        """Forgets what discovery found, what was unregistered, and all virtual boards.

        Real boards that were registered by hand stay. Virtual ones come back when they are connected. A file
        that cannot be used is put aside as ``registry.json.broken``.

        Raises:
            ConfigError: the directory cannot be written.
        """
        self._file.update(lambda entries: [e for e in entries if _is_kept(e)], renew=True)

    def _typed(self, url: str) -> Entry:
        known = self.entry_at(url)
        return replace(known, by_hand=True) if known else Entry(url=url, by_hand=True)

    def _uid_of(self, text: str) -> str | None:
        uid = normalise_uid(text)
        try:
            device = self.configuration.by_name(text)
        except ConfigError:
            if uid is None:
                raise
            return uid
        return device.uid if device else uid

    def _names_or_none(self) -> dict[str, str]:
        try:
            return self.names()
        except ConfigError:
            return {}

    def _labels(self, entries: Sequence[Entry]) -> list[str]:
        names = self._names_or_none()
        return list(dict.fromkeys(label(entry, names) for entry in entries))


def _is_kept(entry: Entry) -> bool:
    return entry.by_hand and not entry.hidden and scheme_of(entry.url) != "sim"
