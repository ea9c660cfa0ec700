"""The passwords of brokers: ``mqtt_pwds`` of the secrets file, by ``user@host`` or ``user@host:port``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ukernel.directories import Places
from ukernel.pipes.mqtt.address import BrokerAddress
from ukernel.plain_file import PlainFileError, read_plain

#: Bytes of a secrets file that are read.
FILE_LIMIT = 100_000

NAME = "mqtt_pwds"


def log_in(address: BrokerAddress, environ: Mapping[str, str] = os.environ) -> BrokerAddress:
    """Adds user and password from the secrets file to an address without a password; there may be none.

    Raises:
        ValueError: the file cannot be used, or it has several users for this broker and the url names none.
    """
    if address.password:
        return address
    file = Places.from_environment(environ).secrets
    try:
        known = _passwords(file)
    except PlainFileError as error:
        raise ValueError(f"{file}: {error}") from None
    hosts = (address.host, f"{address.host}:{address.port}")
    split = [(key.rpartition("@"), password) for key, password in known.items()]
    fits = [(user, host, password) for (user, _, host), password in split if host in hosts]
    fits = [fit for fit in fits if address.user in ("", fit[0])]
    if len({user for user, _, _ in fits}) > 1:
        users = ", ".join(sorted({user for user, _, _ in fits}))
        raise ValueError(f"{address.place}: {file} has several users for it ({users}): name one in the url")
    if not fits:
        return address
    user, _, password = max(fits, key=lambda fit: len(fit[1]))  # the one with a port is the more special one
    return address._replace(user=user, password=password)


def _passwords(file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as opened:
            source = opened.read(FILE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise PlainFileError(f"cannot be read ({error.strerror})") from None
    if len(source) > FILE_LIMIT:
        raise PlainFileError(f"is larger than {FILE_LIMIT} bytes; this is no secrets file")
    found = read_plain(source, (NAME,)).get(NAME)
    if found is None:
        return {}
    if not isinstance(found.value, dict):
        raise PlainFileError(f'{NAME} must be {{"user@host": "password", …}}', found.line)
    if not all(isinstance(text, str) for pair in found.value.items() for text in pair):
        raise PlainFileError(f'{NAME} must be {{"user@host": "password", …}}', found.line)
    return found.value
