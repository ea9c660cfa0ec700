"""What a ``sim://`` url asks for: ``sim://[NAME][?option=value&...]``.

Nothing is touched here. `OPTIONS` is the whole list, and the text of a wrong url quotes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.private_files import data_directory
from iot_kernel.virtual_board.wire import IDEAL, WireSpeed, parse_link

Number = TypeVar("Number", int, float)

DEFAULT_NAME = "board"

#: Bytes of heap of a board nobody asked otherwise for: that of a board with external RAM, so that examples
#: run.
DEFAULT_HEAP = 8 * 1024 * 1024

#: Bytes of heap with which a board starts: its own program takes 48 KB of it, and more for a moment.
LEAST_HEAP = 80 * 1024

#: Bytes of input that most boards take while their program does not read.
BUFFER = 256

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SIZE = re.compile(r"(\d+)([KM]?)", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": 1024 * 1024}


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """How a virtual board is made.

    Args:
        name: tells boards apart; the default directory is named after it.
        dir: the host directory that is the board's file system; created when missing.
        micropython: the interpreter to run; None looks for one.
        heap: bytes of heap, at least `LEAST_HEAP`.
        boot: seconds the board needs before boot.py.
        link: how slow the wire is.
        buffer: bytes of input the board takes while its program does not read, and then loses more; 0 for a
            board that holds its sender up instead.
        webrepl: TCP port of the board's WebREPL on 127.0.0.1, 0 for any free one, None for no WebREPL.
        password: the WebREPL's password, at most 9 characters as on every board.
    """

    name: str = DEFAULT_NAME
    dir: Path | None = None
    micropython: str | None = None
    heap: int = DEFAULT_HEAP
    boot: float = 0.0
    link: WireSpeed = field(default=IDEAL)
    buffer: int = 0
    webrepl: int | None = None
    password: str = "micropyth"  # noqa: S105 - the documented default of a board that guards nothing

    @property
    def plain(self) -> bool:
        """True for a board whose terminal nobody shares, on a wire without limits."""
        return self.link == IDEAL and not self.buffer and self.webrepl is None

    @property
    def window(self) -> int:
        """Bytes of a window of raw-paste mode: as in firmware, two fit into the input buffer."""
        return min(self.buffer or BUFFER, BUFFER) // 2

    @property
    def directory(self) -> Path:
        """The host directory that is the board's file system."""
        return self.dir or data_directory() / "sim" / self.name


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError("a number of bytes, K and M allowed")
    size = int(match[1]) * _UNITS[match[2].upper()]
    if size < LEAST_HEAP:
        raise ValueError(f"at least {LEAST_HEAP // 1024}K")
    return size


def _seconds(text: str) -> float:
    return _number(float, text, lambda seconds: 0 <= seconds <= 60, "0 to 60 seconds")


def _buffer(text: str) -> int:
    return _number(int, text, lambda size: size == 0 or size >= 64, "0, or at least 64 bytes")


def _port(text: str) -> int:
    return _number(int, text, lambda port: 0 <= port <= 65535, "a port, 0 to 65535")


def _number(kind: type[Number], text: str, is_allowed: Callable[[Number], bool], expected: str) -> Number:
    try:
        number = kind(text)
    except ValueError:
        raise ValueError(expected) from None
    if not is_allowed(number):
        raise ValueError(expected)
    return number


def _password(text: str) -> str:
    if not 4 <= len(text) <= 9:
        raise ValueError("4 to 9 characters")
    return text


#: Every option of the url, and what reads its value; a ValueError's text says what was expected.
OPTIONS: dict[str, Callable[[str], Any]] = {
    "boot": _seconds,
    "buffer": _buffer,
    "dir": lambda text: Path(text).expanduser().absolute(),
    "heap": _size,
    "link": parse_link,
    "micropython": str,
    "password": _password,
    "webrepl": _port,
}


def parse_url(url: str) -> BoardOptions:
    """Reads a ``sim://`` url.

    Raises:
        ConnectError: UNSUPPORTED, naming the part that is wrong and what was expected.
    """
    parts = urlsplit(url)
    name = parts.netloc or DEFAULT_NAME
    if not _NAME.fullmatch(name) or parts.path.strip("/"):
        raise ConnectError(
            url, ConnectReason.UNSUPPORTED, "a virtual board's name has letters, digits, '_', '-' and '.'"
        )
    chosen: dict[str, Any] = {"name": name}
    for option, text in parse_qsl(parts.query, keep_blank_values=True):
        chosen[option] = _value(url, option, text)
    return BoardOptions(**chosen)


def _value(url: str, option: str, text: str) -> object:
    if option not in OPTIONS:
        known = ", ".join(OPTIONS)
        raise ConnectError(url, ConnectReason.UNSUPPORTED, f"no option '{option}' (there are {known})")
    try:
        return OPTIONS[option](text)
    except ValueError as error:
        raise ConnectError(
            url, ConnectReason.UNSUPPORTED, f"option '{option}' cannot be '{text}': {error}"
        ) from None
