"""Says in an error why what answers at an address is not the board that was expected, and what to do."""

from __future__ import annotations

from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.output_text import without_titles
from iot_kernel.errors import ConnectError, ConnectReason, DeviceStuckError
from iot_kernel.text import printable

#: characters of what answered instead of a prompt, in the error message
SEEN_LIMIT = 80

#: The part of what arrives that is no text, from which on it counts as garbage.
GARBAGE = 0.25


def no_prompt(url: str, received: bytes, *, interrupted: bool, known: bool = False) -> ConnectError:
    """No raw REPL answered.

    Args:
        url: the address.
        received: the end of what came instead.
        interrupted: whether Ctrl-C was sent.
        known: whether a board had answered there before.
    """
    if known and interrupted:
        text = (
            "the board does not answer: its program does not let itself be interrupted. '%hardreset' resets "
        )
        text += "a virtual board; any other one has to be reset by hand. The next cell then connects again"
        return ConnectError(url, ConnectReason.TIMEOUT, text)
    seen = printable(without_titles(received.decode(errors="replace")).strip(), SEEN_LIMIT)
    if not seen and not interrupted:
        text = "no prompt answers; a program may be running there: '%connect' interrupts it"
        return ConnectError(url, ConnectReason.TIMEOUT, text)
    if not seen:
        text = "nothing answers: is it a board with MicroPython or CircuitPython? Reset it and connect again"
        return ConnectError(url, ConnectReason.TIMEOUT, text)
    if seen.count("\N{REPLACEMENT CHARACTER}") > len(seen) * GARBAGE:
        text = "garbage arrives, which may be another baud rate: try '%connect serial://PORT?baud=9600'"
    else:
        text = f"no Python prompt answers, only {seen!r}; reset the board and try again, or is it no board?"
    return ConnectError(url, ConnectReason.NOT_A_BOARD, text)


def no_stop(error: DeviceStuckError, *, is_volatile: bool) -> DeviceStuckError:
    """The board does not let itself be interrupted: a soft reset would need what Ctrl-C does not bring back.

    Args:
        error: what was waited for.
        is_volatile: whether the board can be switched off and on from here.
    """
    hint = "it does not let itself be interrupted. "
    if is_volatile:
        hint += "%hardreset switches it off and on"
    else:
        hint += "Only its reset button helps, or unplugging it; the next cell then connects again"
    return DeviceStuckError(error.seconds, hint)


def another_board(url: str, wanted: DeviceInfo, found: DeviceInfo) -> ConnectError:
    """Another board than before is at the address."""
    who = found.uid or found.platform
    text = f"another board answers here by now ({who} instead of {wanted.uid}); '%connect' connects it"
    return ConnectError(url, ConnectReason.MISSING, text)
