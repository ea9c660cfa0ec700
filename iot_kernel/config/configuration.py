"""`Configuration`: all that the user has said, in one object.

The files are read again on every question; what they mean is found out again only where they say another
thing: with many boards, one cell asks hundreds of times.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from iot_kernel.config.device_files import DeviceConfig, read_device_file
from iot_kernel.config.nodes import read_yaml
from iot_kernel.config.secrets_file import Secrets, read_secrets, too_open
from iot_kernel.errors import ConfigError, ConnectError, ConnectReason
from iot_kernel.text import printable
from iot_kernel.urls import normalise, normalise_uid, scheme_of
from ukernel.directories import Places, expand

PASSWORD_VARIABLE = "IOT_WEBREPL_PASSWORD"  # noqa: S105  # the name of an environment variable
LISTEN_VARIABLE = "IOT_LISTEN"

_SUFFIXES = (".yaml", ".yml")
_WITH_PASSWORD = ("ws", "wss")


class Configuration:
    """What the user says about boards. The constructor reads nothing.

    Args:
        places: where the files are.
        environ: for variables in paths, and for the password variable.
    """

    def __init__(self, places: Places, environ: Mapping[str, str]) -> None:
        self.places = places
        self._environ = environ
        self._said: set[str] = set()
        self._understood: tuple[object, list[DeviceConfig]] | None = (
            None  # what the files said, what it meant
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Configuration:
        """Takes the places from the environment; touches no file."""
        return cls(Places.from_environment(environ), environ)

    def __repr__(self) -> str:
        return f"Configuration({self.places})"  # never the environment: it may hold the password

    def devices(self) -> list[DeviceConfig]:
        """All devices of all device files, ordered by file and line.

        A missing directory has none.

        Raises:
            ConfigError: a file cannot be used, or two devices share a name or a uid.
        """
        texts = [(file, read_yaml(file)) for file in self._files()]
        said = (texts, self.places.variables(self._environ))
        understood = self._understood
        if understood is None or understood[0] != said:
            understood = self._understood = (said, self._understand(texts))
        return list(understood[1])

    def _understand(self, texts: list[tuple[Path, bytes]]) -> list[DeviceConfig]:
        found: list[DeviceConfig] = []
        for file, data in texts:
            for device in read_device_file(file, self._locate, data):
                _check_unique(device, found)
                found.append(device)
        return found

    def stamp(self) -> object:
        """Another one after each change of a device file; costs no reading.

        Raises:
            ConfigError: their directory cannot be listed.
        """
        found: list[tuple[str, int, int]] = []
        for file in self._files():
            with suppress(OSError):  # it was removed just now
                about = file.stat()
                found.append((file.name, about.st_mtime_ns, about.st_size))
        return tuple(found)

    def by_uid(self, uid: str) -> DeviceConfig | None:
        """The device with this uid (any spelling).

        Raises:
            ConfigError: as `devices`.
        """
        wanted = normalise_uid(uid)
        return next((d for d in self.devices() if d.uid == wanted), None)

    def by_name(self, name: str) -> DeviceConfig | None:
        """The device with exactly this name.

        Raises:
            ConfigError: as `devices`.
        """
        return next((d for d in self.devices() if d.name == name), None)

    def password_for(self, uid: str | None, url: str, *, by_hand: bool = False) -> str | None:
        """The WebREPL password to use for a board, None when there is none or the board may not have it.

        A password leaves the house only for a board with a configured uid, or for an address that the user
        gave. The board's own password (by uid, name or address, in this order) goes before
        ``IOT_WEBREPL_PASSWORD``, and that before the secrets file's ``webrepl_pwd``.

        Args:
            uid: what is known or claimed to be the board's uid; None or empty when unknown.
            url: the address; only WebREPL has passwords.
            by_hand: the user typed or registered this address.

        Raises:
            ConfigError: the secrets file or a device file cannot be used.
        """
        return self._password(uid, url, by_hand=by_hand)[0]

    def explained(self, error: ConnectError, uid: str | None, *, by_hand: bool = False) -> ConnectError:
        """Says of a missing or refused WebREPL password where it came from or belongs; other errors stay.

        Args:
            error: why a board could not be reached.
            uid: as for `password_for`.
            by_hand: as for `password_for`.
        """
        if error.reason is not ConnectReason.AUTH or scheme_of(error.url) == "ssh":
            return error
        try:
            password, source = self._password(uid, error.url, by_hand=by_hand)
        except ConfigError:
            return error
        what = f"it came from {source}"
        if password is None:
            what = f"put webrepl_pwd = '...' into {self.places.secrets}, or set {PASSWORD_VARIABLE}"
        text = str(error).removeprefix(f"{error.url}: ")
        return ConnectError(error.url, error.reason, f"{text}; {what}")

    def secrets(self) -> Secrets:
        """What the secrets file says now.

        Raises:
            ConfigError: it is there and cannot be used.
        """
        return read_secrets(self.places.secrets)

    def listen_address(self) -> str | None:
        """Where to listen for announcements, from ``IOT_LISTEN``: empty for everywhere, None for nowhere.

        Raises:
            ConfigError: it is neither an IP address nor ``off``.
        """
        value = self._environ.get(LISTEN_VARIABLE, "").strip()
        if value == "off":
            return None
        try:
            return str(ipaddress.IPv4Address(value)) if value else ""
        except ValueError:
            problem = f"expected 'off' or the IPv4 address of an interface, found '{printable(value)}'"
            raise ConfigError(LISTEN_VARIABLE, problem) from None

    def take_notes(self) -> list[str]:
        """What to tell the user: why names are missing, every time; who else can read passwords, once."""
        notes = []
        try:
            self.devices()
        except ConfigError as error:
            notes.append(str(error))
        note = too_open(self.places.secrets)
        if note is not None and note not in self._said:
            self._said.add(note)
            notes.append(note)
        return notes

    def _password(self, uid: str | None, url: str, *, by_hand: bool) -> tuple[str | None, str]:
        """The password, and where it stands."""
        if scheme_of(url) not in _WITH_PASSWORD:
            return None, ""
        device = self.by_uid(uid) if uid else None
        if device is None and not by_hand:
            return None, ""
        secrets = self.secrets()
        for key in (normalise_uid(uid or ""), device.name if device else None, normalise(url)):
            if key and secrets.by_board.get(key):
                return secrets.by_board[key], f"webrepl_pwds['{key}'] in {self.places.secrets}"
        if password := self._environ.get(PASSWORD_VARIABLE):
            return password, PASSWORD_VARIABLE
        return secrets.default, f"webrepl_pwd in {self.places.secrets}"

    def _files(self) -> list[Path]:
        directory = self.places.devices
        try:
            names = sorted(path for path in directory.iterdir() if path.suffix.lower() in _SUFFIXES)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ConfigError(str(directory), f"cannot be listed ({error.strerror})") from error
        return [path for path in names if not path.name.startswith(".") and not path.is_dir()]

    def _locate(self, text: str) -> Path:
        return self.places.projects / expand(text, self.places.variables(self._environ))


def _check_unique(device: DeviceConfig, others: list[DeviceConfig]) -> None:
    for other in others:
        for what in ("name", "uid"):
            if getattr(device, what) == getattr(other, what):
                where = f"{other.file}, line {other.line}"
                problem = f"the {what} '{getattr(device, what)}' is taken already ({where})"
                raise ConfigError(str(device.file), problem, device.line)
