"""Questions to a board about its files, and how their answers are told from other output of the board.

A question is a snippet's function, sent with the functions it calls. Each answer is one line: a mark that is
new for each question, the length of what follows, and a Python literal. The last one says how many there were
and which error of the file system ended the function, if any. An answer that is not whole is not believed,
and the question is asked again.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from iot_kernel.errors import (
    DeviceError,
    DeviceTimeoutError,
    EndLostError,
    IoTKernelError,
    RemoteProtocolError,
)
from iot_kernel.files.board import FileBoard
from iot_kernel.files.errnos import board_error
from iot_kernel.files.errors import TooMuchError
from iot_kernel.snippets import snippet
from iot_kernel.text import literal as read_literal

#: How often the same is asked, or the same file sent.
TRIES = 3

#: characters of one answer; firmware prints pieces of at most 4096 bytes.
LONGEST_ANSWER = 20_000

#: characters of all answers to one question, but where they are looked at one by one as they come: what is
#: said of `BATCH` files has a few thousand.
MOST_CHARACTERS = 100_000

#: s for one question, but where contents of files are asked for, which may take any time: a card with 100 000
#: files, or the digest of one with 100 MB, takes a slow board 10 minutes.
PATIENCE = 1800.0

_BEGIN, _END = "\x1e", "\x1f"

_FUNCTION = re.compile(r"^def (__iot_\w+__)\(", re.MULTILINE)

Answer = tuple[Any, ...]


class DamagedError(Exception):
    """The board's answers are not what its snippet prints.

    Args:
        cause: what the board raised instead of answering.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Answers:
    """Takes what a board prints, in any cutting, and tells the answers in it from what others print.

    Args:
        mark: of the question.
        on_answer: takes each as it comes, instead of them being kept. What it raises ends it all.
        on_other: takes text that belongs to no answer. What is printed into an answer is lost with it.
        stop: called when nothing of what comes matters any more; must not block.
        most: characters of all answers; None where ``on_answer`` knows when it is enough.
    """

    def __init__(
        self,
        mark: int,
        on_answer: Callable[[Answer], None] | None = None,
        on_other: Callable[[str], None] = lambda _: None,
        *,
        stop: Callable[[], None] = lambda: None,
        most: int | None = MOST_CHARACTERS,
    ) -> None:
        self._line = re.compile(rf"{mark} ([0-9]{{1,9}}) (.*)", re.DOTALL)
        self._beginning = f"{mark} "
        self._buffer = ""
        self._owes_newline = False  # the board prints one behind each answer
        self._count = 0
        self.kept: list[Answer] = []
        self._on_answer = on_answer or self.kept.append
        self._on_other = on_other
        self._stop = stop
        self._most = most
        self._characters = 0
        #: the last answer; None while it has not come
        self.ending: Answer | None = None
        #: why nothing more is taken; None while that is not so
        self.problem: Exception | None = None

    def feed(self, text: str) -> None:
        """Takes text. Raises nothing: it is called on the thread that reads."""
        if self.problem is not None:
            return
        try:
            self._feed(text)
        except (OSError, IoTKernelError) as error:
            self.problem = error
            self._buffer = ""
            self.kept.clear()
            self._stop()

    def _feed(self, text: str) -> None:
        self._buffer += text
        *lines, rest = self._buffer.split(_END)
        for line in lines:
            other, begin, answer = line.rpartition(_BEGIN)
            self._pass_on(other)
            if not begin or not answer.startswith(self._beginning):
                self._pass_on(begin + answer + _END)
            else:
                self._take(answer)
                self._owes_newline = True
        other, begin, answer = rest.partition(_BEGIN)
        self._pass_on(other)
        self._buffer = (begin + answer)[-LONGEST_ANSWER:]

    @property
    def is_whole(self) -> bool:
        """Whether all answers came, and the last one."""
        return self.ending is not None and self.ending[2] == self._count

    def _pass_on(self, text: str) -> None:
        if self._owes_newline and "\n" in text:
            text = text.replace("\n", "", 1)
            self._owes_newline = False
        if text:
            self._on_other(text)

    def _take(self, line: str) -> None:
        self._characters += len(line)
        if self._most is not None and self._characters > self._most:
            raise TooMuchError("asking the board", f"more than {self._most} characters")
        found = self._line.fullmatch(line)
        if found is None or int(found[1]) != len(found[2]):
            return
        try:
            answer = read_literal(found[2])
        except RemoteProtocolError:
            return
        if not isinstance(answer, tuple):
            return
        if len(answer) == 3 and answer[0] == "end":
            self.ending = answer
        else:
            self._count += 1
            self._on_answer(answer)


def literal(value: object) -> str:
    """Writes text, bytes, numbers, None and tuples of them so that every MicroPython reads them.

    Characters beyond ASCII stay themselves: firmware without Unicode knows no other way to write them.
    """
    if isinstance(value, tuple):
        return "(" + "".join(f"{literal(item)}," for item in value) + ")"
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'
    return repr(value)


_ESCAPES = {chr(code): f"\\x{code:02x}" for code in (*range(32), 127)} | {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Definitions:
    """A snippet that defines functions."""

    code: str
    functions: tuple[str, ...]


@cache
def definitions(name: str, platform: str = "") -> Definitions:
    """Returns a snippet with the names of its functions; for the arguments see `snippet`."""
    code = snippet(name, platform)
    return Definitions(code, tuple(_FUNCTION.findall(code)))


def question(names: Sequence[str], function: str, mark: int, arguments: Sequence[object]) -> str:
    """Returns the code that asks; it leaves nothing among the board's variables.

    Args:
        names: of the snippets, each before the ones that call it.
        function: of the last one.
        mark: of the answers.
        arguments: for the function.
    """
    return defining(names) + calling(names, function, mark, arguments)


def calling(names: Sequence[str], function: str, mark: int, arguments: Sequence[object]) -> str:
    """Returns the end of a `question`, which asks where the functions are there already."""
    given = "".join(f",{literal(argument)}" for argument in arguments)
    return f"try:__iot_answer__({mark},{function}{given})\nfinally:del {','.join(functions(names))}\n"


def defining(names: Sequence[str], platform: str = "") -> str:
    """Returns the beginning of a `question`: the functions of snippets, and the one that all answers need."""
    return "".join(definitions(name, platform).code for name in ("answer", *names))


def functions(names: Sequence[str]) -> list[str]:
    """Returns what the functions are called that `defining` defines."""
    return [function for name in ("answer", *names) for function in definitions(name).functions]


def ask(
    board: FileBoard,
    code: str,
    mark: int,
    path: str | Callable[[], str],
    *,
    on_answer: Callable[[Answer], None] | None = None,
    most: int | None = MOST_CHARACTERS,
    timeout: float | None = PATIENCE,
) -> list[Answer]:
    """Asks once.

    Args:
        board: the board.
        code: a `question`.
        mark: of the answers.
        path: of the file, for errors; a function that tells it where there are several.
        on_answer: takes the answers as they come, on another thread; they are not returned then. An OSError
            or error of ours that it raises ends the program on the board, and is raised here.
        most: characters of all answers; None where ``on_answer`` knows when it is enough.
        timeout: seconds; None for as long as it takes.

    Raises:
        DamagedError: the answers are not whole, or the code did not arrive as it was sent.
        OSError: the board's file system refused.
        TooMuchError: the answers are more than can be true.
        DeviceTimeoutError: they have no end.
        DeviceError: KeyboardInterrupt.
    """
    answers = Answers(mark, on_answer, board.on_stray, stop=board.interrupt, most=most)
    try:
        run(board, code, on_output=answers.feed, timeout=timeout)
    except (DamagedError, DeviceError, DeviceTimeoutError) as error:
        raise answers.problem or error from None
    if answers.problem is not None:
        raise answers.problem
    if not answers.is_whole or answers.ending is None:
        raise DamagedError(RemoteProtocolError("asking for files", b""))
    if answers.ending[1] is not None:
        raise board_error(answers.ending[1], path if isinstance(path, str) else path(), board.platform)
    return answers.kept


def run(
    board: FileBoard,
    code: str,
    *,
    on_output: Callable[[str], None] | None = None,
    timeout: float | None = PATIENCE,
) -> None:
    """Runs code that does not raise where it arrives as it was sent.

    Args:
        board: the board.
        code: the source text.
        on_output: takes what is printed; None for code that prints nothing, so that all of it is others'.
        timeout: seconds; None for as long as it takes.

    Raises:
        DamagedError: it raised, or the board did not begin to run it.
        DeviceTimeoutError: it did not end.
        DeviceError: KeyboardInterrupt.
    """
    try:
        board.exec(code, on_output=on_output or board.on_stray, timeout=timeout)
    except DeviceError as error:
        if error.ename == "KeyboardInterrupt":
            raise error.without_frames() from None
        raise DamagedError(error) from error
    except DeviceTimeoutError as error:
        if error.seconds == timeout:
            raise
        raise DamagedError(error) from error  # the end of the code was lost on its way there
    except EndLostError as error:
        raise DamagedError(error) from error


def new_mark() -> int:
    """Returns what no other question has; a number, since firmware keeps every short text for good."""
    return secrets.randbelow(90_000) + 10_000
