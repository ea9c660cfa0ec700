"""Runs a cell's code on a board: what may be sent meanwhile, where it ends, its last expression's value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from iot_kernel.device.board_asyncio import BoardAsyncio
from iot_kernel.device.board_connection import BoardConnection
from iot_kernel.device.board_results import BoardResults, mentioned
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.input_request import InputRequests
from iot_kernel.device.last_expression import FUNCTION, MarkedCode, ValueScanner, mark_end
from iot_kernel.device.output_text import BoardText
from iot_kernel.device.traceback import device_error, without_own_frames
from iot_kernel.errors import DeviceError, EndLostError, IoTKernelError
from iot_kernel.protocol.end_mark import rich_mark, value_mark
from iot_kernel.repl.connection import Outcome
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.repl.halves import Halves, whole

#: Code that may read its standard input: nothing must be sent to the board while it runs. Modules that it
#: imports may read, too; they may find a Ctrl-A there after long silence.
_READS_INPUT = re.compile(r"\b(?:stdin|input|readline|getch|aiorepl)\b")

#: Code that may restart the board, so that what looks like a restart is one.
_MAY_RESET = re.compile(r"\b(?:\w*reset|bootloader|deepsleep)\b")


@dataclass(frozen=True, slots=True)
class _Words:
    """What the words of code say about it.

    Attributes:
        named: the numbers of the cells whose results it names.
        reads_input: see `_READS_INPUT`.
        may_reset: see `_MAY_RESET`.
    """

    named: tuple[int, ...]
    reads_input: bool
    may_reset: bool


@lru_cache(maxsize=2)  # the same code runs on many boards at the same time
def _words_of(code: str) -> _Words:
    reads_input, may_reset = _READS_INPUT.search(code), _MAY_RESET.search(code)
    return _Words(tuple(mentioned(code)), reads_input is not None, may_reset is not None)


@dataclass(frozen=True, slots=True)
class CellEnd:
    """How a cell ended that raised nothing.

    Args:
        value: the repr of the last expression; None where there is none or its value is None.
        is_rich: the board has kept that value, since it has more to show.
        outcome: how the code ended.
    """

    value: str | None
    is_rich: bool
    outcome: Outcome


def cell_execution(
    board: BoardConnection,
    code: str,
    on_output: TextSink,
    *,
    on_begin: Callable[[], None],
    on_busy: Callable[[], None],
    requests: InputRequests,
    awaiting: BoardAsyncio,
    results: BoardResults,
    number: int | None,
    timeout: float | None = None,
) -> Halves[CellEnd]:
    """Sends a cell's code in the first half, and waits for its end; raises what `Device.exec` does.

    Args:
        board: where; it waits for code, and `turn_lock` is held.
        code: the source text.
        on_output: takes what it prints, as it comes; called on the thread that reads.
        on_begin: called when an interrupt reaches the code from now on; must not block.
        on_busy: called once when the code goes on for long after an interrupt; must not block.
        requests: takes what the code asks the user out of its output.
        awaiting: has the board await outside of functions.
        results: has the board keep values.
        number: of the cell, where its value is to be kept.
        timeout: seconds; None for as long as it takes.
    """
    marked = _marked(code, results, number)
    words = _words_of(code)
    if words.named:
        results.name(words.named)
    options = RunOptions(
        timeout,
        is_marked=marked is not None,
        reads_input=words.reads_input,
        may_reset=words.may_reset,
        repeats_interrupt=False,
        on_begin=on_begin,
        on_busy=on_busy,
    )
    if marked is None:
        return (yield from _execution(board, code, on_output, options, requests))
    if marked.awaits:
        awaiting.provide()
    try:
        end = yield from _execution(board, marked.code, on_output, options, requests)
    except DeviceError as error:
        if error.ename == "NameError":
            awaiting.forget()
        if not _is_mark_missing(board, error):
            raise
        board.identify()
        end = whole(_execution(board, marked.ending, on_output, options, requests))
    if end.value is not None and number is not None:
        results.note(number)
    return end


def _marked(code: str, results: BoardResults, number: int | None) -> MarkedCode | None:
    """The code with its end mark; a value has its number where the board can keep it."""
    marked = mark_end(code, number if results.is_able else None)
    if marked is None or not marked.has_value or number is None or results.provide():
        return marked
    return mark_end(code)


def _execution(
    board: BoardConnection, code: str, on_output: TextSink, options: RunOptions, requests: InputRequests
) -> Halves[CellEnd]:
    scanner = ValueScanner(value_mark(board.mark), rich_mark(board.mark))
    text = BoardText(on_output)

    def take(data: bytes) -> None:
        text.feed(scanner.feed(requests.feed(data)))
        requests.deliver()

    try:
        outcome = yield from board.execution(code, take, options)
    except IoTKernelError:
        text.feed(scanner.feed(requests.finish()))
        text.feed(scanner.finish(has_raised=True)[0])
        text.finish()
        raise
    text.feed(scanner.feed(requests.finish()))
    rest, value = scanner.finish(has_raised=bool(outcome.traceback) or outcome.is_lost)
    text.feed(rest)
    text.finish()
    if outcome.traceback:
        raise device_error(without_own_frames(outcome.traceback))
    if outcome.is_lost:
        raise EndLostError(board.url)
    return CellEnd(value, scanner.is_rich, outcome)


def _is_mark_missing(board: BoardConnection, error: DeviceError) -> bool:
    """Whether a cell failed only because its code, or one before, has removed what ends cells."""
    if error.ename != "NameError":
        return False
    if "'" not in error.evalue:  # some firmware does not say which name
        board.mark = ""  # so it is asked before the next cell
    return f"'{FUNCTION}'" in error.evalue
