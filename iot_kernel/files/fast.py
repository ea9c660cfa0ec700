"""The fast way for files: raw bytes through standard input and frames, for boards that have what it takes.

That is ``sys.stdin.buffer``, ``sys.stdout.buffer``, ``select``, ``binascii.crc32`` and
``micropython.kbd_intr``: MicroPython 1.12 and later on most ports. A board that lacks something says so
before anything was sent.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iot_kernel.errors import DeviceError, DeviceStalledError, TransferError
from iot_kernel.files.blocks import Item
from iot_kernel.files.board import Board
from iot_kernel.files.download import Download
from iot_kernel.files.upload import BAD_DIGEST, Upload
from iot_kernel.snippets import alone, snippet

#: How often the same file is tried.
TRIES = 3

#: Errno values of a receiver that lost its place in what it reads: nothing came, or what came was no block.
_LOST_PLACE = frozenset({71, 110})

#: What firmware without something says, before anything has begun.
_LACKS = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "NameError", "MemoryError"})

#: Reading standard input hangs for good there: the port has none.
_NO_INPUT = frozenset({"webassembly"})

OnProgress = Callable[[int, int], None]


class NotPossibleError(Exception):
    """This firmware cannot do it; nothing was changed."""


@dataclass(frozen=True, slots=True)
class BoardFailureError(Exception):
    """The board's operating system refused.

    Args:
        index: of the file.
        errno: as the board numbers errors.
    """

    index: int
    errno: int


@dataclass(frozen=True, slots=True)
class _Ending:
    failed: int  # an errno, or BAD_DIGEST
    count: int  # files that came through


def send(
    board: Board,
    items: Sequence[Item],
    on_progress: OnProgress | None = None,
    *,
    inflates: bool = False,
) -> None:
    """Puts files on a board, or values among its variables.

    Each is in its place as a whole, or not at all.

    Args:
        board: the board.
        items: the files in order; one without a temporary name becomes a global variable with the name
            ``path``.
        on_progress: takes the index of a file and how many of its bytes are dealt with; on another thread.
        inflates: the board is known to have ``deflate``.

    Raises:
        NotPossibleError: the firmware lacks something.
        BoardFailureError: no space, no such directory, ...; the files before it are in place.
        TransferError: a file arrived damaged, again and again.
        DeviceError: KeyboardInterrupt.
        Exception: as `Board.exec` does.
    """
    placed = tries = 0
    while placed < len(items):
        told = _shifted(on_progress, placed)
        ending = _send_once(board, items[placed:], told, inflates=inflates)
        tries = 1 if ending.count else tries + 1
        placed += ending.count
        if placed < len(items):
            _check(ending.failed, placed, items[placed].path, tries)


def receive(
    board: Board, sources: Sequence[str], *, limit: int, on_progress: OnProgress | None = None
) -> list[bytes]:
    """Takes what expressions on the board hold.

    Args:
        board: the board.
        sources: expressions that give streams, e.g. ``open('/main.py','rb')``.
        limit: bytes that one of them may hold.
        on_progress: takes the index of a source and how many of its bytes have come; on another thread.

    Returns:
        Their contents.

    Raises:
        Exception: as `send` does.
    """
    contents: list[bytes] = []
    tries = 0
    while len(contents) < len(sources):
        told = _shifted(on_progress, len(contents))
        received, ending = _receive_once(board, sources[len(contents) :], limit, told)
        tries = 1 if received else tries + 1
        contents += received
        if len(contents) < len(sources):
            _check(ending.failed, len(contents), sources[len(contents)], tries)
    return contents


def _check(failed: int, index: int, what: str, tries: int) -> None:
    if failed and failed != BAD_DIGEST and failed not in _LOST_PLACE:
        raise BoardFailureError(index, failed)
    if tries >= TRIES:
        raise TransferError(what, f"arrived damaged {tries} times")


def _send_once(
    board: Board, items: Sequence[Item], on_progress: OnProgress | None, *, inflates: bool
) -> _Ending:
    if board.platform in _NO_INPUT:
        raise NotPossibleError
    nonce = secrets.randbelow(256)
    upload = Upload(items, nonce, burst=board.burst, is_paced=board.is_paced, on_progress=on_progress)
    code = _receiver(nonce, upload.longest_block, inflates=inflates)
    try:
        return _ending(board.exec(code, exchange=upload), nonce)
    except DeviceError as error:
        return _after(error, has_begun=upload.has_begun)
    except DeviceStalledError:
        return _Ending(BAD_DIGEST, 0)


def _receive_once(
    board: Board, sources: Sequence[str], limit: int, on_progress: OnProgress | None
) -> tuple[list[bytes], _Ending]:
    nonce = secrets.randbelow(256)
    download = Download(nonce, limit=limit, on_progress=on_progress)
    calls = "[" + ",".join(f"lambda:{source}" for source in sources) + "]"
    code = alone(snippet("frame") + snippet("send"), f"'NONCE':{nonce},'SOURCES':{calls}")
    try:
        ending = _ending(board.exec(code, exchange=download), nonce)
    except DeviceError as error:
        ending = _after(error, has_begun=bool(download.files))
    except DeviceStalledError:
        ending = _Ending(BAD_DIGEST, 0)
    return download.files, ending


def _receiver(nonce: int, longest: int, *, inflates: bool) -> str:
    names = f"'NONCE':{nonce},'LONGEST':{longest},'VARIABLES':globals()"
    return alone(snippet("frame") + snippet("receive"), names, inflates=inflates)


def _ending(output: str, nonce: int) -> _Ending:
    """Finds the last line of the program, among what threads may have printed."""
    found = re.search(rf"^{nonce} (\d+) (\d+)$", output, re.MULTILINE)
    return _Ending(int(found[1]), int(found[2])) if found else _Ending(BAD_DIGEST, 0)


def _after(error: DeviceError, *, has_begun: bool) -> _Ending:
    """What a traceback means."""
    if error.ename == "KeyboardInterrupt":
        raise error
    if not has_begun and error.ename in _LACKS:
        raise NotPossibleError from error
    return _Ending(BAD_DIGEST, 0)


def _shifted(on_progress: OnProgress | None, by: int) -> OnProgress | None:
    if on_progress is None:
        return None
    return lambda index, done: on_progress(index + by, done)
