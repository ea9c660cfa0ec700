"""The interpreter of a board with µcore firmware as a state machine: messages in, the raw REPL's events out.

It has the surface of `iot_kernel.protocol.raw_repl.RawRepl`, so whoever drives a board need not know which of
the two it has. No clock, no thread, no I/O.

Theory of operation (facts from the firmware's sources, github.com/dmachinewhisperer/ucore, and from its C
code running on a desktop)

- A request is answered by status *busy*, what the code prints, the reply, an error where there was one, and
  status *idle*. A request that interrupts another one takes its output from it, and its idle: so code ends
  with its reply, nothing is asked while code runs, and after an interrupt what it raised is asked for.
- The firmware restarts the interpreter after each exception that nobody catches, without a word. So code runs
  under a guard that catches it and prints it behind a mark. Where one comes through all the same, `Rebooted`
  follows `Finished`.
- Prints that come faster than the wire can carry are dropped by the firmware, which does not tell.
- A board says who it is also while code runs. So entering is to have it run code that does nothing.
- Code goes in pieces: a task with a small stack takes each request.
- A line of three bytes that answers ``input()`` is taken for Ctrl-C. So two are sent for it:
  `iot_kernel.snippets` has an ``input`` that takes the line end away.
- Bytes that came before, or noise, ruin the message behind them: the first one is led in by 0x00.
"""

from __future__ import annotations

from collections.abc import Callable

from iot_kernel.errors import LocalProtocolError
from iot_kernel.protocol import cobs
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
from iot_kernel.protocol.exception_guard import guard_mark, guarded, question, raised
from iot_kernel.protocol.jmp_messages import STDIN, Busy, Content, Header, JmpMessage, MessageKind, encode
from iot_kernel.protocol.marks import LONGEST_TRACEBACK
from iot_kernel.protocol.message_blocks import MessageBlocks
from iot_kernel.protocol.state import EXECUTING, State

#: bytes of code in one request, before the guard: the firmware takes it apart on a stack of 4 KB
LONGEST_CODE = 1500

#: Code that does nothing: it is answered when other code has ended.
NOTHING: Content = {"code": "", "flags": 0}

#: An answer of so many bytes is taken for Ctrl-C by the firmware.
_MISTAKEN = 3


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
        self._outgoing = b""
        self._requests = 0
        self._asked = ""  # the id of the request whose reply is waited for
        self._is_there = False  # while entering: the board answers, and may be running code
        self._pieces: list[str] = []
        self._mark = b""
        self._held = b""  # output that may be the beginning of the end mark, or of the guard's
        self._guard = guard_mark(session)
        self._raised: bytes | None = None  # what came behind the guard's mark
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
        if self._is_there:
            self._request(MessageKind.EXECUTE_REQUEST, NOTHING)
        else:
            self._outgoing += cobs.END
            self._request(MessageKind.KERNEL_INFO_REQUEST)

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
        self._mark = mark.end if mark is not None and is_marked else b""
        self._held = b""
        self._raised = None
        self._is_interrupted = False
        self._pieces = self._cut(code.decode(errors="replace"), LONGEST_CODE)
        self._send_piece()
        self.state = State.SENT

    def interrupt(self) -> None:
        """Interrupts the running code, which ends with KeyboardInterrupt unless it catches that.

        While entering it is code of somebody else. A board that runs nothing is left alone: it would
        interrupt the next code.
        """
        self._is_interrupted = self.state in EXECUTING
        if self.state in EXECUTING or (self.state is State.ENTERING and self._is_there):
            self._send(MessageKind.INTERRUPT_REQUEST)

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
            line = data if len(data) != _MISTAKEN else data + b"\n"
            self._send(MessageKind.INPUT_REPLY, {"value": line.decode(errors="replace")})

    def poke(self) -> None:
        """Nothing: a question would take the running code's output from it."""

    def unstick(self) -> None:
        """Nothing: no program reads what is sent."""

    def soft_reset(self) -> None:
        """Restarts the interpreter; `Rebooted` tells that it has begun, and waits for requests.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot soft reset while {self.state.value}")
        self._request(MessageKind.SHUTDOWN_REQUEST, {"restart": 1})
        self.state = State.RESETTING

    def forget(self) -> None:
        """Something else may use the board: `enter` has to be called before code can be sent."""
        self._outgoing = b""
        self._asked = ""
        self._is_there = False
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
        data, self._outgoing = self._outgoing, b""
        return data

    # Messages

    def _request(self, kind: MessageKind, content: Content | None = None) -> None:
        """Sends a request; its reply is waited for."""
        self._asked = self._send(kind, content)

    def _send(self, kind: MessageKind, content: Content | None = None) -> str:
        self._requests += 1
        header = Header(kind, f"{self._session}{self._requests}")
        self._outgoing += cobs.encode(encode(JmpMessage(header, content or {}))) + cobs.END
        return header.msg_id

    def _send_piece(self) -> None:
        self._execute(guarded(self._pieces.pop(0), self._session))

    def _execute(self, code: str) -> None:
        self._request(MessageKind.EXECUTE_REQUEST, {"code": code, "flags": STDIN})

    def _take(self, message: JmpMessage) -> None:
        is_ours = message.parent is not None and message.parent.msg_id == self._asked
        match message.header.kind:
            case MessageKind.STREAM:
                self._print(str(message.content["text"]).encode(), is_ours=is_ours)
            case _ if not is_ours:
                pass
            case MessageKind.STATUS if message.content["state"] == Busy.BUSY and self.state is State.SENT:
                self._accept()
            case MessageKind.EXECUTE_REPLY if self.state in EXECUTING:
                self._accept()
                self._reply(message.content)
            case MessageKind.STATUS if message.content["state"] == Busy.IDLE and self.state in EXECUTING:
                self._lose_reply()
            case MessageKind.KERNEL_INFO_REPLY if self.state is State.ENTERING:
                self._is_there = True
                self.enter()
            case MessageKind.EXECUTE_REPLY if self.state is State.ENTERING:
                self._become_ready(Entered())
            case MessageKind.SHUTDOWN_REPLY if self.state is State.RESETTING:
                self._become_ready(Rebooted())

    def _print(self, data: bytes, *, is_ours: bool) -> None:
        if not data:
            return
        if not is_ours or self.state not in EXECUTING:
            self._events.append(Unsolicited(data))
            return
        self._accept()
        if self._raised is not None:
            self._raised = (self._raised + data)[:LONGEST_TRACEBACK]
            return
        data, is_raised, raised_text = (self._held + data).partition(self._guard)
        if is_raised:
            self._raised, held = raised_text, 0
        else:
            held = max(_beginning(data, self._mark), _beginning(data, self._guard))
        self._held = data[len(data) - held :]
        if data := data[: len(data) - held]:
            self._events.append(Output(data))

    def _accept(self) -> None:
        if self.state is State.SENT:
            self.state = State.STDOUT
            self._events.append(Accepted())

    def _reply(self, content: Content) -> None:
        has_failed = bool(content["status"])
        if self._raised is not None and not has_failed:
            self._become_ready(Finished(raised(self._raised)))
            return
        if self._is_interrupted and not has_failed:
            self._is_interrupted = False
            self._execute(question(self._session))
            return
        if self._pieces and not has_failed:
            self._send_piece()
            return
        if self._held and (has_failed or self._held != self._mark):
            self._events.append(Output(self._held))
        self._held = b""
        if has_failed:
            self._become_ready(Finished(str(content["traceback"]).encode()))
            self._events.append(Rebooted())
        else:
            self._become_ready(Finished(b""))

    def _lose_reply(self) -> None:
        """The firmware had no memory for a reply, and restarts."""
        self._pieces = []
        self._become_ready(Finished(b"", is_lost=True))
        self._events.append(Rebooted())

    def _become_ready(self, event: Event) -> None:
        self._asked = ""
        self.state = State.READY
        self._events.append(event)


def _beginning(data: bytes, mark: bytes) -> int:
    """Counts the bytes at the end of data that are a mark, or the beginning of one."""
    return next((count for count in range(len(mark), 0, -1) if data.endswith(mark[:count])), 0)
