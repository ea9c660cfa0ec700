"""What moves bytes beside running code, as files and large values: takes its frames, gives its input."""

from __future__ import annotations

from typing import Protocol

from iot_kernel.protocol.frames import Frame


class Transfer(Protocol):
    """Exchanges data with running code, past the raw REPL: the code sends frames, and gets its input.

    Methods are called under the lock of `iot_kernel.repl.link_state.LinkState` and must not block.
    """

    def receive(self, frame: Frame) -> None:
        """Takes a frame of the kernel's own channel."""

    def data_to_send(self) -> bytes:
        """Takes the input that the code can take now; empty where it has to be waited for."""

    def interrupt(self) -> bool:
        """Ends the transfer early where Ctrl-C would be input like any other; False leaves it to Ctrl-C."""

    def unstick(self) -> bool:
        """Ends the transfer although the code has fallen silent; False leaves it to Ctrl-C."""
