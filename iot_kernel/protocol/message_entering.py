"""How a board with µcore firmware is brought to where it waits for guarded code. Pure.

It says who it is also while code runs. So it is asked that first, then to run nothing, and then to prepare
for the guard. One that runs nothing must not be interrupted: the interrupt would wait for the next code.
"""

from __future__ import annotations

from iot_kernel.protocol.jmp_messages import JmpMessage, MessageKind
from iot_kernel.protocol.message_requests import MessageRequests


class MessageEntering:
    """Asks until the board is prepared.

    Args:
        requests: what goes to the board.
        preparation: code that prepares it.
    """

    def __init__(self, requests: MessageRequests, preparation: str) -> None:
        self._requests = requests
        self._preparation = preparation
        self._is_there = False  # it answers, and may be running code
        self._is_free = False  # it runs ours
        self._knocks = 0  # how often it was asked to run nothing

    def ask(self) -> str:
        """Asks for what comes next, or again; returns the id of the message."""
        if self._is_free:
            return self._requests.execute(self._preparation)
        if self._is_there:
            self._knocks += 1
            return self._requests.execute("")
        return self._requests.ask_info()

    @property
    def may_interrupt(self) -> bool:
        """Whether code of somebody else runs: the board was asked twice to run nothing, and has not begun."""
        return self._knocks > 1 and not self._is_free

    def answered(self, answer: JmpMessage) -> bool:
        """Takes an answer to what was asked last; returns whether something else is to be asked now."""
        match answer.header.kind:
            case MessageKind.KERNEL_INFO_REPLY if not self._is_there:
                self._is_there = True
                return True
            case MessageKind.EXECUTE_REPLY if not self._is_free:
                self._is_there = self._is_free = True
                return True
        return False
