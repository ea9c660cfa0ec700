"""The raw REPL of MicroPython and CircuitPython as a state machine: bytes in, events and bytes out.

Rule 1: everything that depends on the state of the raw REPL lives here, in one file so that it can be read
as one table; what does not (marks, greetings, the windows of raw-paste mode) stands beside it. Rule 2: no
clock, no thread, no I/O; what must happen after a time (asking again, giving up) is decided by
`iot_kernel.plans`.

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
- The output is not self-delimiting: a program that prints 0x04 ends its own output early and nothing can
  tell. It shows when a 0x04 arrives where none can be. Then we send Ctrl-A and take everything up to the
  banner as output: an idle board answers at once, a busy one when the program has ended.
- Threads and timers print at any time, also between the marks. Such bytes are output, or unsolicited when
  no code runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from iot_kernel.errors import LocalProtocolError
from iot_kernel.protocol.events import (
    Accepted,
    Desynchronised,
    Entered,
    Event,
    Finished,
    GreetingSeen,
    Output,
    PasteRefused,
    Rebooted,
    Unsolicited,
)
from iot_kernel.protocol.greeting import GreetingWatch
from iot_kernel.protocol.incoming import Incoming
from iot_kernel.protocol.marks import (
    ACCEPTED,
    AGENT_END,
    BANNER,
    CTRL_A,
    CTRL_C,
    CTRL_D,
    END,
    FLOW_CONTROL,
    LONGEST_ANSWER,
    LONGEST_INPUT,
    LONGEST_TRACEBACK,
    LOST_END,
    PASTE,
    PASTE_ANSWER,
    PROMPT,
    TRACEBACK,
)
from iot_kernel.protocol.paste import PastedCode
from iot_kernel.protocol.state import EXECUTING, WATCHED, State


class RawRepl:
    """One board's raw REPL.

    Feed it with `receive_data`, take `events_received` and `data_to_send`. Bytes never make it raise.
    """

    def __init__(self) -> None:
        self._state = State.UNKNOWN
        self._incoming = Incoming()
        self._events: list[Event] = []
        self._outgoing = b""
        self._pasted = PastedCode(b"")
        self._traceback = b""
        self._banners_due = 0
        self._is_fresh = True
        self._greetings = GreetingWatch()
        self._readers: dict[State, Callable[[], bool]] = {
            State.UNKNOWN: self._read_unsolicited,
            State.ENTERING: self._read_entering,
            State.READY: self._read_unsolicited,
            State.ASKING_PASTE: self._read_paste_answer,
            State.PASTING: self._read_flow_control,
            State.PASTED: self._read_flow_control,
            State.SENT: self._read_accepted,
            State.STDOUT: self._read_stdout,
            State.STDERR: self._read_stderr,
            State.PROMPT: self._read_prompt,
            State.RESYNC: self._read_resync,
            State.RESETTING: self._read_resetting,
        }

    # What the host asks for

    @property
    def state(self) -> State:
        """Where the board is, as far as the host knows."""
        return self._state

    def enter(self) -> None:
        """Asks for the raw REPL; `Entered` tells that it is there. May be called again while waiting."""
        if self._state is not State.ENTERING:
            self._emit(Unsolicited, self._incoming.take_all_but(0))
            self._state = State.ENTERING
            self._outgoing = b""
        self._ask_banner()

    def execute(self, code: bytes, *, paste: bool = False) -> None:
        """Sends code to the board.

        Args:
            code: source text without the bytes 0x01 to 0x05.
            paste: by raw-paste mode; `PasteRefused` tells that the firmware has none.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self._state is not State.READY:
            raise LocalProtocolError(f"cannot execute while {self._state.value}")
        if paste:
            self._pasted = PastedCode(code)
            self._outgoing += PASTE
            self._state = State.ASKING_PASTE
        else:
            self._outgoing += code + CTRL_D
            self._state = State.SENT

    def interrupt(self) -> None:
        """Sends Ctrl-C. The running code ends with KeyboardInterrupt unless it catches that."""
        self._outgoing += CTRL_C
        if self._state is State.RESYNC:
            self._ask_banner()

    def send_input(self, data: bytes) -> None:
        """Sends bytes to the standard input of the running code, which must read them all before it ends.

        Args:
            data: any bytes, where the code has switched the interrupt character off; else without 0x03.

        Raises:
            LocalProtocolError: no code is running.
        """
        if self._state is not State.STDOUT:
            raise LocalProtocolError(f"cannot send input while {self._state.value}")
        self._outgoing += data

    def poke(self) -> None:
        """Asks a board that seems to run our code whether it still does; `Rebooted` tells that it does not.

        Running code is not disturbed unless it reads its standard input.
        """
        self._ask_banner()

    def unstick(self) -> None:
        """Ends a program that swallows all input because it serves a host that was killed meanwhile."""
        self._outgoing += AGENT_END * (LONGEST_INPUT + 1)

    def resynchronise(self) -> None:
        """Gives up following the output mark by mark: everything up to the next banner is output."""
        if self._state not in EXECUTING:
            raise LocalProtocolError(f"cannot resynchronise while {self._state.value}")
        self._start_resync()

    def soft_reset(self) -> None:
        """Restarts the interpreter; `Rebooted` tells that it is back.

        Raises:
            LocalProtocolError: the board is not waiting for code.
        """
        if self._state is not State.READY:
            raise LocalProtocolError(f"cannot soft reset while {self._state.value}")
        self._outgoing += CTRL_D
        self._state = State.RESETTING

    def forget(self) -> None:
        """The board may have left the raw REPL: `enter` has to be called before code can be sent."""
        self._emit(Unsolicited, self._incoming.take_all_but(0))
        self._outgoing = b""
        self._state = State.UNKNOWN

    # What goes in and comes out

    def receive_data(self, data: bytes) -> None:
        """Takes bytes from the board, in any cutting."""
        self._incoming.data += data
        while self._incoming.data and self._readers[self._state]():
            pass

    def events_received(self) -> list[Event]:
        """Takes the events since the last call, in order."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Takes the bytes that must go to the board now."""
        data, self._outgoing = self._outgoing, b""
        return data

    # Readers: each handles the front of the buffer and returns whether another one may go on

    def _read_unsolicited(self) -> bool:
        has_end_mark = self._state is State.READY and CTRL_D in self._incoming.data
        if self._next_mark(BANNER, Unsolicited) is None:
            if has_end_mark:
                self._events.append(Desynchronised())
            return False
        if not self._is_answer():
            self._state = State.READY
            self._events.append(Rebooted())
        return True

    def _read_entering(self) -> bool:
        if self._next_mark(BANNER, Unsolicited) is None:
            return False
        self._banners_due = max(0, self._banners_due - 1)
        self._state = State.READY
        self._events.append(Entered())
        return True

    def _read_paste_answer(self) -> bool:
        answer = self._next_mark(PASTE_ANSWER, Output, held=LONGEST_ANSWER)
        if answer is None:
            return False
        if answer["window"] is not None:
            self._pasted.open(int.from_bytes(answer["window"], "little"))
            self._state = State.PASTING
            self._paste()
        elif answer["banner"] is not None and self._banners_due:
            self._banners_due -= 1
        else:
            self._state = State.READY
            self._events.append(PasteRefused())
        return True

    def _read_flow_control(self) -> bool:
        mark = self._next_mark(FLOW_CONTROL, Output)
        if mark is None:
            return False
        if mark["banner"] is not None:
            self._reboot()
        elif mark["more"] is not None:
            self._pasted.widen()
            self._paste()
        else:
            if self._state is State.PASTING:
                self._outgoing += CTRL_D
            self._accept()
        return True

    def _read_accepted(self) -> bool:
        answer = self._next_mark(ACCEPTED, Output, held=LONGEST_ANSWER)
        if answer is None:
            return False
        if answer["banner"] is None:
            self._accept()
        elif not self._is_answer():
            self._reboot()
        return True

    def _read_stdout(self) -> bool:
        mark = self._next_mark(END, Output)
        if mark is None:
            return False
        if mark["banner"] is not None:
            self._reboot()
        else:
            self._state = State.STDERR
        return True

    def _read_stderr(self) -> bool:
        mark = END.search(self._incoming.data)
        if mark is None:
            return self._is_endless()
        text = self._incoming.take_mark(mark)
        if mark["banner"] is None and TRACEBACK.search(text):
            self._traceback = text
        else:
            self._emit(Output, text)
        if mark["banner"] is not None:
            self._reboot()
        else:
            self._state = State.PROMPT
        return True

    def _read_prompt(self) -> bool:
        mark = PROMPT.search(self._incoming.data)
        if mark is None:
            return self._is_endless()
        if mark["stray"] is not None:
            self._incoming.put_back((self._traceback and CTRL_D + self._traceback) + CTRL_D)
            self._start_resync()
            return True
        self._emit(Output, self._incoming.take_mark(mark))
        if mark["banner"] is not None:
            self._reboot()
        else:
            self._finish(self._traceback)
        return True

    def _read_resync(self) -> bool:
        banner = BANNER.search(self._incoming.data)
        if banner is None:
            self._emit(Output, self._incoming.take_all_but(self._incoming.maybe_end()))
            return False
        text = self._incoming.take_mark(banner)
        self._banners_due = max(0, self._banners_due - 1)
        end = LOST_END.search(text)
        self._emit(Output, text if end is None else text[: end.start()])
        self._finish(end["traceback"] if end is not None and TRACEBACK.search(end["traceback"]) else b"")
        return True

    def _read_resetting(self) -> bool:
        if self._next_mark(BANNER, Output) is None:
            return False
        self._state = State.READY
        self._events.append(Rebooted())
        return True

    # Steps

    def _is_answer(self) -> bool:
        """Whether a banner answers Ctrl-A; before the first code also one that an earlier link had sent."""
        answers = self._banners_due > 0 or (self._is_fresh and self._state is not State.UNKNOWN)
        self._banners_due = max(0, self._banners_due - 1)
        return answers

    def _ask_banner(self) -> None:
        self._outgoing += CTRL_A
        self._banners_due += 1

    def _paste(self) -> None:
        if self._state is not State.PASTING:
            return
        self._outgoing += self._pasted.take()
        if self._pasted.is_taken:
            self._outgoing += CTRL_D
            self._state = State.PASTED

    def _accept(self) -> None:
        self._pasted = PastedCode(b"")
        self._traceback = b""
        self._banners_due = 0  # the board has answered all that was sent before the code
        self._is_fresh = False
        self._state = State.STDOUT
        self._events.append(Accepted())

    def _finish(self, traceback: bytes) -> None:
        self._traceback = b""
        self._state = State.READY
        self._events.append(Finished(traceback))

    def _reboot(self) -> None:
        self._pasted = PastedCode(b"")
        self._banners_due = 0
        self._state = State.READY
        self._events.append(Rebooted())

    def _start_resync(self) -> None:
        self._traceback = b""
        self._pasted = PastedCode(b"")
        self._state = State.RESYNC
        self._events.append(Desynchronised())
        self._ask_banner()

    def _next_mark(
        self, marks: re.Pattern[bytes], kind: type[Output] | type[Unsolicited], *, held: int | None = None
    ) -> re.Match[bytes] | None:
        """Takes the next mark and emits what stands before it.

        Args:
            marks: what is looked for.
            kind: what the bytes before it are.
            held: how many bytes at the end may be the beginning of a mark; None for that of a banner.
        """
        mark = marks.search(self._incoming.data)
        if mark is not None:
            self._emit(kind, self._incoming.take_mark(mark))
            return mark
        if held is None:
            held = self._incoming.maybe_banner(in_line=self._state is State.STDOUT)
        self._emit(kind, self._incoming.take_all_but(held))
        return None

    def _is_endless(self) -> bool:
        """Whether what should be a traceback is too long for one, and so is output."""
        if len(self._incoming.data) <= LONGEST_TRACEBACK:
            return False
        self._start_resync()
        return True

    def _emit(self, kind: type[Output] | type[Unsolicited], data: bytes) -> None:
        data = data.replace(CTRL_D, b"")
        if data:
            self._events.append(kind(data))
            if self._state in WATCHED and self._greetings.finds(data):
                self._events.append(GreetingSeen())
