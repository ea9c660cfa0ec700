"""What the host sends to a board with µcore firmware: messages with ids of its own. Pure."""

from __future__ import annotations

from iot_kernel.protocol import cobs
from iot_kernel.protocol.jmp_messages import STDIN, Content, Header, JmpMessage, MessageKind, encode

#: Ends what a board may have got before, in a way that it is no message: the firmware reads behind the end of
#: one that is too short, and a few bytes such as Ctrl-A are the code of zeros. These say that more come.
SPOILED = b"#" * 14 + cobs.END


class MessageRequests:
    """The requests of one link.

    Args:
        session: a few letters in front of each id. The board repeats the id in each message of its answer, so
            ids are short.
    """

    def __init__(self, session: str) -> None:
        self._session = session
        self._sent = 0
        self._outgoing = b""

    def send(self, kind: MessageKind, content: Content | None = None) -> str:
        """Sends a message; returns its id."""
        self._sent += 1
        header = Header(kind, f"{self._session}{self._sent}")
        self._outgoing += cobs.encode(encode(JmpMessage(header, content or {}))) + cobs.END
        return header.msg_id

    def execute(self, code: str) -> str:
        """Has the board run code; returns the message's id."""
        return self.send(MessageKind.EXECUTE_REQUEST, {"code": code, "flags": STDIN})

    def ask_info(self) -> str:
        """Asks the board who it is, behind whatever it has got before; returns the message's id."""
        self._outgoing += SPOILED
        return self.send(MessageKind.KERNEL_INFO_REQUEST)

    def data_to_send(self) -> bytes:
        """Takes the bytes that must go to the board now."""
        data, self._outgoing = self._outgoing, b""
        return data
