"""The interpreter of a board with µcore firmware as a state machine: messages in, the raw REPL's events out.

It has the surface of `iot_kernel.protocol.raw_repl.RawRepl`, so whoever drives a board need not know which of
the two it has. No clock, no thread, no I/O.

Theory of operation (facts from the firmware's sources, github.com/dmachinewhisperer/ucore, and from its C
code running on a desktop)

- A request is answered by status *busy*, what the code prints, the reply, an error where there was one, and
  status *idle*. A request that interrupts another one takes its output from it, and its idle: so code ends
  with its reply, nothing is asked while code runs, and after an interrupt what it raised is asked for.
- The firmware restarts the interpreter after each exception that nobody catches, without a word, and drops
  the end of what was printed fast. So code runs under the guard of `iot_kernel.protocol.exception_guard`,
  which tells by pipes what was printed and raised. Where an exception comes through all the same, `Rebooted`
  follows `Finished`. Where the guard is gone, the board has restarted: the code had not begun, and goes
  again.
- Entering is done by `iot_kernel.protocol.message_entering`.
- Code goes in pieces: a task with a small stack takes each request.
- A line of three bytes that answers ``input()`` is taken for Ctrl-C. So one more is sent with it, which the
  ``input`` of `iot_kernel.snippets` takes away. An interrupt does not end ``input()``; such a line does.
- Bytes that came before, or noise, ruin the message behind them: something that ends them goes first.
"""

from __future__ import annotations

from collections.abc import Callable

from iot_kernel.errors import LocalProtocolError
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.events import (
    Accepted,
    Entered,
    Event,
    Finished,
    Output,
    PasteRefused,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.exception_guard import (
    OUTPUT_PIPE,
    QUESTION,
    guarded,
    is_unprepared,
    preparation,
    raised,
)
from iot_kernel.protocol.jmp_messages import Busy, Content, JmpMessage, MessageKind
from iot_kernel.protocol.message_blocks import MessageBlocks
from iot_kernel.protocol.message_entering import MessageEntering
from iot_kernel.protocol.message_output import MessageOutput
from iot_kernel.protocol.message_requests import MessageRequests
from iot_kernel.protocol.state import EXECUTING, State

#: bytes of code in one request, before the guard: the firmware takes it apart on a stack of 4 KB
LONGEST_CODE = 1200

#: An answer of so many bytes is taken for Ctrl-C by the firmware.
_MISTAKEN = 3
_CTRL_C = "\x03" * _MISTAKEN


class MessageRepl:
    """One board's interpreter, behind messages.

    Feed it with `receive_data`, take `events_received` and `data_to_send`. Bytes never make it raise.

    Args:
        session: a few letters that no kernel before has used for this board: answers to others are not ours.
        cut: cuts code into pieces of at most so many bytes that do the same one after the other.

    Attributes:
        state: where the board is, as far as the host knows.
    """

    def __init__(self, session: str, cut: Callable[[str, int], list[str]]) -> None:
        self.state = State.UNKNOWN
        self._session = session
        self._cut = cut
        self._blocks = MessageBlocks()
        self._events: list[Event] = []
        self._requests = MessageRequests(session)
        self._asked = ""  # the id of the request whose reply is waited for
        self._pieces: list[str] = []
        self._piece = ""  # that runs
        self._is_prepared = False
        self._has_restarted = False  # before the code that is being sent
        self._is_asking = False  # the code waits for input
        self._output = MessageOutput(session)
        self._preparation = preparation(session)
        self._entering = MessageEntering(self._requests, self._preparation)
        self._is_interrupted = False  # so how the code ended may have been lost

    # Requests of the host

    @property
    def has_code_ended(self) -> bool:
        """Whether the code is known to have ended, though something of its end is still to come: never."""
        return False

    def enter(self) -> None:
        """Asks the board whether it is there; `Entered` tells that it is. May be called again."""
        if self.state is not State.ENTERING:
            self.forget()
            self.state = State.ENTERING
        self._asked = self._entering.ask()

    def ask_messages(self) -> None:
        """Nothing: it talks in messages."""

    def execute(
        self, code: bytes, *, paste: bool = False, mark: EndMark | None = None, is_marked: bool = False
    ) -> None:
        """Sends code to the board.

        Args:
            code: source text.
            paste: `PasteRefused` is the answer: there is no raw-paste mode.
            mark: the board's; where code prints it as its last act it is no output.
            is_marked: whether the code prints the end mark as its last act.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot execute while {self.state.value}")
        if paste:
            self._events.append(PasteRefused())
            return
        self._output = MessageOutput(self._session, mark.end if mark is not None and is_marked else b"")
        self._is_asking = self._has_restarted = self._is_interrupted = False
        self._pieces = [guarded(piece) for piece in self._cut(code.decode(errors="replace"), LONGEST_CODE)]
        if not self._is_prepared:
            self._pieces.insert(0, self._preparation)
        self._send_piece()
        self.state = State.SENT

    def interrupt(self) -> None:
        """Interrupts the running code, which ends with KeyboardInterrupt unless it catches that.

        While entering it is code of somebody else, if there is some.
        """
        if self.state in EXECUTING and self._is_asking:
            self._is_asking = False
            self._requests.send(MessageKind.INPUT_REPLY, {"value": _CTRL_C})
        elif self.state in EXECUTING:
            self._is_interrupted = True
            self._requests.send(MessageKind.INTERRUPT_REQUEST)
        elif self.state is State.ENTERING and self._entering.may_interrupt:
            self._requests.send(MessageKind.INTERRUPT_REQUEST)

    def send_input(self, data: bytes) -> None:
        """Answers running code that asks for input.

        Args:
            data: a line.

        Raises:
            LocalProtocolError: no code is running.
        """
        if self.state is not State.STDOUT:
            raise LocalProtocolError(f"cannot send input while {self.state.value}")
        if data:
            self._is_asking = False
            line = data if len(data) != _MISTAKEN else data + b"\n"
            self._requests.send(MessageKind.INPUT_REPLY, {"value": line.decode(errors="replace")})

    def poke(self) -> None:
        """Nothing: a question would take the running code's output from it."""

    def unstick(self) -> None:
        """Ends a program that waits for input from a host that is gone: nothing else interrupts that."""
        if self.state is State.ENTERING and self._entering.may_interrupt:
            self._requests.send(MessageKind.INPUT_REPLY, {"value": _CTRL_C})

    def soft_reset(self) -> None:
        """Restarts the interpreter; `Rebooted` tells that it has begun, and waits for requests.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot soft reset while {self.state.value}")
        self._asked = self._requests.send(MessageKind.SHUTDOWN_REQUEST, {"restart": 1})
        self.state = State.RESETTING

    def forget(self) -> None:
        """Something else may use the board: `enter` has to be called before code can be sent."""
        self._requests.data_to_send()
        self._asked = ""
        self._is_prepared = False
        self._entering = MessageEntering(self._requests, self._preparation)
        self.state = State.UNKNOWN

    # Bytes and events

    def receive_data(self, data: bytes) -> None:
        """Takes bytes from the board, in any cutting."""
        for message in self._blocks.feed(data):
            self._take(message)

    def events_received(self) -> list[Event]:
        """Takes the events since the last call, in order."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Takes the bytes that must go to the board now."""
        return self._requests.data_to_send()

    # Messages

    def _send_piece(self) -> None:
        self._piece = self._pieces.pop(0)
        self._asked = self._requests.execute(self._piece)

    def _take(self, message: JmpMessage) -> None:
        is_ours = message.parent is not None and message.parent.msg_id == self._asked
        match message.header.kind:
            case MessageKind.STREAM:
                self._print(str(message.content["text"]).encode(), is_ours=is_ours)
            case MessageKind.COMM_MSG:
                self._read_pipe(message.content)
            case _ if is_ours and self.state in EXECUTING:
                self._follow(message)
            case _ if is_ours and self.state is State.ENTERING:
                self._enter(message)
            case MessageKind.SHUTDOWN_REPLY if is_ours and self.state is State.RESETTING:
                self._is_prepared = False
                self._become_ready(Rebooted())

    def _follow(self, message: JmpMessage) -> None:
        """Takes what belongs to the code that runs."""
        match message.header.kind:
            case MessageKind.STATUS if message.content["state"] == Busy.BUSY:
                self._accept()
            case MessageKind.STATUS if message.content["state"] == Busy.IDLE:
                self._lose_reply()
            case MessageKind.INPUT_REQUEST:
                self._is_asking = True
            case MessageKind.EXECUTE_REPLY:
                self._accept()
                self._reply(message.content)

    def _read_pipe(self, content: Content) -> None:
        data = content["data"]
        if content["comm_id"] == OUTPUT_PIPE and isinstance(data, bytes):
            self._print(data, is_ours=True)

    def _enter(self, answer: JmpMessage) -> None:
        if self._entering.answered(answer):
            self.enter()
        elif answer.header.kind == MessageKind.EXECUTE_REPLY and answer.content["status"]:
            self._events.append(Unsolicited(str(answer.content["traceback"]).encode()))
        elif answer.header.kind == MessageKind.EXECUTE_REPLY:
            self._is_prepared = True
            self._become_ready(Entered())

    def _print(self, data: bytes, *, is_ours: bool) -> None:
        if not data:
            return
        if not is_ours or self.state not in EXECUTING:
            self._events.append(Unsolicited(data))
            return
        self._accept()
        if output := self._output.feed(data):
            self._events.append(Output(output))

    def _accept(self) -> None:
        if self.state is State.SENT:
            self.state = State.STDOUT
            self._events.append(Accepted())

    def _reply(self, content: Content) -> None:
        has_failed = bool(content["status"])
        if has_failed and not self._is_prepared_for(content):
            self._has_restarted = True
            self._pieces = [self._preparation, self._piece, *self._pieces]
            self._send_piece()
        elif self._is_interrupted and not has_failed:
            self._is_interrupted = False
            self._output.forget_traceback()
            self._pieces.insert(0, QUESTION)
            self._send_piece()
        elif self._pieces and not has_failed and not self._output.has_raised:
            self._send_piece()
        else:
            self._finish(raised(str(content["traceback"]).encode()) if has_failed else self._output.traceback)
            self._is_prepared = not has_failed
            if has_failed or self._has_restarted:
                self._events.append(Rebooted())

    def _is_prepared_for(self, content: Content) -> bool:
        """Whether code that failed has begun; otherwise the guard was gone, and is sent again once."""
        return self._has_restarted or not is_unprepared(str(content["ename"]), str(content["evalue"]))

    def _finish(self, traceback: bytes) -> None:
        if held := self._output.end(has_failed=bool(traceback)):
            self._events.append(Output(held))
        self._become_ready(Finished(traceback))

    def _lose_reply(self) -> None:
        """The firmware had no memory for a reply, and restarts."""
        self._pieces = []
        self._is_prepared = False
        self._become_ready(Finished(b"", is_lost=True))
        self._events.append(Rebooted())

    def _become_ready(self, event: Event) -> None:
        self._asked = ""
        self.state = State.READY
        self._events.append(event)
