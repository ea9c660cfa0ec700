"""Turns errors of a board's file system into Python's own exceptions, by number: firmware translates texts.

MicroPython numbers errors as Linux does, whatever the host does; its WebAssembly port has numbers of its own.
"""

from __future__ import annotations

import errno

# What a board says in other ways, or would say.
ENOENT, ENOMEM, EISDIR, ENOTDIR = "ENOENT", "ENOMEM", "EISDIR", "ENOTDIR"

#: By what the number is called.
_TEXTS = {
    "ENOENT": "no such file or directory on the board",
    "EEXIST": "it exists already on the board",
    "EISDIR": "it is a directory on the board",
    "ENOTDIR": "it is not a directory on the board",
    "ENOTEMPTY": "the directory is not empty",
    "ENOSPC": "no space left on the board",
    "EROFS": (
        "the file system is read-only for the board. CircuitPython's is, while a computer has it mounted as "
        "a USB drive: eject CIRCUITPY there, or put \"import storage; storage.remount('/', readonly=False)\" "
        "into boot.py and reset the board"
    ),
    "ENAMETOOLONG": "the name is too long for the board's file system",
    "ENODEV": "nothing is mounted there on the board",
    "EILSEQ": "a name in this directory is no Unicode text, so it cannot be listed",
    "EIO": "the board's flash or card fails, or its file system is damaged",
    "EBUSY": "the board uses it just now",
    "EPERM": "the board does not allow it",
    "EACCES": "the board does not allow it",
    "EINVAL": "the board's file system does not allow this name or operation",
    "ENOMEM": "the board has not enough memory left for it; '%softreset' frees what variables take",
}

_LINUX = {
    1: "EPERM",
    2: "ENOENT",
    5: "EIO",
    9: "EBADF",
    12: "ENOMEM",
    13: "EACCES",
    16: "EBUSY",
    17: "EEXIST",
    18: "EXDEV",
    19: "ENODEV",
    20: "ENOTDIR",
    21: "EISDIR",
    22: "EINVAL",
    23: "ENFILE",
    24: "EMFILE",
    26: "ETXTBSY",
    27: "EFBIG",
    28: "ENOSPC",
    30: "EROFS",
    36: "ENAMETOOLONG",
    39: "ENOTEMPTY",
    40: "ELOOP",
    84: "EIO",  # littlefs: corrupt
    95: "EOPNOTSUPP",
    98: "EADDRINUSE",
    101: "ENETUNREACH",
    103: "ECONNABORTED",
    104: "ECONNRESET",
    107: "ENOTCONN",
    110: "ETIMEDOUT",
    111: "ECONNREFUSED",
    113: "EHOSTUNREACH",
}

_WEBASSEMBLY = {
    2: "EACCES",
    10: "EBUSY",
    20: "EEXIST",
    22: "EFBIG",
    28: "EINVAL",
    29: "EIO",
    31: "EISDIR",
    32: "ELOOP",
    37: "ENAMETOOLONG",
    43: "ENODEV",
    44: "ENOENT",
    48: "ENOMEM",
    51: "ENOSPC",
    54: "ENOTDIR",
    55: "ENOTEMPTY",
    63: "EPERM",
    69: "EROFS",
    75: "EXDEV",
}

_DARWIN = {
    **{number: name for number, name in _LINUX.items() if number < 35},
    48: "EADDRINUSE",
    60: "ETIMEDOUT",
    61: "ECONNREFUSED",
    63: "ENAMETOOLONG",
    65: "EHOSTUNREACH",
    66: "ENOTEMPTY",
}

#: Those of newlib, the C library of this port.
_ESP32 = {
    **{number: name for number, name in _LINUX.items() if number < 35},
    84: "EIO",  # littlefs: corrupt
    90: "ENOTEMPTY",
    91: "ENAMETOOLONG",
    104: "ECONNRESET",
    111: "ECONNREFUSED",
    112: "EADDRINUSE",
    113: "ECONNABORTED",
    114: "ENETUNREACH",
    116: "ETIMEDOUT",
    118: "EHOSTUNREACH",
    128: "ENOTCONN",
}

_TABLES = {"webassembly": _WEBASSEMBLY, "darwin": _DARWIN, "esp32": _ESP32}

#: What firmware says in words instead: the micro:bit's.
_WORDS = {"file not found": "ENOENT", "no more storage space": "ENOSPC"}


def board_error(number: object, path: str, platform: str = "") -> OSError:
    """Returns the exception for what a board's file system said.

    Args:
        number: the first argument of the board's OSError: our programs raise it with the error's name, the
            micro:bit with words.
        path: of the file, on the board.
        platform: the board's ``sys.platform``.
    """
    shown = f":{path}"
    name = error_name(number, platform) if isinstance(number, int | str) else ""
    known: int = getattr(errno, name, errno.EIO)
    said = f"error {number}" if isinstance(number, int) else repr(str(number)[:80])
    text = _TEXTS.get(name, f"the board's file system says {name or said}")
    if name == "EROFS":
        return PermissionError(known, text, shown)
    return OSError(known, text, shown)


def error_name(number: int | str, platform: str = "") -> str:
    """What an error is called, such as ``ENOENT``; empty where nobody knows.

    Args:
        number: the board's number, or what it says instead of one.
        platform: the board's ``sys.platform``: not all ports number them alike.
    """
    if isinstance(number, int):
        return _TABLES.get(platform, _LINUX).get(number, "")
    return _WORDS.get(number, number if number in _TEXTS else "")
