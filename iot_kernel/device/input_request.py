"""What running code asks the user: requests for a line of input among its output. Pure.

``input`` of the board is replaced by a function (`snippets/ask_input.py`) that prints 0x1C, the first letter
of the board's mark, the prompt, and 0x1C, and then reads a line. A board's line editor, which is used
where there is no ``sys.stdin``, echoes the line; the echo is no output of the program.

What a cell writes to ``sys.stderr`` comes in the same way, with 0x1D before the text
(`snippets/tell_stderr.py`).
"""

from __future__ import annotations

from collections.abc import Callable

_MARK = b"\x1c"
_ERROR_TEXT = "\x1d"

#: bytes of a prompt; what is longer is output that looks like a request
LONGEST_PROMPT = 10_000

#: characters of an answer: a terminal's line has 4096, and a board has to hold it in memory
LONGEST_ANSWER = 10_000


def answer_bytes(text: str, *, to_terminal: bool = False) -> bytes:
    """Gives the bytes of an answer: one line, without control characters; some would end the code.

    Args:
        text: what the user wrote.
        to_terminal: a line editor reads it, which takes ASCII only and ends a line at CR.
    """
    line = text.partition("\n")[0].partition("\r")[0][:LONGEST_ANSWER]
    plain = "".join(letter for letter in line if letter == "\t" or letter >= " ")
    return plain.encode("ascii", "ignore") + b"\r" if to_terminal else plain.encode() + b"\n"


class InputRequests:
    """Takes requests for input out of a cell's output.

    Args:
        mark: the first letter of the board's mark.
        on_request: takes a prompt; called by `deliver`.
        on_error_text: takes what was written to standard error; likewise.
    """

    def __init__(
        self,
        mark: str,
        on_request: Callable[[str], None],
        on_error_text: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._begin = _MARK + mark.encode()
        self._on_request = on_request
        self._on_error_text = on_error_text
        self._asked: list[str] = []
        self._buffer = b""
        self._echo = b""

    def deliver(self) -> None:
        """Calls `on_request` for what was asked, once the output before it has been shown."""
        asked, self._asked = self._asked, []
        for prompt in asked:
            if prompt.startswith(_ERROR_TEXT):
                self._on_error_text(prompt.removeprefix(_ERROR_TEXT))
            else:
                self._on_request(prompt)

    def answered(self, data: bytes) -> None:
        """Notes what was sent to a board that echoes it; call it before it is sent."""
        self._echo = data.rstrip(b"\r\n") + b"\r\n"

    def feed(self, data: bytes) -> bytes:
        """Takes output in any cutting; returns what of it is the program's own and certain by now."""
        self._buffer += data
        out = b""
        while self._buffer:
            out += self._without_echo()
            before, begun, rest = self._buffer.partition(self._begin)
            prompt, ended, after = rest.partition(_MARK)
            if not begun:
                held = 1 if before.endswith(_MARK) else 0
                keep = len(before) - (len(before) if self._may_be_echo(before) else held)
                self._buffer = before[keep:]
                return out + before[:keep]
            out += before
            if not ended and len(prompt) <= LONGEST_PROMPT:
                self._buffer = begun + rest
                return out
            if len(prompt) > LONGEST_PROMPT:
                out, self._buffer = out + begun, rest
                continue
            self._buffer = after
            self._asked.append(prompt.decode(errors="replace").replace("\r\n", "\n"))
        return out

    def finish(self) -> bytes:
        """Ends the output; returns what was held back."""
        data, self._buffer = self._buffer, b""
        return data

    def _may_be_echo(self, data: bytes) -> bool:
        return bool(self._echo) and self._echo.startswith(data)

    def _without_echo(self) -> bytes:
        """Drops the echo where it comes first; gives up looking for it where something else does."""
        if self._echo and self._buffer.startswith(self._echo):
            self._buffer = self._buffer[len(self._echo) :]
            self._echo = b""
        elif self._echo and not self._may_be_echo(self._buffer):
            self._echo = b""
        return b""
