"""Magics that move variables between board, host and storage."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial

from iot_kernel.errors import UsageError
from iot_kernel.magics import progress
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.progress import Progress, TransferProgress
from iot_kernel.text import byte_count
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.encoding import Encoded
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.host_side import HostVariables
from iot_kernel.values.paths import checked_name
from iot_kernel.values.transfer import Values


@line_magic("push")
@argument(
    "names",
    takes=Takes.HOST_VARIABLE,
    nargs="+",
    metavar="NAME",
    help="a variable of the host; NAME as OTHER renames it",
)
def push(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Copy variables from the host to the microcontroller

    %push a b               a and b of %%host cells become variables of the board
    %push samples as data   under another name

    Numbers, text, bytes, None and lists, tuples, sets and dictionaries of them arrive
    as they are; floats are rounded to the precision of the board. A numpy array
    becomes an array.array, one with more dimensions a list of those. Where the board
    has ulab, it becomes an ndarray.
    """
    pairs = _pairs(args.names)
    mover = _Mover(ctx)
    for name, target in pairs:
        mover.to_board(name, target, mover.host.get)


@line_magic("pull")
@argument(
    "names",
    takes=Takes.BOARD_VARIABLE,
    nargs="+",
    metavar="NAME",
    help="a variable of the board; NAME as OTHER renames it",
)
def pull(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Copy variables from the microcontroller to the host

    %pull a b               a and b of the board become variables of %%host cells
    %pull data as samples   under another name

    Arrays of the board (array.array, and ndarray of ulab) become numpy arrays.
    """
    pairs = _pairs(args.names)
    mover = _Mover(ctx)
    for name, target in pairs:
        mover.host.set(target, mover.from_board(name), name)


@line_magic("store", everywhere=False)
@argument(
    "-d",
    "--delete",
    takes=Takes.STORED_VARIABLE,
    nargs="+",
    default=[],
    metavar="NAME",
    help="remove variables from storage",
)
@argument(
    "-r",
    "--refresh",
    takes=Takes.STORED_VARIABLE,
    nargs="*",
    metavar="NAME",
    help="copy from storage to the board; all by default",
)
@argument("-z", "--clear", action="store_true", help="remove all variables from storage")
@argument(
    "names",
    takes=Takes.BOARD_VARIABLE,
    nargs="*",
    metavar="NAME",
    help="copy from the board to storage",
)
def store(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Copy variables between microcontroller and storage

    %store            list what is in storage
    %store a b        copy a and b from the board to storage
    %store -r a b     copy a and b from storage to the board
    %store -d a       remove a from storage
    %store -z         remove everything from storage

    The storage is that of IPython's own %store, which %%host cells have, and of all
    notebooks. What can be copied is told by '%push -h' and '%pull -h'.
    """
    _check_one_thing(args)
    mover = _Mover(ctx)
    names = [checked_name(name) for name in args.names]
    if args.delete:
        mover.host.forget(args.delete)
    if args.clear:
        mover.host.clear()
    if args.refresh is not None:
        _refresh(ctx, mover, [checked_name(name) for name in args.refresh])
    for name in names:
        mover.host.store(name, mover.from_board(name))
    if not (names or args.delete or args.clear or args.refresh is not None):
        _list(ctx, mover.host)


def _check_one_thing(args: argparse.Namespace) -> None:
    """Refuses several things at once: one that fails would leave the storage half changed, or empty.

    Raises:
        UsageError: more than one is asked for.
    """
    asked = {
        "-z": args.clear,
        "-d": bool(args.delete),
        "-r": args.refresh is not None,
        "names to copy": bool(args.names),
    }
    first, *others = [*(what for what, is_asked in asked.items() if is_asked), ""]
    if any(others):
        raise UsageError(f"%store: error: {first} is not allowed with {others[0]}; use a line for each")


def _refresh(ctx: MagicContext, mover: _Mover, names: Sequence[str]) -> None:
    """Copies from storage to the board; of all there is, what can be."""
    for name in names:
        mover.to_board(name, name, mover.host.load)
    if names:
        return
    for name, _ in mover.host.stored():
        try:
            mover.to_board(checked_name(name), name, mover.host.load)
        except (UnmovableValueError, UsageError) as error:
            ctx.err(f"not copied: {error}\n")


def _list(ctx: MagicContext, host: HostVariables) -> None:
    rows = host.stored()
    width = max((len(name) for name, _ in rows), default=0)
    for name, text in rows:
        ctx.out(f"{name:{width}} -> {text}\n")
    if not rows:
        ctx.err("storage is empty\n")


class _Mover:
    """Moves values between the connected board and the host.

    Args:
        ctx: of the magic.
    """

    def __init__(self, ctx: MagicContext) -> None:
        self._ctx = ctx
        self.host = HostVariables(ctx.ask_host)

    def from_board(self, name: str) -> bytes:
        """Returns a variable of the board."""
        values = Values(self._ctx.session.device())
        what = f"copying {name}"
        with Progress(self._ctx, what, patience=progress.TRANSFER_PATIENCE) as line:
            return values.pull(name, lambda done: line.update(f"{what}: {byte_count(done)}"))

    def to_board(self, name: str, target: str, get: Callable[[str, Ulab | None], Encoded]) -> None:
        """Sets a variable of the board.

        Args:
            name: of what the host has.
            target: the variable.
            get: how to get what the host has, in a form for the board's ulab.
        """
        values = Values(self._ctx.session.device())
        encoded = values.fitting(partial(get, name))
        with TransferProgress(self._ctx, f"copying {name}", len(encoded.data)) as line:
            values.push(target, encoded.data, line.update)


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Reads ``a b as c``, with or without commas, as pairs of names."""
    names = " ".join(words).replace(",", " ").split()
    pairs: list[tuple[str, str]] = []
    while names:
        name = target = checked_name(names.pop(0))
        if names[:1] == ["as"]:
            if len(names) < 2:
                raise UsageError("a name is missing behind 'as'")
            target = checked_name(names[1])
            del names[:2]
        pairs.append((name, target))
    return pairs
