"""What a talk between the host and running code has to offer to the link that carries it."""

from __future__ import annotations

from typing import Protocol

from iot_kernel.protocol.jmp import Frame


class Exchange(Protocol):
    """A talk with running code, past the raw REPL: it sends frames, and what goes to it is its input.

    Methods are called under the link's lock and must not block.
    """

    def receive(self, frame: Frame) -> None:
        """Takes a frame of the kernel's own channel."""

    def data_to_send(self) -> bytes:
        """Takes the input that the code can take now; empty where it has to be waited for."""

    def interrupt(self) -> bool:
        """Ends the talk early where Ctrl-C would be input like any other; False leaves it to Ctrl-C."""

    def unstick(self) -> bool:
        """Ends the talk although the code has fallen silent; False leaves it to Ctrl-C."""
