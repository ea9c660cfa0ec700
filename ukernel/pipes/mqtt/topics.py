"""The topics of pipes at a broker, and what their boards say of themselves. Pure: no I/O.

    PREFIX/BOARD/status         retained: a `BoardStatus` as JSON
    PREFIX/BOARD/pipes/PIPE     batches (`ukernel.pipes.mqtt.batches`)

Board and pipe are names in which ``%``, ``/``, ``+``, ``#`` and control characters are written as ``%`` and
two hexadecimal digits for each byte of UTF-8. A status is a JSON object:

    online       whether the board is there and its publisher runs
    publisher    the number by which its batches are known
    pipes        names of the published pipes that are open
    uid          of the board, where that is known

A publisher that vanishes without a word is said to be offline by the broker (MQTT's will).
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ukernel.pipes.framing import FramingError, check_name

#: where a url names no prefix.
DEFAULT_PREFIX = "iot"

#: Bytes of a status: 237 pipes with names of 64 bytes, each as long as JSON can make it.
LARGEST_STATUS = 128 * 1024

#: Pipes in a status; a board can have no more open.
MOST_PIPES = 256

#: Bytes of a board's name in UTF-8.
LONGEST_BOARD = 128

_STATUS = "status"
_PIPES = "pipes"
_SPECIAL = re.compile("[%/+#\x00-\x1f\x7f-\x9f]")
_ESCAPE = re.compile("(?:%[0-9a-fA-F]{2})+")
_LARGEST_PUBLISHER = 0xFFFFFFFF


class BoardStatus(NamedTuple):
    """What is known of a board at a broker.

    Attributes:
        is_online: the board is there, and its publisher runs.
        publisher: the number by which its batches are known.
        pipes: names of the published pipes that are open.
        uid: of the board; empty where it is not known.
    """

    is_online: bool
    publisher: int = 0
    pipes: tuple[str, ...] = ()
    uid: str = ""


def escape(name: str) -> str:
    """Writes a name as one level of a topic."""
    return _SPECIAL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name)


def unescape(level: str) -> str:
    """Reads a level of a topic as a name."""
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode(errors="replace"), level)


def status_topic(prefix: str, board: str | None) -> str:
    """Where a board tells of itself; a filter for all boards for None."""
    return f"{prefix}/{'+' if board is None else escape(board)}/{_STATUS}"


def pipe_topic(prefix: str, board: str | None, name: str) -> str:
    """Where the batches of a pipe are; a filter for all boards for None."""
    return f"{prefix}/{'+' if board is None else escape(board)}/{_PIPES}/{escape(name)}"


def read_topic(prefix: str, topic: str) -> tuple[str, str | None]:
    """Gives the board and the pipe of a topic, None for the pipe of a status.

    Raises:
        FramingError: the topic is none of ours.
    """
    levels = topic.removeprefix(f"{prefix}/").split("/") if topic.startswith(f"{prefix}/") else []
    match levels:
        case [level, "status"] if _is_board(board := unescape(level)):
            return board, None
        case [level, "pipes", name] if _is_board(board := unescape(level)):
            return board, unescape(name)
    raise FramingError(f"{topic!r} is no topic of a pipe")


def _is_board(name: str) -> bool:
    return 0 < len(name.encode()) <= LONGEST_BOARD


def check_board(board: str) -> str:
    """Returns a board's name if it can stand in a topic.

    Raises:
        ValueError: it is empty or longer than `LONGEST_BOARD` bytes.
    """
    if not _is_board(board):
        raise ValueError(f"the name of a board at a broker has 1 to {LONGEST_BOARD} bytes: {board!r}")
    return board


def write_status(status: BoardStatus) -> bytes:
    """Gives the JSON of a status."""
    told = {"online": status.is_online, "publisher": status.publisher, "pipes": list(status.pipes)}
    return json.dumps(told | ({"uid": status.uid} if status.uid else {})).encode()


def read_status(data: bytes) -> BoardStatus:
    """Reads a status; nothing at all, by which others remove a retained one, is offline.

    Raises:
        FramingError: it is none.
    """
    if not data:
        return BoardStatus(is_online=False)
    try:
        told = json.loads(data) if len(data) <= LARGEST_STATUS else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("online"), bool):
        raise FramingError(f"{len(data)} bytes that are no status of a board")
    publisher, pipes, uid = told.get("publisher", 0), told.get("pipes", []), told.get("uid", "")
    if isinstance(publisher, bool) or not isinstance(publisher, int) or not isinstance(pipes, list):
        raise FramingError("the status of a board makes no sense")
    if not 0 <= publisher <= _LARGEST_PUBLISHER or len(pipes) > MOST_PIPES:
        raise FramingError("the status of a board makes no sense")
    return BoardStatus(told["online"], publisher, _names(pipes), uid if isinstance(uid, str) else "")


def _names(pipes: list[object]) -> tuple[str, ...]:
    try:
        return tuple(check_name(name) for name in pipes)
    except (TypeError, ValueError) as error:
        raise FramingError(f"the status of a board: {error}") from None
