"""Magics about pipes: which are open, and how they do."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iot_kernel.boards.publishing import publish_current, withdraw_at_once
from iot_kernel.errors import UsageError
from iot_kernel.magics.colours import banner, plain, warning
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.tables import Cell, Column, Note, Shown, Table, TableRow, row, show
from iot_kernel.pipes.hub import Hub, PipeInfo
from iot_kernel.text import byte_count, printable
from ukernel.pipes.framing import PipeError

if TYPE_CHECKING:
    from iot_kernel.boards.session import Session
    from iot_kernel.pipes.publisher import Publication

PUBLISH, UNPUBLISH = "publish", "unpublish"

_BOARD = Column("board", gap=3, is_short=True)

_COLUMNS = (
    Column("name", gap=3, is_short=True),
    *(
        Column(heading, gap=3, is_number=True)
        for heading in ("messages/s", "bytes/s", "messages", "bytes", "subscribers", "lost")
    ),
)


_PUBLISHED = (
    *(Column(heading, gap=3, is_short=True) for heading in ("published", "as", "at", "state")),
    *(Column(heading, gap=3, is_number=True) for heading in ("sent", "waiting", "lost")),
)


@line_magic("pipes")
@argument(
    "names",
    takes=(Takes.PIPE, PUBLISH, UNPUBLISH),
    nargs="*",
    metavar="name",
    help="list only these; all by default",
)
@argument("--as", dest="board", metavar="BOARD", help="what the board is called at the broker")
def pipes(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List the pipes that boards have open, or publish them at a broker

    Lists those of all boards that are connected, publishes those of the current one.
    With each: its rate over the last seconds, what has arrived since it was opened, how
    many subscribers it has, and how many messages were lost on the way.

    import ucore                               in a board cell
    adc = ucore.open_pipe("adc")

    from ukernel.pipes import collect          in a host cell, or any Python process
    collect("adc", n=100)

    %pipes publish adc mqtt://broker/prefix    at a broker; without a name, all pipes
    %pipes unpublish adc                       no more; without a name, none at all

    collect("adc", n=100, broker="mqtt://broker/prefix")     likewise, anywhere
    """
    match args.names:
        case ["publish", *names, broker] if "://" in broker:
            _publish(ctx, names, broker, args.board or "")
        case ["unpublish", *names]:
            _unpublish(ctx, names)
        case ["publish", *_]:
            raise UsageError(
                "%pipes: error: the address of the broker is missing, as in '%pipes publish adc mqtt://broker/prefix'"
            )
        case _:
            _list(ctx, args)


def _publish(ctx: MagicContext, names: list[str], broker: str, board: str) -> None:
    try:
        publisher = publish_current(ctx.session, names, broker, board)
    except (ImportError, ValueError, PipeError) as error:
        raise UsageError(f"%pipes: error: {error}") from error
    what = ", ".join(map(printable, names)) or "all pipes"
    closed = [printable(name) for name in names if ctx.session.hub.pipe(name) is None]
    later = f"; not open yet: {', '.join(closed)}" if closed else ""
    ctx.out(f"{what} of {printable(publisher.board)}: published at {publisher.address}{later}\n")


def _unpublish(ctx: MagicContext, names: list[str]) -> None:
    broker = names.pop() if names and "://" in names[-1] else None
    ended = withdraw_at_once(_sessions(ctx), names, broker)
    if not ended:
        raise UsageError("%pipes: error: this is not published; '%pipes' lists what is")
    for publication in ended:
        what = printable(publication.name) or "all pipes"
        ctx.out(f"{what} of {printable(publication.board)}: published no more at {publication.broker}\n")


def _sessions(ctx: MagicContext) -> list[Session]:
    """Those of all boards, the current one first; of a cell that runs on several boards at once, its own."""
    beside = [] if ctx.session.is_held else sorted(ctx.group.sessions, key=lambda session: session.name)
    return [ctx.session, *beside]


def _list(ctx: MagicContext, args: argparse.Namespace) -> None:
    found = [(session, info) for session in _sessions(ctx) for info in session.hub.pipes()]
    asked = [
        (session, info) for session, info in found if not args.names or _is_asked(args.names, session, info)
    ]
    if found:
        _check_names(
            args.names, [info.name for _, info in found], [f"{each.name}:{i.name}" for each, i in found]
        )
    boards = [session for session in _sessions(ctx) if session.current is not None]
    if not boards and not found:
        ctx.out("no pipe is open: no board is connected\n")
        return
    is_one = len(boards) <= 1
    title = _title(boards)
    blocks: list[Shown] = [Note(f"no pipe is open on {title}")]
    if asked:
        columns = _COLUMNS if is_one else (_BOARD, *_COLUMNS)
        rows = [_row(info, *([] if is_one else [printable(session.name)])) for session, info in asked]
        blocks = [Note(f"Pipes of {title}", banner), Table(columns, rows, plain)]
    blocks += [_damage(session, is_one=is_one) for session in boards if session.hub.damaged]
    published = [each for session in _sessions(ctx) for each in session.publications.listed()]
    if published:
        blocks.append(Table(_PUBLISHED, [_published_row(each) for each in published], plain))
    show(ctx, *blocks)


def _is_asked(names: Sequence[str], session: Session, info: PipeInfo) -> bool:
    return info.name in names or f"{session.name}:{info.name}" in names


def _check_names(names: Sequence[str], *known: Sequence[str]) -> None:
    """Makes sure that there are pipes of these names.

    Raises:
        UsageError: there is none of one of them.
    """
    missing = [name for name in names if not any(name in each for each in known)]
    if missing:
        opened = ", ".join(map(printable, dict.fromkeys(known[0])))
        what = f"no pipe '{printable(missing[0])}' is open; open are {opened}"
        raise UsageError(f"%pipes: error: {what}")


def _title(boards: Sequence[Session]) -> str:
    if len(boards) > 1:
        return f"{len(boards)} boards"
    [url] = [session.current.url for session in boards if session.current is not None] or [""]
    return f"{boards[0].name} @ {url}" if boards else "no board"


def _damage(session: Session, *, is_one: bool) -> Note:
    why = "something was printed in the middle of one, or the wire lost bytes"
    where = "" if is_one else f"{session.name}: "
    return Note(f"{where}{_frames(session.hub.damaged)} arrived damaged: {why}", warning)


def summary(hub: Hub) -> str:
    """The pipes in one line; empty where there is nothing to say."""
    infos, damaged = hub.pipes(), hub.damaged
    if not infos and not damaged:
        return ""
    lost = sum(info.lost for info in infos)
    return (
        f"{len(infos)} open, {lost} {'message' if lost == 1 else 'messages'} lost, {_frames(damaged)} damaged"
    )


def _frames(count: int) -> str:
    return f"{count} {'frame' if count == 1 else 'frames'}"


def _published_row(published: Publication) -> TableRow:
    lost = Cell(f"{published.lost}", warning if published.lost else plain)
    name, board = printable(published.name) or "all", printable(published.board)
    return row(
        name,
        board,
        published.broker,
        published.state,
        f"{published.sent}",
        byte_count(published.waiting),
        lost,
    )


def _row(info: PipeInfo, *board: str) -> TableRow:
    counts = (f"{info.messages}", byte_count(info.bytes), f"{info.subscribers}")
    lost = Cell(f"{info.lost}", warning if info.lost else plain)
    return row(*board, printable(info.name), f"{info.rate:.1f}", byte_count(info.byte_rate), *counts, lost)
