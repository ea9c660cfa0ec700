"""The questions that every board is asked when it is connected, and how the answers are read.

Runs nothing itself: the caller hands in a function that runs code.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from iot_kernel.device.info import DeviceInfo, parse_info
from iot_kernel.errors import DeviceError, EndLostError, RemoteProtocolError
from iot_kernel.snippets import PLAIN, snippet

#: How often a board is asked the same: on a UART without flow control bytes may get lost.
TRIES = 3

#: bytes of the mark that tells a board that has restarted from one that has not.
MARK_BYTES = 4

_MARKED = re.compile(
    rf"^(?P<platform>\w[^\n]*)\n(?:.*\x1f(?P<mark>[0-9a-f]{{{2 * MARK_BYTES}}})\x1e)?",
    re.MULTILINE | re.DOTALL,
)

#: What a board raises that has no mark, or something else of that name.
_UNMARKED = frozenset({"NameError", "TypeError"})

#: Runs code on the board and returns what it printed.
Run = Callable[[str], str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identification:
    """A board that has been asked.

    Args:
        info: who it is.
        mark: what now stands among its variables; the one from before where it has not restarted since.
    """

    info: DeviceInfo
    mark: str


def identify(run: Run, adapt: Callable[[str], None]) -> Identification:
    """Asks a board who it is, and leaves a mark among its variables that is gone after a restart.

    Args:
        run: short code is safe from the start, longer code after ``adapt``.
        adapt: takes the board's ``sys.platform`` as soon as it is known.

    Raises:
        RemoteProtocolError: its answers make no sense.
        Exception: as ``run`` does.
    """
    found = _ask(lambda code: _output(run, code), snippet("mark"), _parse_mark)
    adapt(found["platform"])
    mark = found["mark"] or secrets.token_hex(MARK_BYTES)
    if not found["mark"]:
        name = "leave_mark_small" if found["platform"] in PLAIN else "leave_mark"
        _ask(run, snippet(name).replace("MARK", mark).replace("HEAD", mark[0]), str)
    return Identification(_ask(run, snippet("who", found["platform"]), parse_info), mark)


def _output(run: Run, code: str) -> str:
    """What code prints, also where it raises because the board has no mark."""
    try:
        return run(code)
    except DeviceError as error:
        if error.ename not in _UNMARKED:
            raise
        return error.output


def _ask(run: Run, code: str, parse: Callable[[str], T]) -> T:
    """Asks again where the board's input buffer lost a part of the question."""
    for tries_left in reversed(range(TRIES)):
        try:
            return parse(run(code))
        except (DeviceError, RemoteProtocolError, EndLostError) as error:
            if not tries_left or getattr(error, "ename", "") == "KeyboardInterrupt":
                raise
    raise AssertionError("unreachable")


def _parse_mark(answer: str) -> re.Match[str]:
    found = _MARKED.search(answer)
    if found is None:
        raise RemoteProtocolError("asking the board what it is", answer.encode())
    return found
