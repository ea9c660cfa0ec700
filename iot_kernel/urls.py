"""The addresses and uids of boards as text: one spelling for each. Nothing is opened.

`normalise` gives the form that is stored and shown. `claim_key` goes one step further and gives the form
by which two kernels agree that they mean the same port: symbolic links are resolved, which a stored address
must keep because the link (``/dev/serial/by-id/…``) outlives the number of the port.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl

from iot_kernel.errors import ConnectError, ConnectReason

#: Of this package; servers are told it with the address of what is fetched.
__version__ = "0.1.0"

WEBREPL_PORT = 8266  # the port that MicroPython's webrepl.start() listens on
BROADCAST_PORT = 50000  # UDP; where boards of the original IoT Kernel announce themselves
UID_LIMIT = 32  # bytes; microcontrollers have 6 to 16

_SIM_NAME = "board"  # what the virtual board is called when its url does not say

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_COM_PORT = re.compile(r"(?:\\\\\.\\)?(COM[0-9]+)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PORT = re.compile(r"[0-9]{1,5}")


def is_url(text: str) -> bool:
    """Whether ``text`` is an address (a url, a device path, ``COM3``) and not a name or uid."""
    text = text.strip()
    return bool(_URL.fullmatch(text) or _COM_PORT.fullmatch(text) or text.startswith("/"))


def normalise(text: str) -> str:
    """Gives the one spelling of an address.

    ``/dev/ttyACM0`` and ``COM3`` are serial ports, ``ws://host`` is port 8266, scheme and host are lower
    case, trailing slashes mean nothing. An unknown scheme stays: opening it names the known ones.

    Args:
        text: a url, a device path, or the name of a COM port.

    Raises:
        ConnectError: this cannot be an address, or it carries a password.
    """
    text = text.strip()
    if _UNPRINTABLE.search(text):
        raise ConnectError(repr(text), ConnectReason.UNSUPPORTED, "an address has no control characters")
    if match := _COM_PORT.fullmatch(text):
        return f"serial://{match[1].upper()}"
    if text.startswith("/"):
        return f"serial://{_own_device(text)}"
    if not (match := _URL.fullmatch(text)):
        raise ConnectError(text, ConnectReason.UNSUPPORTED, "not an address such as serial:///dev/ttyACM0")
    scheme, rest = match[1].lower(), match[2]
    return f"{scheme}://{_normalise_rest(scheme, rest)}"


def scheme_of(url: str) -> str:
    """The scheme of a url in lower case, e.g. ``serial``; empty when it has none."""
    match = _URL.fullmatch(url)
    return match[1].lower() if match else ""


def serial_path(url: str) -> str | None:
    """The device path (or COM port) of a ``serial://`` url without its options; None for other schemes."""
    match = _URL.fullmatch(url)
    if not match or match[1].lower() != "serial":
        return None
    return match[2].partition("?")[0]


def claim_key(text: str) -> str:
    """Gives the form of an address that is equal whenever two addresses mean the same port.

    Raises:
        ConnectError: as `normalise`.
    """
    url = normalise(text)
    path = serial_path(url)
    if path is None:
        return _without_options(url)
    if _COM_PORT.fullmatch(path):
        return f"serial://{path}"
    return f"serial://{_own_device(str(Path(path).resolve()))}"


def _without_options(url: str) -> str:
    scheme, place = scheme_of(url), url.partition("?")[0]
    if scheme == "sim":
        return _virtual_board(url, place)
    return place if scheme in ("socket", "rfc2217", "ssh") else url


def _virtual_board(url: str, place: str) -> str:
    """A virtual board is its directory: the one asked for, else the one that belongs to its name."""
    directory = dict(parse_qsl(url.partition("?")[2])).get("dir")
    if directory:
        return f"sim://{Path(directory).expanduser().resolve()}"
    return f"{place}{_SIM_NAME}" if place == "sim://" else place


def _normalise_rest(scheme: str, rest: str) -> str:
    if scheme == "serial":
        return _normalise_serial(rest)
    if scheme in ("ws", "wss"):
        return _normalise_host(scheme, rest, WEBREPL_PORT)
    if scheme in ("socket", "rfc2217"):
        return _normalise_host(scheme, rest, None)
    if scheme == "ssh":
        return _normalise_ssh(rest)
    if scheme == "hwgrep":  # a regular expression: every character may mean something
        return rest
    return rest.rstrip("/")


def _normalise_serial(rest: str) -> str:
    path, question, options = rest.partition("?")
    if match := _COM_PORT.fullmatch(path.rstrip("/")):
        return match[1].upper() + question + options
    return _own_device(path) + question + options


def _own_device(path: str) -> str:
    """The one spelling of a port of this computer.

    A port of macOS has two nodes, call-in (tty) and call-out (cu); the first waits for a modem's carrier.
    """
    path = _device_path(path)
    return re.sub(r"^/dev/tty\.", "/dev/cu.", path) if sys.platform == "darwin" else path


def _device_path(path: str) -> str:
    # normpath keeps exactly two leading slashes, as POSIX allows them a meaning; here they have none
    return posixpath.normpath("/" + path.lstrip("/")) if path.startswith("/") else path.rstrip("/")


def _normalise_host(scheme: str, rest: str, default_port: int | None) -> str:
    authority, options = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]  # matches all
    if "@" in authority:
        raise _with_password(scheme, authority, "; use the secrets file")
    host, port = _split_port(authority)
    if not host or (port and not (_PORT.fullmatch(port) and int(port) < 65536)):
        raise ConnectError(
            f"{scheme}://{rest}", ConnectReason.UNSUPPORTED, "expected HOST or HOST:PORT after ://"
        )
    port = port or (str(default_port) if default_port else "")
    return host.lower() + (f":{int(port)}" if port else "") + options.rstrip("/")


def _normalise_ssh(rest: str) -> str:
    """The name of a host may be one of ssh's configuration, so it stays as it is written."""
    authority, slash, path = rest.partition("/")
    user, at, _ = authority.rpartition("@")
    if ":" in user:
        raise _with_password("ssh", authority, ", and ssh logs in by keys")
    node, question, options = (slash + path).partition("?")
    if not node or (at and not user):
        place = f"ssh://{rest}"
        raise ConnectError(place, ConnectReason.UNSUPPORTED, "expected ssh://HOST/dev/ttyACM0 or USER@HOST")
    return authority + _device_path(node) + question + options


def _with_password(scheme: str, authority: str, instead: str) -> ConnectError:
    """Why an address cannot be used; it is shown without what stands before its host."""
    shown = f"{scheme}://…@{authority.rpartition('@')[2]}"
    problem = f"a password does not belong in an address, addresses are shown{instead}"
    return ConnectError(shown, ConnectReason.UNSUPPORTED, problem)


def _split_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):  # IPv6
        host, bracket, rest = authority.partition("]")
        return (host + bracket if bracket else ""), rest.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def normalise_uid(text: str) -> str | None:
    """Gives the one spelling of a board's uid, ``30:ae:a4:30:84:34``; None when ``text`` cannot be one.

    Upper case, dashes and hexadecimal digits without separators are understood. At most `UID_LIMIT` bytes.
    """
    text = text.strip().lower()
    if re.fullmatch(r"[0-9a-f]{2}([:-][0-9a-f]{2})*", text):
        digits = re.sub(r"[:-]", "", text)
    elif re.fullmatch(r"([0-9a-f]{2}){4,}", text):  # shorter ones are words such as "cafe"
        digits = text
    else:
        return None
    if len(digits) > 2 * UID_LIMIT:
        return None
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))
