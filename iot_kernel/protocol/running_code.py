r"""Follows what running code prints, up to its end. No clock, no thread, no I/O.

Theory of operation

- The end of code is 0x04, the traceback if any, 0x04, ``>``. A program can print all of that, and the wire
  can lose any of it. So code that people write is *marked* (see `iot_kernel.protocol.end_mark`): its end is
  believed when it comes behind the end mark, or when a traceback stands between the two 0x04. Any other 0x04
  is output.
- Where an end was lost the board waits at its prompt, and answers Ctrl-A with a banner; so does a board that
  has restarted; and a program can print a banner. Then a question is sent as code: an idle board answers it
  with its mark, or with NameError where it has restarted. A busy board answers when the program has ended,
  and until then everything is output.
- Code of ours is not marked: any 0x04 may be its end, and its answers carry marks of their own. Where the
  board has no mark yet, or the code reads its input, no question can be asked: a banner that nobody asked for
  is a restart then.
- Threads and timers print at any time, also between the marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from iot_kernel.protocol.dialogue import Dialogue
from iot_kernel.protocol.end_mark import QUESTION, EndMark
from iot_kernel.protocol.events import Accepted, Finished, Output, Rebooted
from iot_kernel.protocol.marks import (
    ACCEPTED,
    BANNER,
    BANNERS_AT_END,
    CTRL_D,
    END,
    LONGEST_TRACEBACK,
    LOST_END,
    PROMPT,
    TRACEBACK,
    may_be_traceback,
)
from iot_kernel.protocol.state import State


class RunningCode:
    """The code that runs on one board.

    Args:
        dialogue: the board's.

    Attributes:
        readers: by state: each handles the front of what came and returns whether another one may go on.
        is_over: the code has ended, whatever of its end is still to come.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.readers: dict[State, Callable[[], bool]] = {
            State.STDOUT: self._read_stdout,
            State.ENDING: self._read_ending,
            State.STDERR: self._read_stderr,
            State.PROMPT: self._read_prompt,
            State.RESYNC: self._read_resync,
            State.DRAINING: self._read_draining,
        }
        self.start(None, is_marked=False)

    def start(self, mark: EndMark | None, *, is_marked: bool) -> None:
        """Forgets the code before.

        Args:
            mark: the board's, where it may be asked for it.
            is_marked: whether the code prints the end mark as its last act.
        """
        self._mark = mark
        self._is_marked = mark is not None and is_marked
        self._traceback = b""
        self._is_asked = False
        self._counted = 0  # bytes of all that came in which no banner is to be found any more
        self.is_over = False

    @property
    def accepted(self) -> re.Pattern[bytes]:
        """What may follow code that was sent; see `EndMark.accepted`."""
        return self._mark.accepted if self._mark is not None and self._is_marked else ACCEPTED

    def accept(self, *, is_over: bool = False) -> None:
        """The board has taken the code.

        Args:
            is_over: its end mark has come already.
        """
        self._dialogue.banners_due = 0  # the board has answered all that was sent before the code
        self._dialogue.has_greeted = False
        self._dialogue.state = State.ENDING if is_over else State.STDOUT
        self.is_over = is_over
        self._dialogue.events.append(Accepted())

    def is_silence(self, data: bytes) -> bool:
        """Whether this is all that the board says to the code: it prints nothing and ends well."""
        return self._is_marked and self._mark is not None and data == self._mark.silence

    def end_silently(self) -> None:
        """The code, which was accepted, has ended; see `is_silence`."""
        self._finish(b"")

    def take_banner(self, banner: bytes, before: bytes = b"") -> None:
        """A banner came: the end of the code was lost, the board has restarted, or a program printed it.

        Args:
            banner: as it came.
            before: what came before it and may belong to the end of the code.
        """
        was_due = self._dialogue.banner_came()
        if self._mark is not None:
            self._resync(before + banner)
            self._counted += len(before + banner)
            self._ask()
        elif was_due and not self._dialogue.has_greeted:
            self._lose_end(before)
        else:
            self._dialogue.emit(Output, before)
            self._reboot()

    def resynchronise(self, rest: bytes = b"") -> None:
        """The end cannot be told from what came: asks the board whether it waits for code."""
        self._resync(rest)
        self._dialogue.ask_banner()

    # Readers

    @property
    def _ends(self) -> re.Pattern[bytes]:
        return self._mark.ends if self._mark is not None and self._is_marked else END

    def _held_of_output(self) -> int:
        is_asked = self._dialogue.banners_due > 0
        return max(self._dialogue.incoming.maybe_banner(in_line=not is_asked), self._maybe_end_mark())

    def _maybe_end_mark(self) -> int:
        return self._mark.maybe_end(self._dialogue.incoming.data) if self._mark and self._is_marked else 0

    def _read_stdout(self) -> bool:
        found = self._dialogue.next_mark(self._ends, Output, held=self._held_of_output)
        if found is None:
            return False
        if found["banner"] is not None:
            self.take_banner(found[0])
        elif found[0] == CTRL_D:
            self._dialogue.state = State.STDERR
        else:
            self._end()
        return True

    def _read_ending(self) -> bool:
        found = self._dialogue.next_mark(END, Output)
        if found is None:
            return False
        if found["banner"] is not None:
            self._end_with_banner(found[0], b"")
        else:
            self._dialogue.state = State.STDERR
        return True

    def _read_stderr(self) -> bool:
        is_certain = self.is_over or not self._is_marked
        found = (END if is_certain else self._ends).search(self._dialogue.incoming.data)
        if found is None:
            return self._is_endless() if is_certain else self._is_output()
        text = self._dialogue.incoming.take_mark(found)
        if found["banner"] is not None:
            self._end_with_banner(found[0], CTRL_D + text)
        elif found[0] != CTRL_D:
            self._dialogue.emit(Output, text)
            self._end()
        elif TRACEBACK.search(text):
            self._traceback, self.is_over = text, self._is_marked
            self._dialogue.state = State.PROMPT
        else:
            self._dialogue.emit(Output, text)
            self._dialogue.state = State.PROMPT if is_certain else State.STDERR
        return True

    def _read_prompt(self) -> bool:
        incoming = self._dialogue.incoming
        found = PROMPT.search(incoming.data)
        if found is None:
            return self._is_endless()
        text = incoming.take_mark(found)
        if found["banner"] is not None:
            self._end_with_banner(found[0], CTRL_D + self._traceback + CTRL_D + text)
        elif found["stray"] is not None:
            self.resynchronise((self._traceback and CTRL_D + self._traceback) + CTRL_D + text + CTRL_D)
        else:
            self._dialogue.emit(Output, text)
            self._finish(self._traceback)
        return True

    def _read_resync(self) -> bool:
        incoming = self._dialogue.incoming
        over = self._mark.over.search(incoming.data) if self._mark is not None and self._is_marked else None
        if over is not None:
            self._dialogue.emit(Output, incoming.take_mark(over))
            self._end()
            return True
        answer = self._mark.answer.search(incoming.data) if self._mark is not None else None
        if answer is not None and self._is_asked:
            self._conclude(answer)
            return True
        banner = BANNER.search(incoming.data, max(0, self._counted - incoming.taken))
        if banner is not None:
            return self._meet_another_banner(banner)
        self._dialogue.emit(Output, incoming.take_all_but(self._held()))
        return False

    def _read_draining(self) -> bool:
        incoming = self._dialogue.incoming
        banner = BANNER.search(incoming.data)
        if banner is None:
            return self._is_endless()
        text = incoming.take_mark(banner)
        if self._mark is not None:
            text = self._mark.answer.sub(b"", text)
        self._dialogue.emit(Output, text)
        self._dialogue.banner_came()
        if not self._dialogue.banners_due:
            self._is_asked = False
            self._finish(self._traceback)
        return True

    # Steps

    def _end(self) -> None:
        self.is_over = True
        self._dialogue.state = State.ENDING

    def _end_with_banner(self, banner: bytes, before: bytes) -> None:
        """A banner came instead of the prompt; it is the prompt where the code is known to have ended."""
        if not (self.is_over and self._dialogue.banners_due):
            self.take_banner(banner, before)
            return
        self._dialogue.banner_came()
        self._finish(self._traceback)

    def _resync(self, rest: bytes) -> None:
        self._dialogue.incoming.put_back(rest)
        self._counted = self._dialogue.incoming.taken
        self._traceback = b""
        self.is_over = False
        self._dialogue.state = State.RESYNC

    def _ask(self) -> None:
        self._is_asked = True
        self._dialogue.outgoing += QUESTION + CTRL_D

    def _meet_another_banner(self, banner: re.Match[bytes]) -> bool:
        incoming = self._dialogue.incoming
        was_due = self._dialogue.banner_came()
        if self._mark is None:
            self._lose_end(incoming.take_mark(banner))
            return True
        self._counted = incoming.taken + banner.end()
        if was_due or not self._is_asked:
            self._ask()
        return True

    def _held(self) -> int:
        """How many bytes at the end may belong to the end of the code, or to an answer."""
        incoming = self._dialogue.incoming
        after = 0 if self._mark is None else self._mark.maybe_answer(incoming.data)
        return max(after, incoming.maybe_end(after), self._maybe_end_mark())

    def _conclude(self, answer: re.Match[bytes]) -> None:
        """The board waits for code and has said whether it has restarted."""
        before = self._dialogue.incoming.take_mark(answer)
        self._is_asked = False
        if answer["same"] is not None:
            self._lose_end(before)
            return
        self._dialogue.emit(Output, BANNERS_AT_END.sub(b"", before))
        self._reboot()

    def _lose_end(self, before: bytes) -> None:
        """The code has ended; how, has to be seen from what came before the banner."""
        end = LOST_END.search(before)
        text = end["traceback"] if end is not None else None
        is_traceback = text is not None and TRACEBACK.search(text) is not None
        is_whole = text is not None and text.strip() in (b"", b">")
        if end is not None and (is_traceback or is_whole):
            before = before[: end.start()]
        self._dialogue.emit(Output, BANNER.sub(b"", before))
        traceback = text if text is not None and is_traceback else b""
        self._finish(traceback, is_lost=not traceback and (self._is_marked or not is_whole))

    def _finish(self, traceback: bytes, *, is_lost: bool = False) -> None:
        self._traceback = traceback
        if self._is_asked:  # the answer is still to come, and then the one to this
            self._dialogue.ask_banner()
            self._dialogue.state = State.DRAINING
            return
        self._dialogue.state = State.READY
        self._dialogue.events.append(Finished(traceback, is_lost))

    def _reboot(self) -> None:
        self._dialogue.banners_due = 0
        self._dialogue.state = State.READY
        self._dialogue.events.append(Rebooted())

    def _is_output(self) -> bool:
        """Gives out what follows 0x04, where that is no traceback; what comes next is output as before."""
        incoming = self._dialogue.incoming
        if may_be_traceback(incoming.data) and len(incoming.data) <= LONGEST_TRACEBACK:
            return False
        self._dialogue.state = State.STDOUT
        return True

    def _is_endless(self) -> bool:
        """Whether what should be a traceback is too long for one, and so is output."""
        if len(self._dialogue.incoming.data) <= LONGEST_TRACEBACK:
            return False
        self.resynchronise()
        return True
