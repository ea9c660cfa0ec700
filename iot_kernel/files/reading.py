"""Files from a board by what it prints: the way that works with every firmware."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence

from iot_kernel.files.abilities import Abilities
from iot_kernel.files.answers import TRIES, Answer, DamagedError
from iot_kernel.files.asking import Asker
from iot_kernel.files.errors import TransferError
from iot_kernel.files.tree import digest, digest_of

#: Takes the index of a file and how many of its bytes have come.
OnProgress = Callable[[int, int], None]


def read_files(asker: Asker, paths: Sequence[str], on_progress: OnProgress) -> list[bytes]:
    """Returns the contents of files.

    Args:
        asker: of the board.
        paths: normal.
        on_progress: takes how far it has come; a file that is tried again begins at 0 again.

    Raises:
        TransferError: one arrived damaged three times.
        Exception: as `RemoteFiles.read` does.
    """
    contents: list[bytes] = []
    tries = 0
    while len(contents) < len(paths):
        received = _read_once(asker, paths, len(contents), on_progress, TRIES - 1 - tries)
        contents += received
        tries = 1 if received else tries + 1
        if tries == TRIES and len(contents) < len(paths):
            asker.forget()
            raise TransferError(paths[len(contents)], f"arrived damaged {TRIES} times")
    return contents


def _read_once(
    asker: Asker, paths: Sequence[str], start: int, on_progress: OnProgress, tries_left: int
) -> list[bytes]:
    """Returns those contents that are right, up to the first that is not."""
    abilities = asker.abilities
    contents = _Contents(abilities, lambda index, done: on_progress(start + index, done))
    names = tuple(asker.named(path) for path in paths[start:])
    given = (names, abilities.algorithm, abilities.unit, abilities.has_base64)
    try:
        asker.once(
            [*abilities.digest_snippets, "print_files"],
            "__iot_print__",
            lambda: paths[start + len(contents.whole)],
            *given,
            on_answer=contents.take,
        )
    except DamagedError as error:
        asker.check(error, paths[start + len(contents.whole)], tries_left)
    return contents.whole


class _Contents:
    """What has come of files.

    Args:
        abilities: of the board.
        on_progress: takes the index of a file and its bytes.
    """

    def __init__(self, abilities: Abilities, on_progress: OnProgress) -> None:
        self._abilities = abilities
        self._on_progress = on_progress
        self._data = bytearray()
        self._is_right = True
        #: contents that have the digests that the board computed
        self.whole: list[bytes] = []

    def take(self, answer: Answer) -> None:
        """Takes a piece, or the digest behind the last piece of a file."""
        match answer:
            case (bytes(piece),):
                self._data += _decoded(piece) if self._abilities.has_base64 else piece
                self._on_progress(len(self.whole), len(self._data))
            case (check, True) if self._is_right:
                content, self._data = bytes(self._data), bytearray()
                self._is_right = digest_of(check) == digest(content, self._abilities.algorithm)
                if self._is_right:
                    self._on_progress(len(self.whole), len(content))
                    self.whole.append(content)


def _decoded(piece: bytes) -> bytes:
    try:
        return binascii.a2b_base64(piece)
    except binascii.Error:
        return b""  # the digest will tell
