"""What code prints in messages, without the marks that are no output: the end mark, and the guard's. Pure."""

from __future__ import annotations

from iot_kernel.protocol.exception_guard import guard_mark, raised
from iot_kernel.protocol.marks import LONGEST_TRACEBACK


class MessageOutput:
    """The output of code, from its beginning to its end.

    Args:
        session: as for `iot_kernel.protocol.exception_guard.preparation`.
        mark: what the code prints as its last act, which is no output then; empty where it does not.
    """

    def __init__(self, session: str, mark: bytes = b"") -> None:
        self._mark = mark
        self._guard = guard_mark(session)
        self._held = b""  # what may be the beginning of a mark
        self._raised: bytes | None = None  # what came behind the guard's mark

    @property
    def has_raised(self) -> bool:
        """Whether the guard has told of an exception."""
        return self._raised is not None

    @property
    def traceback(self) -> bytes:
        """What was raised, as it would be told without the guard; empty where nothing was."""
        return raised(self._raised or b"")

    def forget_traceback(self) -> None:
        """Takes back what was raised: it is told again, since not all of it may have come."""
        self._raised = None

    def feed(self, data: bytes) -> bytes:
        """Takes what came, in any cutting; returns what is output for sure."""
        if self._raised is not None:
            self._raised = (self._raised + data)[:LONGEST_TRACEBACK]
            return b""
        data, is_raised, behind = (self._held + data).partition(self._guard)
        if is_raised:
            self._raised, held = behind, 0
        else:
            held = max(_beginning(data, self._mark), _beginning(data, self._guard))
        self._held = data[len(data) - held :]
        return data[: len(data) - held]

    def end(self, *, has_failed: bool) -> bytes:
        """Returns what was held back and is output, now that nothing more comes."""
        held, self._held = self._held, b""
        return held if has_failed or held != self._mark else b""


def _beginning(data: bytes, mark: bytes) -> int:
    """Counts the bytes at the end of data that are a mark, or the beginning of one."""
    return next((count for count in range(len(mark), 0, -1) if data.endswith(mark[:count])), 0)
