"""``%upip``: packages that are made for MicroPython, from the network to a board or a directory."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from iot_kernel.config.directories import Places
from iot_kernel.errors import UsageError
from iot_kernel.files.paths import normal
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.package_arguments import checked_operation, host_directory, index_place
from iot_kernel.magics.progress import Progress, TransferProgress
from iot_kernel.packages.destinations import BoardDirectory, Destination, HostDirectory
from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.packages.importing import Imports, ask_imports
from iot_kernel.packages.install import Changes, check, check_for_board, find_changes, make_changes
from iot_kernel.packages.references import IndexPackage, Reference, local_reference, parse_reference
from iot_kernel.packages.resolve import Chosen, IndexQuery, InstallPlan, resolve
from iot_kernel.packages.sources import Local, describing, is_module
from iot_kernel.syntax.words import expanded, is_on_board
from iot_kernel.text import SHOWN_PATH, byte_count, printable
from iot_kernel.ucore import installed, place

if TYPE_CHECKING:
    from iot_kernel.packages.download import Downloader

_CIRCUITPYTHON = (
    "this board runs CircuitPython, and these packages are for MicroPython. CircuitPython's are in its "
    "library bundle (circuitpython.org/libraries): '! circup install NAME' copies one to the CIRCUITPY drive "
    "(once before: '! pip install circup'), '%pip install adafruit-circuitpython-NAME' fetches one for %rsync"
)

#: The module of pipes, which no index has as this kernel needs it.
_UCORE = Local(str(place().parent), place().name)

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
    raise UsageError("%upip reads no lists of packages; name them, with blanks between")


@line_magic("upip")
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
def upip(ctx: MagicContext, args: argparse.Namespace) -> None:
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
    from iot_kernel.packages.download import Downloader  # Python's HTTP takes 10 ms of a kernel's start

    references = [_reference(text) for text in args.packages]
    index = index_place(args.index)
    target = _target(ctx, args, needs_micropython=any(one != _UCORE for one in references))
    wanted = IndexQuery(index, target.mpy)
    downloader = Downloader()
    progress = Progress(ctx, "looking for packages", keep=False)
    with progress, ctx.interruptible(downloader.stop):
        plan = _plan(ctx, references, wanted, downloader, target.directory)
        contents = _fetch(plan, downloader, progress)
    if _UCORE in references:
        contents[_UCORE.path] = installed(target.platform)
    for path, data in contents.items():
        target.check(plan, path, data)
    changes = find_changes(contents, target.directory)
    with TransferProgress(ctx, "installing", changes.size) as transfer:
        make_changes(changes, target.directory, transfer.update)
    ctx.out(_summary(changes))


@dataclass(frozen=True)
class _InstallTarget:
    """Where packages go, and for which board.

    Attributes:
        directory: where.
        mpy: for which ``sys.implementation._mpy`` they are; None for sources.
        imports: how the board imports, where the directory is the board's.
        platform: the board's ``sys.platform``, likewise.
    """

    directory: Destination
    mpy: int | None
    imports: Imports | None = None
    platform: str = ""

    def check(self, plan: InstallPlan, path: str, data: bytes) -> None:
        """Makes sure that a file is what it should be."""
        check(plan.files[path], data)
        if self.imports is not None:
            check_for_board(plan.files[path], data, self.imports.mpy)


def _target(ctx: MagicContext, args: argparse.Namespace, *, needs_micropython: bool) -> _InstallTarget:
    if args.target is None or is_on_board(args.target):
        imports = _ask_board(ctx, needs_micropython=needs_micropython)
        device = ctx.session.device()
        directory = BoardDirectory(device.files, _board_directory(imports, args.target))
        platform = device.info.platform if device.info is not None else ""
        return _InstallTarget(directory, None if args.mpy is False else imports.mpy, imports, platform)
    mpy = _ask_board(ctx).mpy if args.mpy else None
    places = Places.from_environment(os.environ)
    return _InstallTarget(HostDirectory(host_directory(places, args.target), [places.secrets]), mpy)


def _ask_board(ctx: MagicContext, *, needs_micropython: bool = True) -> Imports:
    device = ctx.session.device()
    if needs_micropython and device.info is not None and device.info.implementation == "circuitpython":
        raise PackageError(ctx.session.name, _CIRCUITPYTHON)
    return ask_imports(device)


def _board_directory(imports: Imports, target: str | None) -> str:
    if target is not None:
        if ".." in PurePosixPath(target[1:]).parts:
            raise UsageError(f"-t {target}: a directory of the board is named without '..'")
        return normal(target.removeprefix(":"))
    if imports.library is None:
        path = printable(", ".join(imports.path or ()), SHOWN_PATH)
        raise PackageError(
            "sys.path", f"the board looks for modules in no directory called lib ({path}); use -t :DIR"
        )
    return imports.library


def _reference(text: str) -> Reference:
    found = parse_reference(text)
    if found == IndexPackage("ucore"):
        return _UCORE
    return _existing(local_reference(str(expanded(text)))) if isinstance(found, Local) else found


def _existing(named: Local) -> Local:
    """A package or module of this computer, found before anything is announced.

    Raises:
        PackageNotFoundError: it is not there.
        PackageError: it is a file of another kind.
    """
    directory = Path(named.directory)
    if directory.name in {"", ".."} and not is_module(named):
        directory = directory.resolve()  # which has a name to show
    found = Local(str(directory), named.path)
    first = found if is_module(found) else describing(found)
    if Path(found.directory).is_file():
        what = "only modules (.py, .mpy) and packages (package.json) can be installed"
        raise PackageError(str(found), what)
    if not Path(str(first)).exists():
        raise PackageNotFoundError(str(first), "there is no such file on this computer")
    return found


def _plan(
    ctx: MagicContext,
    references: list[Reference],
    wanted: IndexQuery,
    downloader: Downloader,
    directory: Destination,
) -> InstallPlan:
    def tell(chosen: Chosen) -> None:
        words = [chosen.name, *([chosen.version] if chosen.version else [])]
        ctx.out(f"Installing {' '.join(words)} from {chosen.origin} to {directory.title}\n")

    plan = resolve(references, wanted, downloader.read, tell)
    for note in plan.notes:
        ctx.err(f"{note}\n")
    return plan


def _fetch(plan: InstallPlan, downloader: Downloader, progress: Progress) -> dict[str, bytes]:
    count = len(plan.files)
    data = downloader.read_all(
        [file.source for file in plan.files.values()],
        on_file=lambda fetched: progress.update(f"fetching {count} files", fetched / count),
    )
    return dict(zip(plan.files, data, strict=True))


def _summary(done: Changes) -> str:
    lines = [f"Removed {path}, which would hide the compiled module\n" for path in done.hiding]
    words = [f"{_files(len(done.contents))} written ({byte_count(done.size)})"] if done.contents else []
    words += [f"{_files(done.unchanged)} there already"] if done.unchanged else []
    return "".join(lines) + f"{', '.join(words) or 'no files'}\n"


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
