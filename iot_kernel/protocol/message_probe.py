"""A question that boards with µcore firmware answer, and that does no harm to others. Pure.

It goes to whatever is silent at an address, which may be a board with stock firmware that is busy. So in it
there is no Ctrl-C, Ctrl-D, Ctrl-B (which restarts CircuitPython), tab or line end; all that can be printed is
``#``: a comment, if a prompt gets to read it, and CR ends it. That decides the length of the message's id:
the length of the header must have no byte 0x00, which would be coded as 0x02.
"""

from __future__ import annotations

from iot_kernel.protocol import cobs
from iot_kernel.protocol.jmp_messages import Header, JmpMessage, MessageKind, encode
from iot_kernel.protocol.message_blocks import MessageBlocks
from iot_kernel.protocol.message_requests import SPOILED

_ROUTE = b"#" * 31 + b"\0" + b"#" * 4
_BEGINNING = b" " + b"#" * 31
_ID = "#" * 281

#: The question, behind whatever the board may have got before.
PROBE = (
    SPOILED
    + cobs.encode(
        encode(JmpMessage(Header(MessageKind.KERNEL_INFO_REQUEST, _ID, version=b"###"), route=_ROUTE))
    )
    + cobs.END
    + b"\r"
)


class ProbeAnswer:
    """Looks for the answer to `PROBE`."""

    def __init__(self) -> None:
        self._blocks = MessageBlocks(_BEGINNING)

    def finds(self, data: bytes) -> bool:
        """Takes what came, in any cutting; returns whether the answer was in it."""
        return any(
            message.header.kind == MessageKind.KERNEL_INFO_REPLY
            and message.parent is not None
            and message.parent.msg_id == _ID
            for message in self._blocks.feed(data)
        )
