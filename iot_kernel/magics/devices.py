"""%connect, %disconnect, %name, %uid and %info: the board that is connected, and connecting another."""

from __future__ import annotations

import argparse

from iot_kernel.boards.publishing import withdraw_at_once
from iot_kernel.device.device import Device
from iot_kernel.errors import ConfigError, NotConnectedError, UsageError
from iot_kernel.files.shadowing import shadowing
from iot_kernel.magics.colours import banner, label, plain, title, warning
from iot_kernel.magics.file_rows import disk_line, shadows_line
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.on_option import on_option
from iot_kernel.magics.pipes import summary
from iot_kernel.magics.search import finder
from iot_kernel.magics.tables import Cell, Column, Note, Shown, Table, row, show
from iot_kernel.sync.listing import resource_rows
from iot_kernel.urls import is_url


def _current(ctx: MagicContext) -> Device:
    """The connected board, whether its link is up or not."""
    if ctx.session.current is None:
        raise NotConnectedError
    return ctx.session.current


@line_magic("connect", misused=lambda ctx, arguments: ctx.session.want(arguments))
@argument("-q", "--quiet", action="store_true", help="do not say what was connected")
@argument(
    "hostname",
    takes=Takes.BOARD,
    nargs="?",
    help="name, uid or url; by default the only board there is",
)
@argument(
    "schemes",
    takes=Takes.CONNECTION,
    nargs="*",
    help="kinds of connection to try, in this order: serial, ssh, ws, ...",
)
def connect(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Connect to device by name, uid, or url

    Does not reset the board. The connection holds, across cells, until another board
    is connected.

    %connect test-esp32                        by the name in a device file
    %connect test-esp32 ws                     the same board by WebREPL
    %connect serial:///dev/ttyACM0             by url
    %connect ssh://pi@bench/dev/ttyACM0        at another computer, by ssh
    %connect sim://                            a virtual board
    """
    if args.schemes and is_url(args.hostname):
        ctx.session.want(args.hostname)
        schemes = " ".join(args.schemes)
        raise UsageError(f"%connect: error: an address says already how to connect; leave out '{schemes}'")
    if args.hostname is None:
        device = finder(ctx).connect_the_only()
    else:
        device = finder(ctx).connect(args.hostname, args.schemes)
    if not args.quiet:
        ctx.out(banner(f"Connected to {ctx.session.name} @ {device.url}") + "\n")


@line_magic("disconnect")
@argument(
    "names", takes=Takes.BOARD, nargs="*", help="names, uids or urls; by default all that are connected"
)
def disconnect(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Let go of the connected devices, so that other programs can use them

    Without names, of the current one and of those that '%%connect --parallel' or '--on'
    has connected beside it.
    """
    ctx.session.check_free()
    boards = ctx.group.connected()
    if args.names:
        boards = [ctx.group.find(name) for name in args.names]
    if not boards:
        raise NotConnectedError
    withdraw_at_once(boards)
    for session in boards:
        name = session.name
        ctx.group.disconnect(session)
        ctx.out(f"Disconnected from {name}\n")


@line_magic("name")
def name(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Print the name of the currently connected device"""
    _current(ctx)
    ctx.out(f"{ctx.session.name}\n")


@line_magic("uid")
def uid(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Print the uid of the currently connected device"""
    info = _current(ctx).info
    ctx.out(f"{info.uid if info else ''}\n")


@line_magic("info")
@on_option
@argument("-v", "--verbose", action="store_true", help="list the files that belong on it")
def info(ctx: MagicContext, args: argparse.Namespace) -> str:
    """Summary about connected device

    With -v, also lists what '%rsync' has on the board: size, place there, place here.
    """
    device = ctx.session.device()
    about = device.info
    if about is None:
        raise NotConnectedError
    rows = {
        "name": ctx.session.name,
        "platform": about.platform,
        "implementation": about.implementation,
        "firmware": "µcore, which talks in messages" if about.talks_in_messages else "",
        "uid": about.uid,
        "url": device.url,
        "configuration": _configuration(ctx, about.uid),
        "version": about.version,
        "machine": about.machine,
        "pipes": summary(ctx.session.hub),
        "disk": disk_line(device.files),
        "shadows": shadows_line(shadowing(device, about.implementation)),
    }
    marks = {"shadows": warning}
    table = Table(
        (Column(width=15, gap=1, is_short=True), Column()),
        [row(Cell(key, label), Cell(value, marks.get(key, plain))) for key, value in rows.items() if value],
    )
    show(ctx, table, *(_resources(ctx, about.uid) if args.verbose else ()))
    return f"{about.implementation} {about.version}, {about.platform}"


def _resources(ctx: MagicContext, uid: str) -> list[Shown]:
    configuration = ctx.registry.configuration
    found = configuration.by_uid(uid) if uid else None
    rows = [row(*cells) for cells in resource_rows(found, configuration.places.projects)] if found else []
    columns = (
        Column("bytes", width=6, gap=1, is_number=True),
        Column("on the board", width=30, gap=1),
        Column("on this computer"),
    )
    return [Note("resources:", title), Table(columns, rows)] if rows else []


def _configuration(ctx: MagicContext, uid: str) -> str:
    """The file that describes a board, or what is wrong with the files; empty when none does."""
    try:
        found = ctx.registry.configuration.by_uid(uid) if uid else None
    except ConfigError as error:
        return str(error)
    return found.file.name if found else ""
