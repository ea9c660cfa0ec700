"""A CircuitPython board that says what recorded firmware said, over a joined pair of ends in memory.

Each answer is taken from a transcript of `tests/protocol/transcripts`; only the order of events is played
here: code.py runs or is done, a key leads to the prompt, leaving or entering a prompt starts the interpreter
anew.
"""

from __future__ import annotations

import enum
import itertools
import json
import re
import threading
from pathlib import Path

from iot_kernel.protocol.end_mark import QUESTION
from iot_kernel.repl.code_sender import wire_form
from iot_kernel.snippets import snippet
from tests.transports.memory import MemoryEnd, MemoryTransport

TRANSCRIPTS = Path(__file__).parent / "protocol" / "transcripts"
RECORDINGS = sorted(path.stem for path in TRANSCRIPTS.glob("circuitpython-*.json"))

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
CTRL_A, CTRL_B, CTRL_C, CTRL_D = b"\x01", b"\x02", b"\x03", b"\x04"
_numbers = itertools.count()


class State(enum.Enum):
    """What the board does."""

    CODE = "runs code.py"
    DONE = "has run code.py and waits for any key"
    FRIENDLY = "is at its prompt"
    RAW = "is in the raw REPL"
    PROGRAM = "runs code from the raw REPL"


class Recording:
    """A transcript, looked up by case.

    Args:
        name: the file's name without ``.json``.
    """

    def __init__(self, name: str) -> None:
        self._cases = json.loads((TRANSCRIPTS / f"{name}.json").read_text())["cases"]
        self.version = name.split("-")[1]

    def answer(self, case: str, number: int) -> bytes:
        """What the board said after the host had said so many things; 0: as soon as it was connected."""
        answers = [bytes.fromhex(content) for direction, content in self._cases[case] if direction == "rx"]
        return answers[number]

    def programs(self) -> dict[bytes, bytes]:
        """Code -> what the board printed, with marks; without the last mark it ran on."""
        found = {}
        for steps in self._cases.values():
            for (_, said), (_, heard) in itertools.pairwise(steps):
                if len(code := bytes.fromhex(said)) > 1 and code.endswith(CTRL_D):
                    found[code[:-1]] = bytes.fromhex(heard)
        return found


class CircuitPythonBoard:
    """Answers as the recorded firmware did, however often the host connects.

    Args:
        name: which recording.
        busy: code.py runs for ever; otherwise it is done.
        own_port: the port goes away when the chip is reset, as on USB; otherwise it stays, as on a UART.

    Attributes:
        url: where it is.
        heard: all bytes from hosts.
        links: how many times it was plugged in.
        programs: code -> answer; tests may add some.
    """

    def __init__(self, name: str, *, busy: bool = False, own_port: bool = True) -> None:
        self.recording = Recording(name)
        self.programs = self.recording.programs()
        self.heard = b""
        self.links = 0
        self._name = f"circuitpython{next(_numbers)}"
        self.url = f"memory://{self._name}"
        self._own_port = own_port
        self._busy = busy
        self._state = State.CODE if busy else State.DONE
        self._is_raw = False
        self._line = b""
        self._mark = b""
        self._end: MemoryEnd
        self._closing = False
        self._plug = threading.Lock()
        self._plug_in()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._plug:
            self._closing = True
            self._end.cut()
        self._thread.join()

    def leave_raw(self) -> None:
        """Somebody else was at the board, while we had no link, and left the raw REPL."""
        self._restart()
        self._state, self._is_raw = State.FRIENDLY, False

    # Links

    def _plug_in(self) -> None:
        with self._plug:
            if self._closing:
                return
            self.links += 1
            _, self._end = MemoryTransport.pair(self._name)
            if self._state is State.DONE:
                self._say(self.recording.answer("open_after_code_done", 0))
            elif self._state is State.CODE:
                self._say(self.recording.answer("open_while_code_runs", 0))

    def _run(self) -> None:
        while not self._closing:
            while data := self._end.read():
                self.heard += data
                for byte in data:
                    self._key(bytes([byte]))
            self._plug_in()

    def _say(self, data: bytes) -> None:
        self._end.write(data)

    # Keys

    def _key(self, key: bytes) -> None:
        match self._state:
            case State.CODE:
                if key == CTRL_C:
                    self._state = State.DONE
                    self._say(self.recording.answer("open_while_code_runs", 2))
            case State.DONE:
                self._prompt()
            case State.FRIENDLY:
                self._friendly(key)
            case State.RAW:
                self._raw(key)
            case State.PROGRAM:
                if key == CTRL_C:
                    self._state = State.RAW
                    self._say(self.recording.answer("interrupt", 2))

    def _prompt(self) -> None:
        """The first key ends the waiting; in which mode the prompt comes was settled before."""
        self._restart()
        self._state = State.RAW if self._is_raw else State.FRIENDLY
        self._say(BANNER if self._is_raw else self.recording.answer("open_after_code_done", 1))

    def _friendly(self, key: bytes) -> None:
        if key == CTRL_A:
            self._restart()
            self._state, self._is_raw = State.RAW, True
            self._say(self.recording.answer("open_after_code_done", 2))
        elif key == CTRL_C:
            self._say(b"\r\n>>> ")

    def _raw(self, key: bytes) -> None:
        line, self._line = self._line, b""
        if key == CTRL_A:
            self._say(BANNER)
        elif key == CTRL_B:
            self._restart()
            self._state, self._is_raw = State.FRIENDLY, False
            self._say(self.recording.answer("enter_exit_raw", 4))
        elif key == CTRL_D:
            self._execute(line) if line else self._soft_reset()
        elif key != CTRL_C:
            self._line = line + key

    # Code

    def _soft_reset(self) -> None:
        self._restart()
        case, number = ("soft_reset_in_raw_busy", 4) if self._busy else ("soft_reset_in_raw", 2)
        answer = self.recording.answer(case, number)
        if not answer.endswith(BANNER):  # it runs code.py first
            self._state = State.CODE if self._busy else State.DONE
        self._say(answer)

    def _hard_reset(self) -> None:
        self._restart()
        self._is_raw = False
        self._state = State.CODE if self._busy else State.DONE
        if self._own_port:
            self._end.cut()
        else:  # it says what it says after a soft reset at the prompt, but not that it is one
            answer = self.recording.answer("soft_reset_in_friendly", 2)
            self._say(re.sub(rb"\A\r\n(?:soft reboot\r\n)?", b"", answer))

    def _restart(self) -> None:
        self._mark = self._line = b""

    def _execute(self, code: bytes) -> None:
        if code == wire_form(snippet("hard_reset")) or b"microcontroller.reset()" in code:
            self._say(b"OK")
            self._hard_reset()
            return
        answer = self._questions(code) or self._answer(code)
        if answer.endswith(BANNER):
            self._restart()
        elif not answer.endswith(b"\x04>"):
            self._state = State.PROGRAM
        self._say(answer)

    def _answer(self, code: bytes) -> bytes:
        """Answers code that may end with the end mark."""
        plain = re.sub(rb"__iot__\(\((.*)\)\)\Z|\n?__iot__\(\)\Z", rb"\1", code)
        answer = self.programs.get(plain, b"OK\x04\x04>")
        if plain != code and answer.endswith(b"\x04\x04>"):
            return answer[:-3] + b"\x1e" + self._mark[:1] + b"\x04\x04>"
        return answer

    def _told_mark(self) -> bytes:
        if self._mark:
            return b"\x1f" + self._mark + b"\x1e" + self._mark[:1] + b"\x04\x04>"
        return (
            b'\x04Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n'
            b"NameError: name '__iot__' is not defined\r\n\x04>"
        )

    def _questions(self, code: bytes) -> bytes:
        """Answers what every board is asked when it is connected."""
        if code == QUESTION:
            return b"OK" + self._told_mark()
        if code == wire_form(snippet("mark")):
            return b"OKRP2040\r\n" + self._told_mark()
        if code == wire_form(snippet("free")):
            return b"OK169968\r\n\x04\x04>"
        if mark := re.search(rb"\\x1f([0-9a-f]{8})['\"]", code):
            self._mark = mark[1]
            return b"OK\x04\x04>"
        if code == wire_form(snippet("who", "RP2040")):
            version = self.recording.version
            who = ("e6:61:64:08:43:5b:89:2a", "circuitpython", version, "RP2040", "Pico with rp2040", 169968)
            return b"OK%r\r\n\x04\x04>" % (who,)
        return b""
