"""Asks the user for commands of the debugger, and hands them to a prompt, until the code goes on or ends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from iot_kernel.debugging.messages import Continued, Stopped
from iot_kernel.debugging.prompt.console import AskLine
from iot_kernel.debugging.prompt.looks import PROMPT, LookingPrompt, PromptReply
from iot_kernel.device.debug_link import Event


class PromptTalk:
    """What one cell's user is asked. The constructor touches nothing.

    Args:
        ask: asks the user for a line; None where nobody can be asked.
        show: shows text.
    """

    def __init__(self, ask: AskLine | None, show: Callable[[str], None]) -> None:
        self._ask = ask
        self._show = show
        self._inbox: queue.SimpleQueue[Event | tuple[int, str] | None] = queue.SimpleQueue()
        self._asked = 0
        self._is_over = False

    @property
    def is_possible(self) -> bool:
        """Whether somebody can be asked."""
        return self._ask is not None

    # From any thread

    def take(self, said: Event) -> None:
        """Takes what the board says."""
        self._inbox.put(said)

    def end(self) -> None:
        """Ends all waiting, for good: nothing more is shown or asked."""
        self._is_over = True
        self._inbox.put(None)

    # On the thread of the prompt; these block

    def next_stop(self) -> Stopped | None:
        """Waits until code stands; None at the end."""
        while not self._is_over:
            said = self._inbox.get()
            if isinstance(said, Stopped):
                return said
        return None

    def converse(
        self, prompt: LookingPrompt, greeting: str, busy: threading.Event | None = None
    ) -> PromptReply | None:
        """Asks for commands until one lets the code go on.

        Args:
            prompt: obeys them.
            greeting: what is shown first.
            busy: set while a command is obeyed.

        Returns:
            What came of the last one; None where the code went on without, or has ended.
        """
        busy = busy or threading.Event()
        self._show(greeting)
        while (line := self._next_line()) is not None:
            busy.set()
            reply = prompt.obey(line)
            busy.clear()
            if reply.text and not self._is_over:
                self._show(reply.text)
            if reply.step is not None or reply.leaves or reply.was_interrupted:
                return reply
        return None

    def _next_line(self) -> str | None:
        if self._is_over or self._ask is None:
            return None
        self._asked += 1
        number = self._asked
        self._ask(PROMPT, lambda line: self._inbox.put((number, line)))
        while True:
            match self._inbox.get():
                case (int(answered), str(line)) if answered == number:
                    return line
                case Continued() | None:
                    return None
