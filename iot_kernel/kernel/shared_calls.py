"""What a cell that runs on several boards at the same time asks of the notebook: one thing after the other.

Questions to the user are put one after the other, and name their board. Variables of the host are moved one
after the other. Host code is refused: its output could be told from nobody's.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Protocol

from iot_kernel.errors import UsageError
from iot_kernel.syntax.suggestions import similar

OnAnswer = Callable[[str], None]


class UserCalls(Protocol):
    """What a cell asks of the event loop; `iot_kernel.kernel.board_calls.BoardCalls` has the contract."""

    def note_code(self, code: str) -> None:
        """Code is about to run on a board."""

    def ask_user(self, prompt: str, on_answer: OnAnswer) -> None:
        """Asks for a line of input."""

    def explain(self, name: str, *, source: bool) -> str | None:
        """Tells what is known of a name on the board."""


class HostReach(Protocol):
    """How a cell reaches the sub-kernel; `iot_kernel.kernel.host_calls.HostCalls` has the contract."""

    @property
    def started(self) -> bool:
        """Whether the sub-kernel is there or on its way."""

    def execute(self, source: str, piece: int) -> Mapping[str, Any]:
        """Runs a piece of the cell in the sub-kernel."""

    def ask(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Asks the sub-kernel about its variables."""

    def interrupt(self) -> None:
        """Interrupts what the sub-kernel is working on."""


class SharedCalls:
    """What boards of one cell ask of the event loop; see `BoardCalls`. Thread-safe.

    Args:
        calls: those of the cell.
    """

    def __init__(self, calls: UserCalls) -> None:
        self._calls = calls
        self._questions_lock = threading.Lock()
        self._noted: set[str] = set()
        self._waiting: deque[tuple[str, str, OnAnswer]] = deque()
        self._asking = ""  # the board whose question the user sees

    def note_code(self, code: str) -> None:
        """Code is about to run on a board; what runs on all of them counts once."""
        with self._questions_lock:
            is_new = code not in self._noted
            self._noted.add(code)
        if is_new:
            self._calls.note_code(code)

    def explain(self, name: str, *, source: bool) -> str | None:
        """Tells what is known of a name; see `BoardCalls`."""
        return self._calls.explain(name, source=source)

    def ask(self, name: str, prompt: str, on_answer: OnAnswer) -> None:
        """Asks for a line of input once those that were asked before are answered.

        Args:
            name: of the board, which the prompt gets.
            prompt: what the board asks.
            on_answer: takes the line.
        """
        with self._questions_lock:
            if self._asking == name:  # it was interrupted: no answer comes to what it had asked
                self._asking = ""
            self._waiting.append((name, prompt, on_answer))
        self._ask_next()

    def interrupt(self) -> None:
        """All boards are about to be interrupted: what they have asked so far needs no answer."""
        with self._questions_lock:
            self._waiting.clear()
            self._asking = ""

    def leave(self, name: str, *, interrupted: bool) -> None:
        """A board has ended: nothing is asked for it any more.

        A question that the user sees stays until it is answered, unless the user has interrupted the board.
        """
        with self._questions_lock:
            if not self._asking and not self._waiting:
                return
            self._waiting = deque(each for each in self._waiting if each[0] != name)
            if self._asking == name and interrupted:
                self._asking = ""
        self._ask_next()

    def _ask_next(self) -> None:
        with self._questions_lock:
            if self._asking or not self._waiting:
                return
            self._asking, prompt, on_answer = self._waiting.popleft()
            text = f"{self._asking}: {prompt}"
        self._calls.ask_user(text, partial(self._answered, self._asking, on_answer))

    def _answered(self, name: str, on_answer: OnAnswer, text: str) -> None:
        with self._questions_lock:
            if self._asking == name:
                self._asking = ""
        on_answer(text)
        self._ask_next()


class CallsOfBoard:
    """What one of the boards asks; it takes the place of `BoardCalls`.

    Args:
        shared: those of all.
        name: of the board.
    """

    def __init__(self, shared: SharedCalls, name: str) -> None:
        self._name = name
        self.note_code = shared.note_code
        self.explain = shared.explain
        self._ask = shared.ask

    def ask_user(self, prompt: str, on_answer: OnAnswer) -> None:
        """Asks for a line of input; the prompt says which board asks."""
        self._ask(self._name, prompt, on_answer)


class SharedHost:
    """How boards of one cell reach the sub-kernel; it takes the place of `HostCalls`.

    Args:
        host: the cell's.
        titles: of the magics that a board can run.
    """

    def __init__(self, host: HostReach, titles: Collection[str]) -> None:
        self._host = host
        self._titles = titles
        self._host_lock = threading.Lock()

    @property
    def started(self) -> bool:
        """Whether the sub-kernel is there or on its way."""
        return self._host.started

    def execute(self, source: str, piece: int) -> Mapping[str, Any]:
        """Refuses host code.

        Raises:
            UsageError: always.
        """
        first = source.lstrip().partition("\n")[0].strip()
        meant = similar(first.split()[0], self._titles) if first.startswith("%") else ""
        question = f"did you mean {meant}? " if meant else ""
        raise UsageError(
            f"{question}'{first[:60]}' runs on the host, which a cell on several boards at the same time "
            "cannot do; put it into a cell of its own"
        )

    def ask(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Asks the sub-kernel about its variables, one board after the other; see `HostCalls.ask`."""
        with self._host_lock:
            return self._host.ask(question, data)

    def interrupt(self) -> None:
        """Interrupts what the sub-kernel is working on. Does not wait."""
        self._host.interrupt()
