"""What code that runs on one board asks the user, and how the answer reaches it.

What requests look like among the output is specified in `iot_kernel.device.input_request`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from iot_kernel.device.board_connection import EVAL_TIMEOUT, BoardConnection
from iot_kernel.device.input_request import InputRequests, answer_bytes
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

    def expect(self, code: str, on_input: Callable[[str], None] | None) -> InputRequests:
        """Gets ready for what code may ask; call it with `turn_lock` held and the board at its prompt.

        Args:
            code: what will run.
            on_input: takes a prompt; None leaves ``input`` as the board has it.

        Returns:
            What takes the requests out of the code's output.
        """
        if on_input is not None:
            self._provide(code)

        def ask(prompt: str) -> None:
            self._board.note_request()
            if on_input is not None:
                on_input(prompt)

        self._requests = InputRequests(self._board.mark[:1], ask)
        return self._requests

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
        is_spared = self._platform in _NO_INPUT or (self._platform in PLAIN and "input" not in code)
        if is_spared or self._provided == self._board.mark:
            return
        program = snippet("ask_input", self._platform).replace("HEAD", self._board.mark[:1])
        with contextlib.suppress(DeviceError):  # no memory, or firmware that keeps its builtins
            self._board.exec(f"{program}__iot_input__()\ndel __iot_input__\n", None, RunOptions(EVAL_TIMEOUT))
        self._provided = self._board.mark
