"""Why a board cannot be reached, from what the operating system and the libraries say.

Functions from errors to `ConnectError`, whose texts say what is wrong and what to do. The libraries wrap the
interesting error in their own, so what counts is the first one in the chain of causes that is known here.
"""

from __future__ import annotations

import errno
import re
import socket
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectReason

_MISSING = (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO)  # EIO: a node without hardware, e.g. ttyS9
_EMPTY = "nothing is connected to this port any more: plug the board in (and then start a container anew)"
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
    if (windows := windows_error(str(error))) in _DRIVERS:
        return ConnectError(url, ConnectReason.UNSUPPORTED, f"{_DRIVERS[windows]} ({error})")
    if number in _MISSING:
        is_empty = windows is None and path in ports and number != errno.ENOENT
        text = _EMPTY if is_empty else f"there is no such serial port; {_listed(ports)}"
        return ConnectError(url, ConnectReason.MISSING, text)
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
            return ConnectError(url, ConnectReason.MISSING, "no computer and no board has this name")
        if isinstance(cause, ConnectionRefusedError):
            return ConnectError(
                url,
                ConnectReason.REFUSED,
                f"the computer is there, but nothing listens on this port: is {server} started?",
            )
        if isinstance(cause, TimeoutError):
            return ConnectError(
                url,
                ConnectReason.TIMEOUT,
                "nothing answered in time: is it switched on, and in this network?",
            )
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return ConnectError(
                url,
                ConnectReason.MISSING,
                "there is no way to this address: is the board in this network, and switched on?",
            )
    return ConnectError(url, ConnectReason.UNSUPPORTED, f"{otherwise} ({error})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def windows_error(text: str) -> int | None:
    """The number of Windows' own in what pyserial says of a COM port: it puts the error's repr into its text.

    Args:
        text: such as ``could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)``; the
            words in quotes are in the language of that Windows.
    """
    found = _WINDOWS_ERROR.search(text)
    return int(found[1]) if found else None


def is_port_gone(error: OSError | EOFError) -> bool:
    """Whether an open port says that its device went away."""
    if isinstance(error, OSError) and error.errno in _GONE:
        return True
    return windows_error(str(error)) in _GONE_ON_WINDOWS


def _port_error_number(error: Exception) -> int | None:
    for cause in _causes(error):
        # termios.error is no OSError, its number is its first argument
        number = cause.errno if isinstance(cause, OSError) else next(iter(cause.args), None)
        if isinstance(number, int):
            return number
    if "no ports found" in str(error):
        return errno.ENOENT
    return _ON_WINDOWS.get(windows_error(str(error)) or 0)


_WINDOWS_ERROR = re.compile(r"\b[A-Za-z]*Error\(\d+, .*, None, (\d+)(?:, None)?\)", re.DOTALL)

#: Windows' numbers of errors that a port has as it is opened. It calls a port in use a denied access.
_ON_WINDOWS = {
    2: errno.ENOENT,  # file not found
    3: errno.ENOENT,  # path not found
    5: errno.EBUSY,  # access denied
    32: errno.EBUSY,  # sharing violation
    170: errno.EBUSY,  # busy
    433: errno.ENODEV,  # a device that does not exist was specified
    1167: errno.ENODEV,  # the device is not connected
}

#: Likewise, of drivers.
_DRIVERS = {
    31: "the driver of this port does not open it: plug the board in again, or install the driver anew",
    87: "the driver of this port does not take the settings: does it know this baud rate?",
    121: "the device behind this port does not answer its driver: plug it in again",
}

#: What Linux and macOS say of a terminal whose device went away.
_GONE = (errno.EIO, errno.ENXIO, errno.ENODEV)

#: The same of Windows: access denied, invalid handle, not ready, command not recognized, not functioning, no
#: such device, aborted, not connected.
_GONE_ON_WINDOWS = (5, 6, 21, 22, 31, 433, 995, 1167)


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
