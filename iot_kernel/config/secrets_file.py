"""The secrets file: Python in form, but only read, never run.

The same file is copied to boards, which import it for their Wi-Fi; so it may hold anything. Only assignments
of plain values to the names below are looked at (`ukernel.plain_file`). Values never appear in an error, a
log or a repr.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from iot_kernel.errors import ConfigError, ConnectError
from iot_kernel.private_files import read_small
from iot_kernel.text import parsing
from iot_kernel.urls import BROADCAST_PORT, is_url, normalise, normalise_uid
from ukernel.plain_file import PlainFileError, PlainValue, read_plain

FILE_LIMIT = 100_000  # bytes

_NAMES = ("webrepl_pwd", "webrepl_pwds", "broadcast_port", "ssh_pwds", "mqtt_pwds")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the secrets file says.

    Attributes:
        default: ``webrepl_pwd``, the password of every board without one of its own; None when not set.
        by_board: ``webrepl_pwds``: passwords by device name, uid or address (these two in normal form).
        broadcast_port: the UDP port that boards announce themselves on.
        ssh: ``ssh_pwds``: passwords for ssh by ``user@host`` or ``host``.
        mqtt: ``mqtt_pwds``: passwords for MQTT brokers by ``user@host`` or ``user@host:port``.
    """

    default: str | None = field(default=None, repr=False)
    by_board: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    broadcast_port: int = BROADCAST_PORT
    ssh: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    mqtt: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def read_secrets(file: Path) -> Secrets:
    """Reads the secrets file; one that does not exist has no secrets.

    Raises:
        ConfigError: it cannot be read, is not Python, or a name that is ours has no plain value.
    """
    source = read_small(file, FILE_LIMIT, "this is no secrets file")
    if source is None:
        return Secrets()
    values = _values(file, source)
    return Secrets(
        _password(file, values.get("webrepl_pwd")),
        MappingProxyType(
            {_board(board): password for board, password in _passwords(file, values, "webrepl_pwds").items()}
        ),
        _port(file, values.get("broadcast_port")),
        MappingProxyType(_passwords(file, values, "ssh_pwds")),
        MappingProxyType(_passwords(file, values, "mqtt_pwds")),
    )


def _values(file: Path, source: bytes) -> dict[str, PlainValue]:
    try:
        with parsing():
            return read_plain(source, _NAMES)
    except PlainFileError as error:
        failure = ConfigError(str(file), error.problem, error.line)
    raise failure  # here it has no other error inside it


def too_open(file: Path) -> str | None:
    """What to say when others than the owner may read the file; None when all is well or there is no file."""
    if os.name == "nt":  # pragma: no cover  # rights are no mode bits there
        return None
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return None
    if mode & 0o077 == 0:
        return None
    return f"{file}: other users may read your passwords (mode {mode:04o}); 'chmod 600 {file}' stops that"


_SHAPES = {
    "webrepl_pwds": '{"name, uid or address": "password", …}',
    "ssh_pwds": '{"user@host or host": "password", …}',
    "mqtt_pwds": '{"user@host": "password", …}',
}


def _password(file: Path, found: PlainValue | None) -> str | None:
    if found is None:
        return None
    if found.value is not None and not isinstance(found.value, str):
        raise ConfigError(str(file), "webrepl_pwd must be text in quotes", found.line)
    return found.value or None


def _passwords(file: Path, values: Mapping[str, PlainValue], name: str) -> dict[str, str]:
    """A mapping of passwords, as it is written."""
    if name not in values:
        return {}
    value, line = values[name]
    if not isinstance(value, dict) or not all(
        isinstance(text, str) for pair in value.items() for text in pair
    ):
        raise ConfigError(str(file), f"{name} must be {_SHAPES[name]}", line)
    return value


def _board(text: str) -> str:
    if is_url(text):
        with suppress(ConnectError):  # then it fits no board, as a misspelt name does
            return normalise(text)
    return normalise_uid(text) or text


def _port(file: Path, found: PlainValue | None) -> int:
    if found is None:
        return BROADCAST_PORT
    value = found.value
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
        raise ConfigError(str(file), "broadcast_port must be a number from 1 to 65535", found.line)
    return value
