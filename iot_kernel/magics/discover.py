"""%discover, %register and %unregister: boards within reach, and which addresses to remember."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator

from iot_kernel.boards.scan import Row
from iot_kernel.device import board_lock
from iot_kernel.device.device import Device, DeviceInfo
from iot_kernel.discovery import serial_ports
from iot_kernel.errors import ConnectError, TransportError, UsageError
from iot_kernel.magics.colours import dim, label, title
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.search import remarks, search
from iot_kernel.magics.tables import Cell, Column, Note, Shown, Table, TableRow, row, show
from iot_kernel.urls import is_url

_ELSEWHERE = "not searched: other computers; %connect ssh://USER@HOST/dev/ttyACM0 connects a board there"


# No text beyond the summary: the help is the seed's, letter for letter.
@line_magic("discover")
@argument("-a", "--all", action="store_true", help="list all devices connected to USB ports")
@argument("-v", "--verbose", action="store_true", help="show uid")
@argument("-f", "--forget", action="store_true", help=argparse.SUPPRESS)
def discover(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Discover available devices"""
    if args.forget:
        ctx.registry.forget_all()
    if args.all:
        show(ctx, *_ports())
        return
    found = search(ctx, keep_line=True)
    boards = boards_table(found.rows, args.verbose) if found.rows else Note("No devices available")
    elsewhere = [] if found.rows or found.skipped else [Note(_ELSEWHERE, dim)]
    show(ctx, boards, *remarks(found, everything=args.verbose), *elsewhere)


def boards_table(rows: list[Row], verbose: bool) -> Table:
    """The boards that were found: name, address, with ``verbose`` the uid, and what else there is to say."""
    columns = [
        Column("name", is_short=True),
        Column("address"),
        Column("uid", is_short=True),
        Column(is_short=True),
    ]
    if not verbose:
        del columns[2]
    return Table(columns, [_board(found, verbose) for found in rows])


def _board(found: Row, verbose: bool) -> TableRow:
    note = [Cell(found.note, dim)] if found.note or not verbose else []
    return row(found.name, found.entry.url, *[found.entry.uid] * verbose, *note)


def _ports() -> Iterator[Shown]:
    columns = (Column(width=14, gap=1, is_short=True), Column())
    ports = serial_ports()
    for port in ports:
        yield Note(port.device, title)
        yield Table(columns, [row(Cell(name, label, 2), value) for name, value in port.attributes()])
        yield Note()
    if not ports:
        yield Note("No serial ports")


@line_magic("register")
@argument(
    "url",
    takes=Takes.ADDRESS,
    help="the board's address, e.g. ws://192.168.1.20:8266 or serial:///dev/ttyAMA1",
)
def register(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Register device

    Asks the board who it is, and remembers its address in this and all other notebooks.
    USB ports need no registration: %discover looks at them all.
    """
    if not is_url(args.url):
        raise UsageError(f"%register: error: expected an address such as ws://192.168.1.20, not '{args.url}'")
    if board_lock.holder(args.url):  # a kernel drives it: there is a board, and it must not be disturbed
        ctx.registry.register(args.url)
        return
    entry = ctx.registry.resolve(args.url)
    device = Device(entry.url, password=ctx.registry.password_for(entry))
    try:
        info = _ask(ctx, device)
    except ConnectError as error:
        raise ctx.registry.configuration.explained(error, entry.uid, by_hand=True) from error
    ctx.registry.remember(entry.url, info, serial_number=device.serial_number or "", by_hand=True)
    ctx.registry.register(entry.url)


def _ask(ctx: MagicContext, device: Device) -> DeviceInfo:
    """Asks a board who it is, without disturbing it, and lets it go again."""
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        device.close()

    with ctx.interruptible(stop):
        try:
            return device.open(interrupt=False)
        except TransportError:
            if stopped.is_set():
                raise KeyboardInterrupt from None
            raise
        finally:
            device.close()


@line_magic("unregister")
@argument("name", takes=Takes.KNOWN_BOARD, help="name, uid or url")
def unregister(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Unregister device

    It is not found again until it is registered, or connected by its url. A name or a
    uid means all addresses of the board.
    """
    ctx.registry.forget(args.name)
