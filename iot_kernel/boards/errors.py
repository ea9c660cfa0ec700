"""What goes wrong with the choice of a board."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iot_kernel.errors import IoTKernelError
from iot_kernel.transports import SCHEMES

# What is written in place of an address: one of the network, the name of a port, a scheme without slashes.
_HOST = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?")
_PORT = re.compile(r"tty[A-Z]+\d+|cu\.[\w.-]+")
_SHORT = re.compile(rf"(?P<scheme>{'|'.join(SCHEMES)})(?::/?(?P<rest>[\w./@:?=&-]*))?")


class OtherBoardError(IoTKernelError):
    """A board was needed, and the one that is connected is not the one that was asked for last.

    Args:
        wanted: what was asked for; empty for "the only board there is".
        connected: what the board that is still connected is called.
    """

    def __init__(self, wanted: str, connected: str) -> None:
        again = f"%connect {wanted}".rstrip()
        super().__init__(
            f"'{again}' failed; {connected} is still connected, but nothing was run on it instead: "
            f"'{again}' tries again, '%connect {connected}' goes on with {connected}"
        )
        self.wanted = wanted
        self.connected = connected


class DeviceNotFoundError(IoTKernelError, LookupError):
    """No known board answers to a name, uid or url.

    Args:
        wanted: what was asked for; empty for "the only board there is".
        known: names and urls that would have matched something.
    """

    def __init__(self, wanted: str, known: Sequence[str] = ()) -> None:
        what = f"no board is called '{wanted}'" if wanted else "no board is known"
        hints = [hint] if (hint := _address_hint(wanted)) else []
        hints += [f"known: {', '.join(known)}"] if known else []
        hints.append(f"'%discover' looks for {'more' if known else 'boards'}")
        if not wanted:
            hints.append("'%connect sim://' starts a virtual one")
        super().__init__(f"{what} ({'; '.join(hints)})")
        self.wanted = wanted
        self.known = tuple(known)


def _address_hint(wanted: str) -> str:
    """How the address is written that somebody may have meant; empty where it looks like none."""
    if _HOST.fullmatch(wanted):
        return f"'%connect ws://{wanted}' connects a board that has a WebREPL at this address"
    if _PORT.fullmatch(wanted):
        return f"'%connect /dev/{wanted}' connects the board at this port"
    if (match := _SHORT.fullmatch(wanted)) and (match["rest"] or match["scheme"] == "sim"):
        root = "/" * (match["scheme"] == "serial")
        return f"as an address: '%connect {match['scheme']}://{root}{(match['rest'] or '').lstrip('/')}'"
    return ""


class AmbiguousDeviceError(IoTKernelError, LookupError):
    """Several boards answer to what was asked for.

    Args:
        wanted: what was asked for; empty for "the only board there is".
        candidates: what there is to choose from, with the url of each.
    """

    def __init__(self, wanted: str, candidates: Mapping[str, str]) -> None:
        what = f"'{wanted}' fits several boards" if wanted else "several boards are within reach"
        width = max((len(name) for name, url in candidates.items() if name != url), default=0)
        rows = [
            f"  %connect {name:{width}}  {url if url != name else ''}".rstrip()
            for name, url in candidates.items()
        ]
        super().__init__("\n".join([f"{what}; choose one:", *rows]))
        self.wanted = wanted
        self.candidates = dict(candidates)
