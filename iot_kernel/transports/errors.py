"""Why a board cannot be reached, from what the operating system and the libraries say.

Functions from errors to `ConnectError`, whose texts say what is wrong and what to do. The libraries wrap the
interesting error in their own, so what counts is the first one in the chain of causes that is known here.
"""

from __future__ import annotations

import errno
import socket
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectReason

_MISSING = (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO)  # EIO: a node without hardware, e.g. ttyS9
_BUSY = (errno.EBUSY, errno.EAGAIN)  # another program's TIOCEXCL; another program's lock
_DENIED = (errno.EACCES, errno.EPERM)
_NOT_A_PORT = (errno.ENOTTY, errno.EISDIR, errno.EINVAL)
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)


def port_fault(url: str, path: str, error: Exception, ports: Sequence[str]) -> ConnectError:
    """Why a serial port does not open.

    Args:
        url: the board's url.
        path: the device node, or the name of a COM port.
        error: what pyserial raised.
        ports: the serial ports that exist, for the text.
    """
    number = _port_error_number(error)
    if number in _MISSING:
        return ConnectError(url, ConnectReason.MISSING, f"there is no such serial port; {_listed(ports)}")
    if number in _BUSY:
        return ConnectError(
            url,
            ConnectReason.BUSY,
            "the port is in use by another program (mpremote, Thonny, a serial monitor): close it there",
        )
    if number in _DENIED:
        return ConnectError(url, ConnectReason.DENIED, _denied(path))
    if number in _NOT_A_PORT:
        return ConnectError(url, ConnectReason.UNSUPPORTED, f"this is no serial port; {_listed(ports)}")
    return ConnectError(url, ConnectReason.UNSUPPORTED, str(error))


def network_fault(url: str, error: Exception, server: str, otherwise: str) -> ConnectError:
    """Why a TCP connection to a board fails.

    Args:
        url: the board's url.
        error: what was raised.
        server: what should listen there.
        otherwise: what to say when it was nothing that happens to TCP connections.
    """
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return ConnectError(url, ConnectReason.MISSING, "no computer or board of that name is known")
        if isinstance(cause, ConnectionRefusedError):
            return ConnectError(
                url,
                ConnectReason.REFUSED,
                f"the host is there, but nothing listens on that port: is {server} started?",
            )
        if isinstance(cause, TimeoutError):
            return ConnectError(
                url,
                ConnectReason.TIMEOUT,
                "nothing answered in time: is it switched on and in this network?",
            )
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return ConnectError(
                url, ConnectReason.MISSING, "there is no way to that host: is it in this network?"
            )
    return ConnectError(url, ConnectReason.UNSUPPORTED, f"{otherwise} ({error})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _port_error_number(error: Exception) -> int | None:
    for cause in _causes(error):
        # termios.error is no OSError, its number is its first argument
        number = cause.errno if isinstance(cause, OSError) else next(iter(cause.args), None)
        if isinstance(number, int):
            return number
    return next((number for words, number in _WORDS.items() if words in str(error)), None)


#: Where pyserial gives words instead of a number. Windows calls a port in use a denied access.
_WORDS = {
    "PermissionError": errno.EBUSY,
    "FileNotFoundError": errno.ENOENT,
    "no ports found": errno.ENOENT,
}


def _listed(ports: Sequence[str]) -> str:
    if not ports:
        return "none is there at the moment: is the board plugged in, with a cable that carries data?"
    return "there are " + ", ".join(ports)


def _denied(path: str) -> str:
    text = f"you have no right to use {path}"
    try:
        status = Path(path).stat()
        group = _group_name(status.st_gid)
    except OSError:
        return text
    if status.st_gid == 0 or not status.st_mode & stat.S_IWGRP:
        return f"{text} ({stat.filemode(status.st_mode)}, group '{group}'): ask the administrator for access"
    return f"{text}, the group '{group}' has: run 'sudo usermod -a -G {group} $USER', then log in again"


def _group_name(gid: int) -> str:
    if sys.platform == "win32":
        return str(gid)
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
