"""What code that runs on one board asks the user, and how the answer reaches it.

What requests look like among the output is specified in `iot_kernel.device.input_request`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from iot_kernel.device.board_connection import EVAL_TIMEOUT, BoardConnection
from iot_kernel.device.input_request import InputRequests, answer_bytes
from iot_kernel.device.stdin_calls import asking
from iot_kernel.errors import DeviceError
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.snippets import PLAIN, snippet

#: Platforms on which code cannot read what is sent to it.
_NO_INPUT = frozenset({"webassembly"})


class BoardInput:
    """Input for the code of one board. The constructor touches nothing.

    Args:
        board: the board.
    """

    def __init__(self, board: BoardConnection) -> None:
        self._board = board
        self._requests: InputRequests | None = None
        self._provided = ""  # the mark of the run in which ``input`` asks the notebook

    def expect(self, code: str, on_input: Callable[[str], None] | None) -> tuple[str, InputRequests]:
        """Gets ready for what code may ask; call it with `turn_lock` held and the board at its prompt.

        Args:
            code: what will run.
            on_input: takes a prompt; None leaves ``input`` as the board has it.

        Returns:
            The code to run instead; what takes the requests out of its output.
        """
        if on_input is not None:
            self._provide(code)
            code = self._with_stdin(code)

        def ask(prompt: str) -> None:
            self._board.note_request()
            if on_input is not None:
                on_input(prompt)

        self._requests = InputRequests(self._board.mark[:1], ask)
        return code, self._requests

    def answer(self, text: str) -> None:
        """Answers code that asked, with a line; lost where none waits. From any thread."""
        data = answer_bytes(text, to_terminal=self._platform in PLAIN)
        if self._requests is not None:
            self._requests.answered(data)
        self._board.type(data)

    @property
    def _platform(self) -> str:
        return self._board.info.platform if self._board.info is not None else ""

    def _provide(self, code: str) -> None:
        """Has ``input`` ask the notebook; where memory is short, only for code that mentions it."""
        is_spared = self._platform in PLAIN and "input" not in code
        if is_spared or self._provided == self._board.mark:
            return
        name = "refuse_input" if self._platform in _NO_INPUT else "ask_input"
        program = snippet(name, self._platform).replace("HEAD", self._board.mark[:1])
        with contextlib.suppress(DeviceError):  # no memory for it
            self._board.exec(f"{program}__iot_input__()\ndel __iot_input__\n", None, RunOptions(EVAL_TIMEOUT))
        self._provided = self._board.mark

    def _with_stdin(self, code: str) -> str:
        """Has code that reads from ``sys.stdin`` ask; not where there is none."""
        if self._platform in _NO_INPUT | PLAIN or (adapted := asking(code)) == code:
            return code
        program = f"{snippet('ask_stdin')}__iot_ask_stdin__()\ndel __iot_ask_stdin__\n"
        try:
            self._board.exec(program, None, RunOptions(EVAL_TIMEOUT))
        except DeviceError:  # no memory for it
            return code
        return adapted
