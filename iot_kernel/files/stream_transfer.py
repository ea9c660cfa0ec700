"""The fast way for contents: raw bytes through standard input, and frames back. For firmware that has both.

Both means ``sys.stdin.buffer``, ``sys.stdout.buffer``, ``select``, ``binascii.crc32`` and
``micropython.kbd_intr``: MicroPython 1.12 and later on most ports. A board that lacks something says so
before any content was sent. `upload` and `download` specify the bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iot_kernel.errors import DeviceError, DeviceStalledError, DeviceTimeoutError
from iot_kernel.files.blocks import FileToSend
from iot_kernel.files.board import FileBoard
from iot_kernel.files.download import LONGEST_DATA, Download
from iot_kernel.files.errors import TransferError
from iot_kernel.files.partial import Parts
from iot_kernel.files.remote_reply import literal
from iot_kernel.files.upload import BAD_DIGEST, Upload
from iot_kernel.snippets import OWN, alone, snippet

#: How often the same file is tried.
TRIES = 3

#: Transfers of the same files; each but `TRIES` of them has to bring something new.
MOST_TALKS = 40

#: bytes of a file in one frame, where longer ones were torn. Shorter ones would be half overhead.
SHORTEST_DATA = 64

#: bytes in frames for each byte of a file, at most: pieces of a few bytes stand only where others end.
OVERHEAD = 2

#: bytes of the frames of one transfer that are fine however little was asked for.
LEAST_OF_ALL = 1 << 16

#: Errno values of a receiver that lost its place in what it reads: nothing came, or what came was no block.
_LOST_PLACE = frozenset({71, 110})

#: What firmware without something says, before anything has begun.
_LACKS = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "NameError", "MemoryError"})

#: Reading standard input hangs for good there: the port has none.
_NO_INPUT = frozenset({"webassembly"})

OnProgress = Callable[[int, int], None]


class NotPossibleError(Exception):
    """This firmware cannot do it; nothing was changed."""


class PathTooLongError(NotPossibleError):
    """The path of one of these files is too long for this way; other files can go it."""


@dataclass(eq=False)
class BoardFailureError(Exception):
    """The board's operating system refused.

    Args:
        index: of the file.
        errno: as the board numbers errors.
    """

    index: int
    errno: int


@dataclass(frozen=True, slots=True)
class Source:
    """Something to take from a board.

    Args:
        path: what it is called in errors.
        expression: gives a stream; it sees the user's variables, and the board's ``builtins`` as `OWN`.
    """

    path: str
    expression: str


@dataclass(frozen=True, slots=True)
class _Ending:
    failed: int  # an errno, or BAD_DIGEST
    count: int  # files that came through


def send(
    board: FileBoard,
    items: Sequence[FileToSend],
    on_progress: OnProgress = lambda *_: None,
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
        Exception: as `FileBoard.exec` does.
    """
    placed = tries = 0
    while placed < len(items):
        told = _renumbered(on_progress, range(placed, len(items)))
        ending = _send_once(board, items[placed:], told, inflates=inflates)
        tries = 1 if ending.count else tries + 1
        placed += ending.count
        if placed < len(items):
            _check(ending.failed, placed, items[placed].path, tries)


def receive(
    board: FileBoard,
    sources: Sequence[Source],
    *,
    limit: int,
    on_progress: OnProgress = lambda *_: None,
    inflates: bool = False,
) -> list[bytes]:
    """Takes what expressions on the board hold.

    What is missing after a transfer is asked for in another one, in shorter frames.

    Args:
        board: the board.
        sources: what to take; at most `MOST_FILES`.
        limit: bytes that one of them may hold.
        on_progress: takes the index of a source and how many of its bytes have come; on another thread.
        inflates: as for `send`.

    Returns:
        Their contents.

    Raises:
        Exception: as `send` does.
    """
    files = [Parts(limit) for _ in sources]
    most = OVERHEAD * limit * len(sources) + LEAST_OF_ALL
    longest, fruitless = LONGEST_DATA, 0
    for _ in range(MOST_TALKS):
        before = [_state(file) for file in files]
        _receive_once(board, sources, files, longest, most, on_progress, inflates=inflates)
        contents = [file.content for file in files if file.content is not None]
        if len(contents) == len(sources):
            return contents
        fruitless = fruitless + 1 if before == [_state(file) for file in files] else 0
        if fruitless == TRIES:
            break
        longest = max(SHORTEST_DATA, longest // 4)
    path = next(source.path for source, file in zip(sources, files, strict=True) if file.content is None)
    raise TransferError(path, f"arrived damaged {TRIES} times")


def _state(file: Parts) -> object:
    """What changes when something of a file has come."""
    return file.count, file.has_end, file.times_wrong, file.content is None


def _check(failed: int, index: int, what: str, tries: int) -> None:
    if failed and failed != BAD_DIGEST and failed not in _LOST_PLACE:
        raise BoardFailureError(index, failed)
    if tries >= TRIES:
        raise TransferError(what, f"arrived damaged {tries} times")


def _send_once(
    board: FileBoard, items: Sequence[FileToSend], on_progress: OnProgress, *, inflates: bool
) -> _Ending:
    if board.platform in _NO_INPUT:
        raise NotPossibleError
    nonce = secrets.randbelow(256)
    upload = Upload(items, nonce, burst=board.burst, is_paced=board.is_paced, on_progress=on_progress)
    if not upload.is_possible:
        raise PathTooLongError
    code = _receiver(nonce, upload.longest_block, inflates=inflates)
    try:
        board.exec(code, transfer=upload, on_output=board.on_stray)
    except DeviceError as error:
        return _after(error, upload.placed, has_begun=upload.has_begun)
    except DeviceStalledError:
        return _Ending(BAD_DIGEST, upload.placed)
    return _Ending(upload.failed, upload.placed)


def _receive_once(
    board: FileBoard,
    sources: Sequence[Source],
    files: Sequence[Parts],
    longest: int,
    most: int,
    on_progress: OnProgress,
    *,
    inflates: bool,
) -> None:
    """Asks for what is missing of files; after damage the caller does it again."""
    open_ones = [index for index, file in enumerate(files) if file.content is None]
    nonce = secrets.randbelow(256)
    told = _renumbered(on_progress, open_ones)
    wanted = [files[index] for index in open_ones]
    download = Download(nonce, wanted, limit=most, stop=board.interrupt, on_progress=told)
    requests = ",".join(_request(sources[index].expression, files[index]) for index in open_ones)
    given = f"'NONCE':{nonce},'REQUESTS':[{requests}],'LONGEST':{longest}"
    code = alone(snippet("frame") + snippet("send"), given, inflates=inflates)
    try:
        board.exec(code, transfer=download, on_output=board.on_stray)
    except DeviceError as error:
        if not download.is_too_long:
            _after(error, 0, has_begun=download.has_begun)
    except DeviceTimeoutError as error:  # what has arrived counts; the rest is asked for again
        if not (download.is_too_long or isinstance(error, DeviceStalledError)):
            raise
    if download.is_too_long:
        index = next((index for index in open_ones if files[index].is_too_long), open_ones[0])
        raise TransferError(sources[index].path, "has more bytes than the board had announced")
    if download.failed is not None:
        raise BoardFailureError(open_ones[download.failed[0]], download.failed[1])
    for index in open_ones:
        if files[index].times_wrong == TRIES:
            raise TransferError(sources[index].path, f"arrived damaged {TRIES} times")


def _request(expression: str, file: Parts) -> str:
    """What the program reads of one file: all of it, or the missing parts and whether its end is."""
    if not file.count and not file.has_end:
        return f"(lambda:{expression},)"
    return f"(lambda:{expression},{literal(file.missing())},{not file.has_end})"


def _receiver(nonce: int, longest: int, *, inflates: bool) -> str:
    names = f"'NONCE':{nonce},'LONGEST':{longest},'VARIABLES':{OWN}.globals()"
    return alone(snippet("frame") + snippet("receive"), names, inflates=inflates)


def _after(error: DeviceError, count: int, *, has_begun: bool) -> _Ending:
    """What a traceback means."""
    if error.ename == "KeyboardInterrupt":
        raise error.without_frames() from None
    if not has_begun and error.ename in _LACKS:
        raise NotPossibleError from error
    return _Ending(BAD_DIGEST, count)


def _renumbered(on_progress: OnProgress, indices: Sequence[int]) -> OnProgress:
    return lambda index, done: on_progress(indices[index], done)
