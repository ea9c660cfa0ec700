"""The secrets file: Python in form, but only read, never run.

The same file is copied to boards, which import it for their Wi-Fi; so it may hold anything. Only assignments
of plain values to the names below are looked at. Values never appear in an error, a log or a repr, and errors
carry no Python error inside them, because that would carry the line of text.
"""

from __future__ import annotations

import ast
import os
import stat
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from iot_kernel.errors import ConfigError, ConnectError
from iot_kernel.private_files import read_small
from iot_kernel.urls import BROADCAST_PORT, is_url, normalise, normalise_uid

FILE_LIMIT = 100_000  # bytes

_NAMES = ("webrepl_pwd", "webrepl_pwds", "broadcast_port", "ssh_pwds")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the secrets file says.

    Attributes:
        default: ``webrepl_pwd``, the password of every board without one of its own; None when not set.
        by_board: ``webrepl_pwds``: passwords by device name, uid or address (these two in normal form).
        broadcast_port: the UDP port that boards announce themselves on.
        ssh: ``ssh_pwds``: passwords for ssh by ``user@host`` or ``host``.
    """

    default: str | None = field(default=None, repr=False)
    by_board: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    broadcast_port: int = BROADCAST_PORT
    ssh: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def read_secrets(file: Path) -> Secrets:
    """Reads the secrets file; one that does not exist has no secrets.

    Raises:
        ConfigError: it cannot be read, is not Python, or a name that is ours has no plain value.
    """
    source = read_small(file, FILE_LIMIT, "this is no secrets file")
    if source is None:
        return Secrets()
    tree, line = _parse(source)
    if tree is None:
        raise ConfigError(str(file), "not valid Python (a quote or bracket missing?)", line)
    values = _assigned(file, tree)
    return Secrets(
        _password(file, values.get("webrepl_pwd")),
        MappingProxyType(
            {_board(board): password for board, password in _passwords(file, values, "webrepl_pwds").items()}
        ),
        _port(file, values.get("broadcast_port")),
        MappingProxyType(_passwords(file, values, "ssh_pwds")),
    )


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


def _parse(source: bytes) -> tuple[ast.Module | None, int | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in somebody's Wi-Fi password is no business of ours
        try:
            return ast.parse(source), None
        except SyntaxError as error:
            return None, error.lineno
        except (ValueError, RecursionError, MemoryError):
            return None, None


def _assigned(file: Path, tree: ast.Module) -> dict[str, ast.expr]:
    plain: dict[str, ast.expr] = {}
    plain_targets: set[ast.expr] = set()
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _NAMES:
                plain[target.id] = value
                plain_targets.add(target)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _NAMES and node not in plain_targets:
            problem = f"{node.id} must be set once, by '{node.id} = value' at the start of a line"
            raise ConfigError(str(file), f"{problem}; this file is read, not run", node.lineno)
    return plain


def _literal(file: Path, name: str, node: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        value = _NOT_PLAIN
    if value is _NOT_PLAIN:
        raise ConfigError(
            str(file), f"{name} must have a plain value; this file is read, not run", node.lineno
        )
    return value


_NOT_PLAIN = object()

_SHAPES = {
    "webrepl_pwds": '{"name, uid or address": "password", …}',
    "ssh_pwds": '{"user@host or host": "password", …}',
}


def _password(file: Path, node: ast.expr | None) -> str | None:
    if node is None:
        return None
    value = _literal(file, "webrepl_pwd", node)
    if value is not None and not isinstance(value, str):
        raise ConfigError(str(file), "webrepl_pwd must be text in quotes", node.lineno)
    return value or None


def _passwords(file: Path, values: Mapping[str, ast.expr], name: str) -> dict[str, str]:
    """A mapping of passwords, as it is written."""
    if name not in values:
        return {}
    value = _literal(file, name, values[name])
    if not isinstance(value, dict) or not all(
        isinstance(text, str) for pair in value.items() for text in pair
    ):
        raise ConfigError(str(file), f"{name} must be {_SHAPES[name]}", values[name].lineno)
    return value


def _board(text: str) -> str:
    if is_url(text):
        with suppress(ConnectError):  # then it fits no board, as a misspelt name does
            return normalise(text)
    return normalise_uid(text) or text


def _port(file: Path, node: ast.expr | None) -> int:
    if node is None:
        return BROADCAST_PORT
    value = _literal(file, "broadcast_port", node)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
        raise ConfigError(str(file), "broadcast_port must be a number from 1 to 65535", node.lineno)
    return value
