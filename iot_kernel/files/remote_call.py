"""Asks one board questions about its files: sends the functions that answer, and asks again after damage.

It also asks the board once what its firmware has (`capabilities`).
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from iot_kernel.errors import IoTKernelError
from iot_kernel.files.board import FileBoard
from iot_kernel.files.capabilities import Capabilities
from iot_kernel.files.errnos import ENOMEM, board_error
from iot_kernel.files.remote_reply import (
    MOST_CHARACTERS,
    PATIENCE,
    TRIES,
    Answer,
    DamagedError,
    ask,
    calling,
    defining,
    definitions,
    functions,
    literal,
    new_mark,
    run,
)
from iot_kernel.snippets import OWN, snippet

#: A user may have a variable with the name of an exception.
_FORGET = """\
try:del {}
except:pass
"""

#: Makes one hole of many: where little memory is free, what stays behind in the middle of it leaves no space
#: for compiling anything. It has a name that will be or was a function's: one more might take memory itself.
_COLLECT = "import gc as {0}\n{0}.collect()\n"
_AT_END = _COLLECT.format(OWN) + f"del {OWN}\n"

#: bytes of free memory from which on the functions of a question go to the board in one piece: to compile
#: code takes several times its size.
ROOMY = 64_000

OnAnswer = Callable[[Answer], None]
T = TypeVar("T")


class RemoteCaller:
    """One board, asked about its files. The constructor touches nothing.

    Args:
        board: the board.
    """

    def __init__(self, board: FileBoard) -> None:
        self.board = board
        self._capabilities: Capabilities | None = None
        self._is_roomy = True

    @property
    def platform(self) -> str:
        """The board's ``sys.platform``."""
        return self.board.platform

    @property
    def capabilities(self) -> Capabilities:
        """What the firmware has; asked once."""
        if self._capabilities is None:
            answers = self.again(lambda: self.once(["capabilities"], "__iot_capabilities__", "/"), "/")
            self._capabilities = Capabilities.from_answer(answers)
            self._is_roomy = self._capabilities.free >= ROOMY
        return self._capabilities

    def ask(
        self, names: Sequence[str], function: str, path: str, *arguments: object
    ) -> tuple[list[Answer], Capabilities]:
        """Asks, up to `TRIES` times: the function must do the same when it runs twice.

        Args:
            names: of the snippets.
            function: of the last one.
            path: of the file, for errors.
            arguments: for the function.

        Raises:
            OSError: the board's file system refused.
            IoTKernelError: the board's answers are no answers.
        """
        capabilities = self.capabilities
        return self.again(lambda: self.once(names, function, path, *arguments), path), capabilities

    def again(self, attempt: Callable[[], T], path: str) -> T:
        """Tries something up to `TRIES` times, after damage.

        Args:
            attempt: asks `once`, and must do the same when it runs twice.
            path: of the file, for errors.

        Raises:
            OSError: the board's file system refused.
            IoTKernelError: the board's answers are no answers.
        """
        for tries_left in reversed(range(TRIES)):
            try:
                return attempt()
            except DamagedError as error:
                self.check(error, path, tries_left)
                if not tries_left:
                    self.forget()
                    raise error.cause from None
        raise AssertionError("unreachable")

    def once(
        self,
        names: Sequence[str],
        function: str,
        path: str | Callable[[], str],
        *arguments: object,
        on_answer: OnAnswer | None = None,
        timeout: float | None = PATIENCE,
    ) -> list[Answer]:
        """Asks once.

        Args:
            names: as in `ask`.
            function: likewise.
            path: likewise, or a function that tells it afterwards.
            arguments: likewise.
            on_answer: takes the answers as they come, and knows when it is enough; see `ask`.
            timeout: seconds; None for as long as it takes.

        Raises:
            DamagedError: the answers are not whole.
            OSError: the board's file system refused.
        """
        most = MOST_CHARACTERS if on_answer is None else None
        mark = new_mark()
        call = calling(names, function, mark, arguments)
        put = partial(ask, on_answer=on_answer, most=most, timeout=timeout)
        if self._is_roomy:
            return put(self.board, defining(names, self.platform) + call, mark, path)
        try:
            self.define(names)
            return put(self.board, call + _AT_END, mark, path)
        except (DamagedError, IoTKernelError, KeyboardInterrupt):
            self.undefine(names)
            raise

    def define(self, names: Sequence[str]) -> None:
        """Sends functions: all at once, or one by one where the board has little memory.

        Args:
            names: of the snippets; the one that all answers need comes first in any case.

        Raises:
            DamagedError: as `run` does.
        """
        if self._is_roomy:
            self.run(defining(names, self.platform))
            return
        for name in ("answer", *names):
            found = definitions(name, self.platform)
            self.run(_COLLECT.format(found.functions[0]) + found.code)

    def undefine(self, names: Sequence[str], *more: str, before: str = "") -> None:
        """Takes functions out of the board's variables, also where only the first of them are there.

        Args:
            names: as for `define`.
            more: functions that came after these.
            before: code that runs first.
        """
        code = before + _FORGET.format(",".join([*functions(names), *more]))
        self.tidy(code if self._is_roomy else code + _AT_END)

    def run(self, code: str) -> None:
        """Runs code that prints nothing.

        Raises:
            DamagedError: it raised.
        """
        run(self.board, code)

    def forget(self) -> None:
        """Asks anew what the firmware has: it may be another one."""
        self._capabilities = None

    def named(self, path: str) -> str:
        """Returns what the board calls a normal path.

        Raises:
            NotADirectoryError: it has no directories, and the path needs one.
        """
        if self.capabilities.has_directories:
            return path
        self.need_directories(path, depth=1)
        return path[1:]

    def need_directories(self, path: str, depth: int = 0) -> None:
        """Refuses a path with more slashes than a flat file system allows.

        Raises:
            NotADirectoryError: the board has no directories.
        """
        if not self.capabilities.has_directories and path.count("/") > depth:
            raise NotADirectoryError(errno.ENOTDIR, "this board's file system has no directories", f":{path}")

    def check(self, error: DamagedError, path: str, tries_left: int) -> None:
        """Looks at what went wrong before the same is tried again, or given up.

        Raises:
            OSError: nothing is left to try, and it was for want of memory.
        """
        if getattr(error.cause, "ename", "") == "MemoryError":
            self.forget()  # how much of it is free decides how large pieces are
            if not tries_left:
                raise board_error(ENOMEM, path) from None

    def discard(self, name: str) -> None:
        """Removes a temporary file, if it is there."""
        self.tidy(snippet("discard_file").replace("PATH", literal(name)))

    def tidy(self, code: str) -> None:
        """Runs code that cleans up after a failure, which goes on whatever becomes of this."""
        with contextlib.suppress(IoTKernelError):  # the failure itself is what the user should hear of
            self.board.exec(code, on_output=self.board.on_stray)
