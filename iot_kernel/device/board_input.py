"""What code that runs on one board asks the user, and how the answer reaches it.

What requests look like among the output is specified in `iot_kernel.device.input_request`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from iot_kernel.device.board_connection import EVAL_TIMEOUT, BoardConnection
from iot_kernel.device.input_request import InputRequests, answer_bytes
from iot_kernel.device.stream_calls import may_use, redirected
from iot_kernel.errors import DeviceError
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.repl.turn_state import drop
from iot_kernel.snippets import PLAIN, snippet

#: Snippets that give a board the objects that take the streams' places.
_SNIPPETS = {"stdin": "ask_stdin", "stderr": "tell_stderr"}

#: Platforms on which code cannot read what is sent to it.
_NO_INPUT = frozenset({"webassembly"})


class BoardInput:
    """Input for the code of one board. The constructor touches nothing.

    Args:
        board: the board.
    """

    def __init__(self, board: BoardConnection) -> None:
        self._board = board
        #: whether code waits for `answer`
        self.is_asking = False
        self._requests: InputRequests | None = None
        self._provided = ""  # the mark of the run in which ``input`` asks the notebook

    def expect(
        self,
        code: str,
        on_input: Callable[[str], None] | None,
        on_error_text: Callable[[str], None] | None = None,
    ) -> tuple[str, InputRequests]:
        """Gets ready for what code may ask; call it with `turn_lock` held and the board at its prompt.

        Args:
            code: what will run.
            on_input: takes a prompt; None leaves ``input`` as the board has it.
            on_error_text: takes what the code writes to ``sys.stderr``; None leaves that among its output.

        Returns:
            The code to run instead; what takes the requests out of its output.
        """
        self.is_asking = False
        if on_input is not None:
            self._provide(code)
        if may_use(code):
            takers = {"stdin": on_input, "stderr": on_error_text}
            wanted = frozenset(name for name, taker in takers.items() if taker is not None)
            code = self._redirected(code, wanted)

        def ask(prompt: str) -> None:
            self._board.note_request()
            self.is_asking = True
            if on_input is not None:
                on_input(prompt)

        self._requests = InputRequests(self._board.mark[:1], ask, on_error_text or drop)
        return code, self._requests

    def answer(self, text: str) -> None:
        """Answers code that asked, with a line; lost where none waits. From any thread."""
        has_editor = self._platform in PLAIN
        data = answer_bytes(text, to_terminal=has_editor)
        if self._requests is not None and has_editor:
            self._requests.answered(data)
        self._board.type(data)
        self.is_asking = False

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

    def _redirected(self, code: str, streams: frozenset[str]) -> str:
        """Turns the code's streams to the notebook, as far as the board can do that."""
        if self._platform in PLAIN:
            return code
        if self._platform in _NO_INPUT:
            streams -= {"stdin"}
        adapted, turned = redirected(code, streams)
        for name in turned:
            snippet_name = _SNIPPETS[name]
            program = snippet(snippet_name, self._platform).replace("HEAD", self._board.mark[:1])
            function = f"__iot_{snippet_name}__"
            try:
                self._board.exec(f"{program}{function}()\ndel {function}\n", None, RunOptions(EVAL_TIMEOUT))
            except DeviceError:  # no memory for it, or firmware that lacks something
                return self._redirected(code, streams - {name})
        return adapted
