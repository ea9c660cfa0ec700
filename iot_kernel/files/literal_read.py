"""Reads files of a board as literals that it prints: slower than `stream_transfer`, for every firmware."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.capabilities import Capabilities
from iot_kernel.files.errors import TransferError
from iot_kernel.files.remote_call import RemoteCaller
from iot_kernel.files.remote_reply import TRIES, Answer, DamagedError
from iot_kernel.files.tree import digest, digest_of

#: Stands for a damaged piece: no content has the digest then, and what has no end does not go unnoticed.
_WRONG = b"?"

#: Takes the index of a file and how many of its bytes have come.
OnProgress = Callable[[int, int], None]


def read_files(
    asker: RemoteCaller, paths: Sequence[str], on_progress: OnProgress, *, limit: int
) -> list[bytes]:
    """Returns the contents of files.

    Args:
        asker: of the board.
        paths: normal.
        limit: bytes that one of them may hold.
        on_progress: takes how far it has come; a file that is tried again begins at 0 again.

    Raises:
        TransferError: one arrived damaged three times, or has more bytes than the limit.
        Exception: as `RemoteFiles.read` does.
    """
    contents: list[bytes] = []
    tries = 0
    while len(contents) < len(paths):
        received = _read_once(asker, paths, len(contents), on_progress, limit, TRIES - 1 - tries)
        contents += received
        tries = 1 if received else tries + 1
        if tries == TRIES and len(contents) < len(paths):
            asker.forget()
            raise TransferError(paths[len(contents)], f"arrived damaged {TRIES} times")
    return contents


def _read_once(
    asker: RemoteCaller,
    paths: Sequence[str],
    start: int,
    on_progress: OnProgress,
    limit: int,
    tries_left: int,
) -> list[bytes]:
    """Returns those contents that are right, up to the first that is not."""
    capabilities = asker.capabilities
    wanted = paths[start:]
    contents = _Contents(wanted, capabilities, lambda index, done: on_progress(start + index, done), limit)
    names = tuple(asker.named(path) for path in wanted)
    given = (names, capabilities.algorithm, capabilities.unit, capabilities.has_base64)
    try:
        asker.once(
            [*capabilities.digest_snippets, "print_files"],
            "__iot_print__",
            lambda: contents.path,
            *given,
            on_answer=contents.take,
            timeout=None,
        )
    except DamagedError as error:
        asker.check(error, contents.path, tries_left)
    return contents.whole


class _Contents:
    """What has come of files.

    Args:
        paths: of the files.
        capabilities: of the board.
        on_progress: takes the index of a file and its bytes.
        limit: bytes of a file.
    """

    def __init__(
        self, paths: Sequence[str], capabilities: Capabilities, on_progress: OnProgress, limit: int
    ) -> None:
        self._paths = paths
        self._capabilities = capabilities
        self._on_progress = on_progress
        self._limit = limit
        self._data = bytearray()
        self._count = 0  # of files that have ended
        self._is_right = True
        #: contents that have the digests that the board computed
        self.whole: list[bytes] = []

    @property
    def path(self) -> str:
        """Of the file that is under way."""
        return self._paths[min(len(self.whole), len(self._paths) - 1)]

    def take(self, answer: Answer) -> None:
        """Takes a piece, or the digest behind the last piece of a file.

        Raises:
            TransferError: the file is longer than the limit.
            RemoteProtocolError: the answer makes no sense.
        """
        match answer:
            case (bytes(piece),) if piece and self._count < len(self._paths):
                self._data += _decoded(piece) if self._capabilities.has_base64 else piece
                if len(self._data) > self._limit:
                    raise TransferError(self.path, "has more bytes than the board had announced")
                self._on_progress(len(self.whole), len(self._data))
            case (check, True) if self._count < len(self._paths):
                self._count += 1
                content, self._data = bytes(self._data), bytearray()
                self._end(check, content)
            case _:
                raise RemoteProtocolError("reading a file", repr(answer).encode())

    def _end(self, check: object, content: bytes) -> None:
        self._is_right = self._is_right and digest_of(check) == digest(content, self._capabilities.algorithm)
        if self._is_right:
            self._on_progress(len(self.whole), len(content))
            self.whole.append(content)


def _decoded(piece: bytes) -> bytes:
    try:
        return binascii.a2b_base64(piece) or _WRONG
    except binascii.Error:
        return _WRONG
