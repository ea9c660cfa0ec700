"""Where code of a board stands at the moment, and the events by which frontends hear of it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iot_kernel.debugging.errors import NotStoppedError
from iot_kernel.debugging.frontend.breakpoints import Breakpoints
from iot_kernel.debugging.frontend.standing import Numbers, Render, Standing
from iot_kernel.debugging.frontend.variable_rows import Row
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.messages import Continued, Logged, Stopped

#: The numbers of a board's threads for frontends: the main one, then others. debugpy counts from 1.
THREADS = range(1 << 30, (1 << 30) + 1000)


class Stops:
    """What one kernel's boards have said of where they stand. The constructor touches nothing.

    Args:
        breakpoints: what is known of checkpoints.
        on_event: takes events for the frontends.
        render: shows a variable alone.
    """

    def __init__(self, breakpoints: Breakpoints, on_event: Callable[[Row], None], render: Render) -> None:
        self._render = render
        self._breakpoints = breakpoints
        self._on_event = on_event
        self._numbers = Numbers()
        self._events = 0
        self._others: list[int] = []
        self._thread = THREADS[0]
        #: what stands; None while everything runs or has ended
        self.standing: Standing | None = None

    def take(self, said: Stopped | Continued | Logged) -> None:
        """Takes what a board says by itself."""
        match said:
            case Stopped():
                self._stop(said)
            case Continued():
                self.leave()
            case Logged(text):
                self._emit("output", category="console", output=f"{text}\n")

    def take_error(self, stack: Sequence[StackFrame], text: str) -> None:
        """The main thread has raised what nobody catches.

        Args:
            stack: its frames as they were last, the outermost first.
            text: the error.
        """
        self._stand(THREADS[0], stack, reason="exception", description=text, text=text)

    def leave(self) -> None:
        """Nothing stands any more."""
        if self.standing is not None:
            self.standing = None
            self._emit("continued", threadId=self._thread, allThreadsContinued=False)

    def now(self) -> Standing:
        """Returns what stands.

        Raises:
            NotStoppedError: nothing does.
        """
        if self.standing is None:
            raise NotStoppedError
        return self.standing

    # Threads

    def is_for_board(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a request is about a thread of a board.

        While the main one stands no host cell runs, so that every thread is meant for it: JupyterLab names
        one of debugpy's after its page was loaded again.
        """
        stands = self.standing is not None and self._thread == THREADS[0]
        return stands or arguments.get("threadId") in THREADS

    def stopped_threads(self) -> list[int]:
        """Returns the thread that stands."""
        return [self._thread] if self.standing is not None else []

    def threads(self) -> list[Row]:
        """Returns the threads that are known by now."""
        names = ["board", *(f"board, thread {index + 1}" for index in range(len(self._others)))]
        return [{"id": number, "name": name} for number, name in zip(THREADS, names, strict=False)]

    def _number(self, said: Stopped) -> int:
        if said.is_main:
            return THREADS[0]
        if said.thread not in self._others and len(self._others) < len(THREADS) - 1:
            self._others.append(said.thread)
            self._emit("thread", reason="started", threadId=THREADS[len(self._others)])
        known = self._others.index(said.thread) + 1 if said.thread in self._others else len(THREADS) - 1
        return THREADS[known]

    # Events

    def _stop(self, said: Stopped) -> None:
        thread = self._number(said)
        stack = self._breakpoints.table.stack(said.numbers)
        if said.reason != "error":
            self._stand(thread, stack, reason=said.reason)
            return
        text = f"a condition or a log message failed: {said.text}"
        self._emit("output", category="stderr", output=f"{text}\n")
        self._stand(thread, stack, reason="breakpoint", description=text, text=text)

    def _stand(self, thread: int, stack: Sequence[StackFrame], **more: object) -> None:
        self.leave()
        self.standing, self._thread = Standing(stack, self._numbers, self._render), thread
        if hit := self._hit(stack):
            more["hitBreakpointIds"] = hit
        self._emit("stopped", threadId=thread, allThreadsStopped=False, preserveFocusHint=False, **more)

    def _hit(self, stack: Sequence[StackFrame]) -> list[int]:
        last = stack[-1].place if stack else None
        return self._breakpoints.at(last.key, last.checkpoint.line) if last is not None else []

    def _emit(self, event: str, **body: object) -> None:
        self._events += 1
        self._on_event({"type": "event", "seq": self._events, "event": event, "body": body})
