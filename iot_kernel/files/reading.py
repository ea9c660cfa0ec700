"""Files from a board by what it prints: the way that works with every firmware."""

from __future__ import annotations

import binascii
from collections.abc import Callable

from iot_kernel.errors import TransferError
from iot_kernel.files.abilities import Abilities
from iot_kernel.files.answers import TRIES, Answer, DamagedError
from iot_kernel.files.asking import Asker
from iot_kernel.files.tree import digest, digest_of


def read(asker: Asker, path: str, on_progress: Callable[[int], None]) -> bytes:
    """Returns a file's content.

    Args:
        asker: of the board.
        path: normal.
        on_progress: takes how many bytes have come.

    Raises:
        TransferError: it arrived damaged three times.
        Exception: as `RemoteFiles.read` does.
    """
    furthest = 0

    def told(done: int) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        on_progress(furthest)

    for tries_left in reversed(range(TRIES)):
        abilities = asker.abilities
        names = [abilities.digest_snippet, "print_file"]
        given = (asker.named(path), abilities.algorithm, abilities.unit, abilities.has_base64)
        content = _Content(abilities, told)
        try:
            asker.once(names, "__iot_print__", path, *given, on_answer=content.take)
        except DamagedError as error:
            asker.check(error, path, tries_left)
            continue
        if content.is_right:
            return bytes(content.data)
    asker.forget()
    raise TransferError(path, f"arrived damaged {TRIES} times")


class _Content:
    """What has come of a file."""

    def __init__(self, abilities: Abilities, on_progress: Callable[[int], None]) -> None:
        self._abilities = abilities
        self._on_progress = on_progress
        self._last: Answer = ()
        self.data = bytearray()

    def take(self, answer: Answer) -> None:
        """Takes a piece, or the digest at the end: a piece becomes data when something follows it."""
        self._append(self._last)
        self._last = answer
        self._on_progress(len(self.data))

    @property
    def is_right(self) -> bool:
        """Whether the data has the digest that the board computed."""
        expected = digest_of(self._last[0]) if len(self._last) == 1 else None
        return expected == digest(bytes(self.data), self._abilities.algorithm)

    def _append(self, answer: Answer) -> None:
        match answer:
            case (bytes(piece),):
                self.data += _decoded(piece) if self._abilities.has_base64 else piece


def _decoded(piece: bytes) -> bytes:
    try:
        return binascii.a2b_base64(piece)
    except binascii.Error:
        return b""  # the digest will tell
