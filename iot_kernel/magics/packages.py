"""``%upip``: packages that are made for MicroPython, from the network to a board or a directory."""

from __future__ import annotations

import argparse
import os

from iot_kernel.api.installing import (
    InstallTarget,
    InstallWatch,
    board_target,
    find_and_fetch,
    imports_of,
    need_micropython,
    references,
)
from iot_kernel.errors import UsageError
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.on_option import on_option
from iot_kernel.magics.package_arguments import checked_operation, host_directory
from iot_kernel.magics.progress import Progress, TransferProgress
from iot_kernel.packages.destinations import HostDirectory
from iot_kernel.packages.fetched_files import FetchedFiles
from iot_kernel.packages.index import index_place
from iot_kernel.packages.install import Changes, make_changes
from iot_kernel.packages.resolve import Chosen
from iot_kernel.syntax.words import is_on_board
from iot_kernel.text import byte_count
from ukernel.directories import Places

_LISTED = "its packages are files on the board: '%rlist /lib' lists them"
_REMOVED = "its packages are files on the board: '%rm -r /lib/NAME' removes one"
_INSTEAD = {
    "list": _LISTED,
    "freeze": _LISTED,
    "show": _LISTED,
    "uninstall": _REMOVED,
    "remove": _REMOVED,
    "update": "'%upip install NAME' installs the latest version",
    "upgrade": "'%upip install NAME' installs the latest version",
    "download": "'%upip install -t DIR NAME' keeps a package on this computer",
}


def operation(text: str) -> str:
    """Reads what is to be done."""
    return checked_operation("%upip", text, _INSTEAD)


def no_list(_: str) -> str:
    """Refuses what pip would take.

    Raises:
        UsageError: always.
    """
    raise UsageError("%upip reads no files with lists of packages; write the names, with blanks between them")


@line_magic("upip")
@on_option
@argument("operation", takes="install", type=operation, help="install")
@argument("packages", takes=Takes.PACKAGE, nargs="+", help="names in the index, addresses, or files")
@argument(
    "-t",
    "--target",
    takes=Takes.TARGET_DIRECTORY,
    metavar="DIR",
    help="where to; by default the board's /lib",
)
@argument("--index", metavar="URL", help="use another index of packages")
@argument("--no-mpy", action="store_false", dest="mpy", default=None, help="install sources")
@argument("--mpy", action="store_true", help="install compiled files")
@argument("-r", "--requirement", type=no_list, help=argparse.SUPPRESS)
@argument("-U", "--upgrade", action="store_true", help=argparse.SUPPRESS)
def upip(ctx: MagicContext, args: argparse.Namespace) -> str:
    """Install MicroPython packages

    A package is
      NAME                         of the index micropython.org/pi/v2
      github:OWNER/REPO[/PATH]     also gitlab: and codeberg:
      https://HOST/PATH            of a package.json, its directory, or a module
      ./PATH                       likewise, on this computer
    and may end in @VERSION, or @BRANCH for a repository. What it depends on is
    installed too; files that are on the board already are left alone.

    Without -t, packages go to the first directory called lib in the board's sys.path,
    compiled (.mpy) to fit the board. -t :DIR names another directory of the board.
    -t DIR names a directory of this computer, relative to $IOT_PROJECTS, for %rsync;
    it gets sources, or with --mpy files for the connected board.

    ucore, the module of pipes, is installed as it came with this kernel; boards need it
    only for programs that run without a notebook, such as main.py.

    The index is the one of --index, else of the environment variable
    IOT_PACKAGE_INDEX, else micropython.org's.

    For example:

        %upip install urequests umqtt.simple
        %upip install aioble@0.5.0 --no-mpy
        %upip install github:peterhinch/micropython-mqtt@master
        %upip install -t libs logging
    """
    wanted = references(args.packages)
    index = index_place(args.index)
    files = vars(args).setdefault("files", FetchedFiles())  # of all boards: they get the same arguments
    target = _target(ctx, args, micropython=need_micropython(wanted))
    with Progress(ctx, "looking for packages", keep=False) as progress:
        changes = find_and_fetch(wanted, index, target, _watch(ctx, target, progress), files)
    with TransferProgress(ctx, "installing", changes.size) as transfer:
        make_changes(changes, target.directory, transfer.update)
    summary = _summary(changes)
    ctx.out("".join(f"{line}\n" for line in summary))
    return summary[-1]


def _target(ctx: MagicContext, args: argparse.Namespace, *, micropython: bool) -> InstallTarget:
    """Where the packages go.

    Raises:
        UsageError: to this computer, for several boards.
    """
    name = ctx.session.name
    if args.target is None or is_on_board(args.target):
        directory = None if args.target is None else args.target[1:]
        device = ctx.session.device()
        return board_target(device, directory, mpy=args.mpy, name=name, micropython=micropython)
    if args.on is not None:
        raise UsageError(f"-t {args.target} is a directory of this computer, which needs no --on")
    mpy = imports_of(ctx.session.device(), name=name).mpy if args.mpy else None
    places = Places.from_environment(os.environ)
    return InstallTarget(HostDirectory(host_directory(places, args.target), [places.secrets]), mpy)


def _watch(ctx: MagicContext, target: InstallTarget, progress: Progress) -> InstallWatch:
    def tell(chosen: Chosen) -> None:
        words = [chosen.name, *([chosen.version] if chosen.version else [])]
        ctx.out(f"Installing {' '.join(words)} from {chosen.origin} to {target.directory.title}\n")

    return InstallWatch(
        chosen=tell,
        note=lambda note: ctx.err(f"{note}\n"),
        fetched=lambda count, part: progress.update(f"fetching {count} files", part),
        interruptible=ctx.interruptible,
    )


def _summary(done: Changes) -> list[str]:
    lines = [f"Removed {path}, which would hide the compiled module" for path in done.hiding]
    words = [f"{_files(len(done.contents))} written ({byte_count(done.size)})"] if done.contents else []
    words += [f"{_files(done.unchanged)} there already"] if done.unchanged else []
    return [*lines, ", ".join(words) or "no files"]


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
