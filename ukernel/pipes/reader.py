"""What all kinds of pipes have in common, those of kernels and those of recordings. Standard library only."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from ukernel.pipes.inbox import Inbox, MessageReader

Decoder = Callable[[bytes], Any]

_FLOAT = struct.Struct("<f")


def decode_float(data: bytes) -> float:
    """Reads a message as one little-endian 32-bit float.

    Raises:
        struct.error: it does not have four bytes.
    """
    if len(data) != _FLOAT.size:
        raise struct.error(
            f"a message of {len(data)} bytes is no 32-bit float: say what it is with decoder=, "
            "for example decoder=struct.Struct('<fff').unpack"
        )
    value: float = _FLOAT.unpack(data)[0]
    return value


class PipeReader(MessageReader, ABC):
    """The messages of a pipe, as they come: an iterator of bytes, and a context manager that hangs up.

    Args:
        name: of the pipe.
        inbox: what has come.
        label: what to call it beside others, such as ``board:name``; by default its name.
    """

    def __init__(self, name: str, inbox: Inbox, label: str = "") -> None:
        super().__init__(inbox)
        self.name = name
        #: what it is called beside pipes of other boards
        self.label = label or name
        #: names of a sample's values, where the pipe knows them
        self.labels: list[str] | None = None
        #: the pipe, or our reading of it, has ended
        self.closed = False

    @abstractmethod
    def read(self, timeout: float | None = None) -> bytes | None:
        """Waits for the next message.

        Args:
            timeout: seconds; 0 takes what is there; None waits as long as it takes.

        Returns:
            The message; None at the end of the pipe, when `closed` is set, or when the time is over.

        Raises:
            PipeError: nothing more can be read, and why.
        """

    @property
    def kind(self) -> str:
        """Where it comes from, in a word."""
        return "recording"

    @abstractmethod
    def close(self) -> None:
        """Reads no more; a read under way in another thread ends. Twice is fine."""

    @abstractmethod
    def ask(self) -> dict[str, object]:
        """Asks what is known of the pipe: ``open``, and more where a kernel has it.

        Raises:
            OSError: nobody answers.
        """

    def decoder(self, given: Decoder | None) -> Decoder:
        """Chooses what makes samples of the messages: what the user has given, or what suits this pipe."""
        return given or decode_float

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        data = self.read()
        if data is None:
            raise StopIteration
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
