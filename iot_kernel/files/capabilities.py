"""`Capabilities`: what a board's firmware has for files, as the snippet ``capabilities`` told it."""

from __future__ import annotations

from dataclasses import dataclass

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.remote_reply import Answer

#: s between the epochs of 1970 and 2000.
EPOCH_2000 = 946_684_800

#: s since 1970; a clock before that was never set: it began in 2000 when the board was switched on.
FIRST_TIME = EPOCH_2000 + 366 * 86_400

ALGORITHMS = ("sha256", "sha1", "crc32", "adler32")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the firmware has.

    Args:
        has_directories: and ``os.stat``; a flat file system has neither.
        has_rename: ``os.rename``.
        has_base64: ``binascii``.
        inflates: ``deflate``.
        algorithm: the best digest, one of `ALGORITHMS`.
        epoch: the year in which its clock is 0.
        free: bytes of memory when it was asked.
    """

    has_directories: bool
    has_rename: bool
    has_base64: bool
    inflates: bool
    algorithm: str
    epoch: int
    free: int

    @classmethod
    def from_answer(cls, answers: list[Answer]) -> Capabilities:
        """Reads what the snippet ``capabilities`` said.

        Raises:
            RemoteProtocolError: it makes no sense.
        """
        match answers:
            case [(bool(), bool(), bool(), bool(), str(algorithm), int(), int()) as answer] if (
                algorithm in ALGORITHMS
            ):
                return cls(*answer)
        raise RemoteProtocolError("asking what the board has for files", repr(answers).encode())

    @property
    def unit(self) -> int:
        """Bytes of a file that the board can hold in memory together with the code that holds them."""
        return max(64, min(4096, self.free // 64 & ~63))

    @property
    def digest_snippets(self) -> list[str]:
        """The names of the snippets that read a file and compute its digest."""
        name = self.algorithm if self.algorithm in {"crc32", "adler32"} else "hashlib"
        return ["pieces" if self.has_directories else "pieces_small", f"digest_{name}"]

    def host_time(self, seconds: object) -> int | None:
        """Returns a time of the board in seconds since 1970; None for one that means nothing."""
        if not isinstance(seconds, int | float):
            return None
        since = int(seconds) + (EPOCH_2000 if self.epoch == 2000 else 0)
        return since if FIRST_TIME <= since < 1 << 40 else None
