"""Does one thing on several boards at the same time, and shows what became of it: for every magic that can.

`on_boards` is the way in: names of boards come in, a table comes out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from iot_kernel.api.finder import Finder
from iot_kernel.api.parallel import BoardEnd
from iot_kernel.boards.board_group import BoardOfGroup, WantedBoard, wanted
from iot_kernel.boards.errors import DeviceNotFoundError, OtherBoardError
from iot_kernel.boards.scan import Discovery, Row
from iot_kernel.errors import DeviceError, HostError, IoTKernelError, UsageError
from iot_kernel.magics.colours import plain, warning
from iot_kernel.magics.magic import MagicContext
from iot_kernel.magics.search import search
from iot_kernel.magics.tables import Cell, Column, Table, row, show
from iot_kernel.repl.halves import Halves
from iot_kernel.text import message, printable

T = TypeVar("T")

#: characters of a result in the table; longer ones stand in the board's block
LONGEST_RESULT = 60

#: Names all boards that a search finds.
ALL = "all"


class TargetsFailedError(IoTKernelError):
    """What was to be done in several places failed in some of them; the cell shows their errors already.

    Args:
        names: where it failed.
        total: how many places there were.
        what: what failed.
    """

    def __init__(self, names: Sequence[str], total: int, what: str = "the cell") -> None:
        super().__init__(f"{what} failed on {len(names)} of {total}: {', '.join(names)}")
        self.names = tuple(names)
        self.total = total


def on_boards(
    ctx: MagicContext,
    names: Sequence[str],
    do: Callable[[MagicContext], object],
    *,
    heading: str = "result",
    what: str = "the cell",
) -> list[BoardEnd[object]]:
    """Does something on several boards at the same time, each connected before; shows a table at the end.

    Boards stay connected for the next time, and the current board stays the current one.

    Args:
        ctx: of the magic.
        names: of the boards: names, uids or urls; the one word `ALL` for all that are found.
        do: what is done; gets a context whose session is that of the board. What it writes stands in the
            board's block, what it returns in the table.
        heading: what it returns, for the head of the table; empty where it returns nothing.
        what: what is done, for the error.

    Returns:
        What became of each board, in their order; all went well.

    Raises:
        TargetsFailedError: it failed on some.
        KeyboardInterrupt: it was interrupted on some.
        DeviceNotFoundError: there is no board.
        UsageError: two names mean one board.
    """
    ends = run_on(ctx, choose(ctx, names), partial(_in_second_half, do))
    show_ends(ctx, ends, heading)
    check_ends(ends, what)
    return ends


def choose(ctx: MagicContext, names: Sequence[str]) -> list[BoardOfGroup]:
    """Finds the boards that names mean, each once.

    Raises:
        DeviceNotFoundError: there is no board.
        UsageError: two names mean one board.
        ConfigError: a device file or the registry's file cannot be used.
    """
    if ALL in names and len(names) > 1:
        raise UsageError(f"'{ALL}' stands alone: it means each board that is found")
    if list(names) != [ALL]:
        return ctx.group.choose([WantedBoard(name, name) for name in names])
    rows = one_row_a_board(search(ctx).rows)
    if not rows:
        raise DeviceNotFoundError("")
    return ctx.group.choose([wanted(each.name, each.entry) for each in rows])


def one_row_a_board(rows: Sequence[Row]) -> list[Row]:
    """Leaves out all but the first address of each board."""
    kept: dict[str, Row] = {}
    for each in rows:
        kept.setdefault(each.entry.uid or each.entry.url, each)
    return list(kept.values())


def run_on(
    ctx: MagicContext, boards: Sequence[BoardOfGroup], do: Callable[[MagicContext], Halves[T]]
) -> list[BoardEnd[T]]:
    """Connects boards and does something on each, all at the same time; see `MagicContext.on_boards`."""
    connector = _Connector()
    by_session = {id(board.session): board for board in boards}

    def do_one(own: MagicContext) -> Halves[T]:
        try:
            connector.connect(by_session[id(own.session)], own)
            with own.session.holding():
                return (yield from do(own))
        except (IoTKernelError, OSError) as error:
            if not is_interrupt(error):
                own.err(error_text(error))
            raise

    return ctx.on_boards(boards, do_one)


def _in_second_half(do: Callable[[MagicContext], T], own: MagicContext) -> Halves[T]:
    """Does all of it in the second half: most of the time it waits."""
    yield
    own.check()
    return do(own)


class _Connector:
    """Connects the boards of one magic; one search serves all of them."""

    def __init__(self) -> None:
        self._search_lock = threading.Lock()
        self._found: Discovery | None = None

    def connect(self, board: BoardOfGroup, own: MagicContext) -> None:
        """Connects a board, and its lost link again; ``own`` is the board's context."""
        if board.is_known:
            try:
                board.session.device()
            except OtherBoardError:  # an earlier %connect, which this board has nothing to do with
                pass
            else:
                return
        finder = Finder(board.session, own.registry, partial(self._search, own))
        finder.connect(board.wanted.text, board.wanted.schemes)
        own.group.keep(board)

    def _search(self, own: MagicContext) -> Discovery:
        with self._search_lock:
            if self._found is None:
                self._found = search(own)
            return self._found


def show_ends(ctx: MagicContext, ends: Sequence[BoardEnd[object]], heading: str = "result") -> None:
    """Shows what became of each board.

    Args:
        ctx: of the magic.
        ends: of the boards.
        heading: of the column with what was returned; empty where there is none.
    """
    results = [Column(heading)] if heading else []
    columns = (Column("board", is_short=True), *results, Column("s", is_number=True), Column("error"))
    rows = [
        row(
            end.name,
            *([_short_result(end.value)] if heading else []),
            f"{end.seconds:.3f}",
            Cell("" if end.error is None else short_text(end.error), warning),
        )
        for end in ends
    ]
    show(ctx, Table(columns, rows, headings=plain))


def _short_result(value: object) -> str:
    return "" if value is None else printable(_first_line(str(value)), LONGEST_RESULT)


def _first_line(text: str) -> str:
    """The first line of what stands in a board's block as a whole, with ``…`` where more follows."""
    first, *others = text.splitlines() or [""]
    return f"{first} …" if others else first


def check_ends(ends: Sequence[BoardEnd[object]], what: str = "the cell") -> None:
    """Fails where something failed.

    Raises:
        KeyboardInterrupt: something was interrupted.
        TargetsFailedError: something failed.
    """
    failed = [end for end in ends if end.error is not None]
    if any(is_interrupt(end.error) for end in failed):
        raise KeyboardInterrupt
    if failed:
        raise TargetsFailedError([end.name for end in failed], len(ends), what)


def is_interrupt(error: BaseException | None) -> bool:
    """Whether something ended because the user stopped it."""
    is_theirs = isinstance(error, DeviceError | HostError) and str(error).startswith("KeyboardInterrupt")
    return isinstance(error, KeyboardInterrupt) or is_theirs


def error_text(error: BaseException) -> str:
    """How the error of one board looks among the outputs of the others, with its traceback."""
    if isinstance(error, HostError):
        return ""  # the cell shows it already
    if isinstance(error, DeviceNotFoundError):
        return f"No such device: {error.wanted}\n"
    if isinstance(error, DeviceError):
        return f"{error.traceback}\n"
    return f"{type(error).__name__}: {message(error)}\n"


def short_text(error: BaseException) -> str:
    """The error of one board in one line."""
    if is_interrupt(error):
        return "KeyboardInterrupt"
    if isinstance(error, DeviceError):
        return _first_line(str(error))
    return _first_line(error_text(error).strip()) or type(error).__name__
