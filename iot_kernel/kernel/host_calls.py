"""What a cell asks of the sub-kernel from the worker thread, which waits for the answer.

The kernel's event loop passes the messages on; nothing here may be called on it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from iot_kernel.subkernel.channels import METADATA, Message
from iot_kernel.subkernel.process import SubkernelProcess
from iot_kernel.values.wire_format import REQUEST

Answer = TypeVar("Answer")

#: In code that VS Code runs for itself: it asks for ipykernel, and lists variables of Python.
_FRONTENDS_OWN = re.compile(r"\b_VSCODE_|^import ipykernel$", re.MULTILINE)


def is_frontends_own(content: Mapping[str, Any]) -> bool:
    """Whether a frontend runs code for itself, which is Python for this computer and never for a board.

    Args:
        content: of an execute request.
    """
    return not content.get("store_history", True) and bool(_FRONTENDS_OWN.search(content["code"]))


class HostCalls:
    """The calls of one cell.

    Args:
        subkernel: runs host code.
        loop: the kernel's event loop.
        request: the cell's, as the frontend sent it.
        number: the cell's execution count.
        magics: how the magics of this kernel are called.
    """

    def __init__(
        self,
        subkernel: SubkernelProcess,
        loop: asyncio.AbstractEventLoop,
        request: Message,
        number: int,
        magics: Sequence[str],
    ) -> None:
        self._subkernel = subkernel
        self._loop = loop
        self._request = request
        self._number = number
        self._magics = magics

    @property
    def started(self) -> bool:
        """Whether the sub-kernel is there or on its way."""
        return self._subkernel.started

    def execute(self, source: str, piece: int) -> Mapping[str, Any]:
        """Runs a piece of the cell in the sub-kernel; returns the reply's content.

        Args:
            source: the piece.
            piece: 0 for the first of this cell, 1 for the next, and so on.

        Raises:
            KeyboardInterrupt: it was interrupted.
            HostDiedError: the sub-kernel ended.
        """
        request = host_request(self._request, self._number, self._magics, source, piece)
        return self._wait(self._subkernel.request(request, execution_count=self._number))

    def ask(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Asks the sub-kernel about its variables; see `iot_kernel.values.host_side.Ask`.

        Raises:
            BaseException: as `execute` does.
        """
        return self._wait(self._subkernel.ask(REQUEST, question, data))

    def interrupt(self) -> None:
        """Interrupts what the sub-kernel is working on. Does not wait."""
        asyncio.run_coroutine_threadsafe(self._subkernel.interrupt(), self._loop)

    def _wait(self, asking: Coroutine[Any, Any, Answer | None]) -> Answer:
        answer = asyncio.run_coroutine_threadsafe(asking, self._loop).result()
        if answer is None:
            raise KeyboardInterrupt
        return answer


def host_request(
    request: Message, number: int, magics: Sequence[str], source: str | None = None, piece: int = 0
) -> Message:
    """Makes the execute request for the sub-kernel.

    Args:
        request: the frontend's.
        number: the cell's execution count.
        magics: how the magics of this kernel are called, for the words about one that is not defined.
        source: the piece of the cell to run; None for the whole cell.
        piece: its number in the cell. It makes each piece's signature another: the same text twice in one
            cell would else be taken for a replayed message.
    """
    # The queue behind a failed cell is ours to drop: dropping it there as well would race with the next cell.
    content = {**request["content"], "stop_on_error": False}
    if source is not None:
        history = content.get("store_history", True) and piece == 0
        content |= {"code": source, "user_expressions": {}, "store_history": history}
    ours = {"execution_count": number, "piece": piece, "magics": list(magics)}
    return {**request, "content": content, "metadata": {**request["metadata"], METADATA: ours}}
