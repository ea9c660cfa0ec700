"""The raw REPL of MicroPython and CircuitPython as a state machine: bytes in, events and bytes out.

Rule 1: everything that depends on the state of the raw REPL lives here and in `running_code`, which follows
code from the moment the board has taken it; what does not (marks, greetings, the windows of raw-paste mode)
stands beside them. Rule 2: no clock, no thread, no I/O; what must happen after a time (asking again, giving
up) is decided by `iot_kernel.repl.timeouts`.

Theory of operation (facts from MicroPython's ``shared/runtime/pyexec.c`` and ``docs/reference/repl.rst``)

- Ctrl-A at a prompt makes the board print ``raw REPL; CTRL-B to exit``, a line end and ``>``: the *banner*.
  Its text is the same in every firmware and language; the line ends are not. Each Ctrl-A at a prompt is
  answered by one banner.
- Plain execution: code, 0x04. Answer: ``OK``, what the code prints, 0x04, the traceback if any, 0x04,
  ``>``.
- Raw-paste: 0x05 ``A`` 0x01. Answer: ``R`` 0x01 and a window size (u16 little-endian), ``R`` 0x00 where it
  is refused, or the banner where the firmware does not know it. Each 0x01 afterwards lets the host send one
  more window of code. The host ends the code with 0x04 and the board answers 0x04; a 0x04 from the board
  before that means that it has seen enough (a syntax error) and wants the host's 0x04. Then output, 0x04,
  traceback, 0x04, ``>`` as above, without ``OK``.
- 0x04 on an empty line restarts the interpreter: ``OK``, ``soft reboot``, the output of boot.py, the
  banner.
- Threads and timers print at any time, also between the marks. Such bytes are output, or unsolicited when
  no code runs.
"""

from __future__ import annotations

from collections.abc import Callable

from iot_kernel.errors import LocalProtocolError
from iot_kernel.protocol.dialogue import Dialogue
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.events import (
    Desynchronised,
    Entered,
    Event,
    MessagesSpoken,
    Output,
    PasteRefused,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.marks import (
    ACKNOWLEDGEMENT,
    AGENT_END,
    BANNER,
    CTRL_A,
    CTRL_C,
    CTRL_D,
    FLOW_CONTROL,
    LONGEST_ANSWER,
    LONGEST_INPUT,
    PASTE,
    PASTE_ANSWER,
)
from iot_kernel.protocol.message_probe import PROBE, ProbeAnswer
from iot_kernel.protocol.paste import PastedCode
from iot_kernel.protocol.running_code import RunningCode
from iot_kernel.protocol.state import EXECUTING, State


class RawRepl:
    """One board's raw REPL.

    Feed it with `receive_data`, take `events_received` and `data_to_send`. Bytes never make it raise.
    """

    def __init__(self) -> None:
        self._dialogue = Dialogue()
        self._running = RunningCode(self._dialogue)
        self._pasted = PastedCode(b"")
        self._is_fresh = True
        self._probe = ProbeAnswer()
        self._readers: dict[State, Callable[[], bool]] = {
            State.UNKNOWN: self._read_unsolicited,
            State.ENTERING: self._read_entering,
            State.READY: self._read_unsolicited,
            State.ASKING_PASTE: self._read_paste_answer,
            State.PASTING: self._read_flow_control,
            State.PASTED: self._read_flow_control,
            State.SENT: self._read_accepted,
            State.RESETTING: self._read_resetting,
            **self._running.readers,
        }

    # Requests of the host

    @property
    def state(self) -> State:
        """Where the board is, as far as the host knows."""
        return self._dialogue.state

    @property
    def has_code_ended(self) -> bool:
        """Whether the code is known to have ended, though something of its end is still to come."""
        return self.state in EXECUTING and self._running.is_over

    def enter(self) -> None:
        """Asks for the raw REPL; `Entered` tells that it is there. May be called again while waiting."""
        if self.state is not State.ENTERING:
            self.forget()
            self._dialogue.state = State.ENTERING
        self._dialogue.ask_banner()

    def ask_messages(self) -> None:
        """Asks a board that does not answer, after `enter`, whether it talks in messages.

        `MessagesSpoken` tells that it does: it has no raw REPL then.
        """
        self._dialogue.outgoing += PROBE
        self._dialogue.banners_due += PROBE.count(CTRL_A)
        self._probe = ProbeAnswer()

    def execute(
        self, code: bytes, *, paste: bool = False, mark: EndMark | None = None, is_marked: bool = False
    ) -> None:
        """Sends code to the board.

        Args:
            code: source text without the bytes 0x01 to 0x05.
            paste: by raw-paste mode; `PasteRefused` tells that the firmware has none.
            mark: the board's, which it is asked for where something was lost; None where it must not be
                asked, since it has none or the code reads its input.
            is_marked: whether the code prints the end mark as its last act.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot execute while {self.state.value}")
        self._running.start(mark, is_marked=is_marked)
        if paste:
            self._pasted = PastedCode(code)
            self._dialogue.outgoing += PASTE
            self._dialogue.state = State.ASKING_PASTE
        else:
            self._dialogue.outgoing += code + CTRL_D
            self._dialogue.state = State.SENT

    def interrupt(self) -> None:
        """Sends Ctrl-C. The running code ends with KeyboardInterrupt unless it catches that."""
        self._dialogue.outgoing += CTRL_C

    def send_input(self, data: bytes) -> None:
        """Sends bytes to the standard input of the running code, which must read them all before it ends.

        Args:
            data: any bytes, where the code has switched the interrupt character off; else without 0x03.

        Raises:
            LocalProtocolError: no code is running.
        """
        if self.state is not State.STDOUT:
            raise LocalProtocolError(f"cannot send input while {self.state.value}")
        self._dialogue.outgoing += data

    def poke(self) -> None:
        """Asks a board that seems to run our code whether it still does.

        Running code is not disturbed unless it reads its standard input.
        """
        self._dialogue.ask_banner()

    def unstick(self) -> None:
        """Ends a program that swallows all input because it serves a host that was killed meanwhile."""
        self._dialogue.outgoing += AGENT_END * (LONGEST_INPUT + 1)

    def soft_reset(self) -> None:
        """Restarts the interpreter; `Rebooted` tells that it is back.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot soft reset while {self.state.value}")
        self._dialogue.outgoing += CTRL_D
        self._dialogue.state = State.RESETTING

    def forget(self) -> None:
        """The board may have left the raw REPL: `enter` has to be called before code can be sent."""
        self._dialogue.emit(Unsolicited, self._dialogue.incoming.take_all_but(0))
        self._dialogue.outgoing = b""
        self._dialogue.state = State.UNKNOWN

    # Bytes and events

    def receive_data(self, data: bytes) -> None:
        """Takes bytes from the board, in any cutting."""
        if self.state is State.ENTERING and self._probe.finds(data):
            self._dialogue.events.append(MessagesSpoken())
        self._dialogue.incoming.data += data
        if self.state is State.SENT and self._running.is_silence(self._dialogue.incoming.data):
            self._end_silently()
            return
        while self._dialogue.incoming.data and self._readers[self.state]():
            pass

    def events_received(self) -> list[Event]:
        """Takes the events since the last call, in order."""
        events, self._dialogue.events = self._dialogue.events, []
        return events

    def data_to_send(self) -> bytes:
        """Takes the bytes that must go to the board now."""
        data, self._dialogue.outgoing = self._dialogue.outgoing, b""
        return data

    # Readers: each handles the front of the buffer and returns whether another one may go on

    def _read_unsolicited(self) -> bool:
        has_end_mark = self.state is State.READY and CTRL_D in self._dialogue.incoming.data
        if self._dialogue.next_mark(BANNER, Unsolicited) is None:
            if has_end_mark:
                self._dialogue.events.append(Desynchronised())
            return False
        if not self._is_answer():
            self._dialogue.state = State.READY
            self._dialogue.events.append(Rebooted())
        return True

    def _read_entering(self) -> bool:
        if self._dialogue.next_mark(BANNER, Unsolicited) is None:
            return False
        self._dialogue.banner_came()
        self._dialogue.state = State.READY
        self._dialogue.events.append(Entered())
        return True

    def _read_paste_answer(self) -> bool:
        answer = self._dialogue.next_mark(PASTE_ANSWER, Output, held=LONGEST_ANSWER)
        if answer is None:
            return False
        if answer["window"] is not None:
            self._pasted.open(int.from_bytes(answer["window"], "little"))
            self._dialogue.state = State.PASTING
            self._paste()
        elif answer["banner"] is None or not self._dialogue.banner_came():
            self._dialogue.state = State.READY
            self._dialogue.events.append(PasteRefused())
        return True

    def _read_flow_control(self) -> bool:
        mark = self._dialogue.next_mark(FLOW_CONTROL, Output)
        if mark is None:
            return False
        if mark["banner"] is not None:
            self._running.take_banner(mark[0])
        elif mark["more"] is not None:
            self._pasted.widen()
            self._paste()
        else:
            if self.state is State.PASTING:
                self._dialogue.outgoing += CTRL_D
            self._accept()
        return True

    def _read_accepted(self) -> bool:
        answer = self._dialogue.next_mark(self._running.accepted, Output, held=LONGEST_ANSWER)
        if answer is None:
            return False
        if answer["banner"] is None:
            self._accept(is_over=answer[0] != ACKNOWLEDGEMENT)
        elif not self._is_answer():
            self._running.take_banner(answer[0])
        return True

    def _read_resetting(self) -> bool:
        if self._dialogue.next_mark(BANNER, Output) is None:
            return False
        self._dialogue.state = State.READY
        self._dialogue.events.append(Rebooted())
        return True

    # Steps

    def _is_answer(self) -> bool:
        """Whether a banner answers Ctrl-A; before the first code also one that an earlier link had sent."""
        could_be = self._is_fresh and self.state is not State.UNKNOWN
        return self._dialogue.banner_came() or could_be

    def _paste(self) -> None:
        if self.state is not State.PASTING:
            return
        self._dialogue.outgoing += self._pasted.take()
        if self._pasted.is_taken:
            self._dialogue.outgoing += CTRL_D
            self._dialogue.state = State.PASTED

    def _end_silently(self) -> None:
        """Most cells print nothing: their whole answer, come at once, need not be taken apart."""
        self._dialogue.incoming.take_all_but(0)
        self._accept(is_over=True)
        self._running.end_silently()

    def _accept(self, *, is_over: bool = False) -> None:
        self._pasted = PastedCode(b"")
        self._is_fresh = False
        self._running.accept(is_over=is_over)
