"""Magics about the files of the connected board."""

from __future__ import annotations

import argparse
import errno
import re
from collections.abc import Callable, Sequence

from iot_kernel.api.copying import copy
from iot_kernel.errors import UsageError
from iot_kernel.files.copy_endpoints import BoardEndpoint, HostEndpoint
from iot_kernel.files.copy_plan import PathOnSide, plan
from iot_kernel.files.errnos import ENOENT, ENOTDIR, board_error
from iot_kernel.files.host_files import DIRECTORY
from iot_kernel.files.paths import name_of, parent
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.magics.colours import title
from iot_kernel.magics.file_rows import disk_notes, listing, rows, unlisted_line
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.on_option import on_option
from iot_kernel.magics.progress import TransferProgress
from iot_kernel.magics.tables import Note, TableRow, show
from iot_kernel.syntax.cell import Target
from iot_kernel.syntax.words import is_on_board, respelled, without_colon
from iot_kernel.text import SHOWN_PATH, printable

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def path_text(text: str) -> str:
    """Reads a path; an empty one names nothing, least of all the current directory."""
    if not text:
        raise argparse.ArgumentTypeError("a path cannot be empty")
    return text


def _paths(
    nargs: str, help_: str, takes: Takes = Takes.BOARD_PATH, **more: object
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a magic paths on the board as its arguments."""
    return argument("paths", takes=takes, type=path_text, metavar="path", nargs=nargs, help=help_, **more)


def _files(ctx: MagicContext) -> RemoteFiles:
    return ctx.session.device().files


def _board_paths(files: RemoteFiles, texts: Sequence[str]) -> list[str]:
    """The paths that a user means, in order and each once; a colon in front is allowed."""
    side = BoardEndpoint(files)
    found = [path for text in texts for path in _expanded(side, without_colon(text))]
    return list(dict.fromkeys(found))


def _expanded(side: BoardEndpoint, text: str) -> list[str]:
    """What one path means; with a slash behind it, a directory, as everywhere in POSIX.

    Raises:
        FileNotFoundError: nothing fits the wildcards.
        NotADirectoryError: there are only files.
    """
    paths = side.expand(text)
    if not text.endswith("/"):
        return paths
    found = [path for path, size in zip(paths, side.sizes(paths), strict=True) if size in {DIRECTORY, None}]
    if not found:
        raise board_error(ENOTDIR, f"{paths[0]}/")
    return found


@line_magic("cat", everywhere=False)
@_paths("+", "file on the board; may hold wildcards")
def cat(ctx: MagicContext, args: argparse.Namespace) -> None:
    r"""Output contents of file stored on microcontroller

    Bytes that are no text are shown as escapes, such as \x00. A name that begins with
    a dash is written ./-name, or behind --; [[] stands for a [.
    """
    files = _files(ctx)
    for path in _board_paths(files, args.paths):
        found = files.stat(path)
        size = found.size if found is not None else 0
        with TransferProgress(ctx, "reading", max(size, 0)) as progress:
            text = shown(files.read(path, progress.update))
        ctx.out(text if text.endswith("\n") or not text else f"{text}\n")


def shown(data: bytes) -> str:
    """The content of a file as text; where it is none, escapes stand for what cannot be shown."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode(errors="backslashreplace")
    else:
        if "\0" not in text:
            return text
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


@line_magic("cp")
@argument("-r", "--recursive", action="store_true", help="copy directories with all in them")
@argument(
    "sources",
    takes=Takes.EITHER_PATH,
    type=path_text,
    metavar="source",
    nargs="+",
    help="what to copy; may hold wildcards",
)
@argument("destination", takes=Takes.EITHER_PATH, help="where to; a directory, or the new name")
def cp(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Copy files between host and microcontroller

    A colon in front marks a path on the board. Paths without a slash in front
    count from its current directory, or from that of the kernel (%cd). Directories on
    the way to a file are made where they are missing, on both sides. A file is replaced
    when its new content has arrived as it was sent; until then it is the old one. A name
    that begins with a dash is written ./-name, or behind --; [[] stands for a [. Quotes
    and backslashes protect wildcards, ~, $NAME and the colon, as in a shell.

    %cp main.py :                     to the current directory, with its name
    %cp main.py :/lib/tool.py         with another name
    %cp *.py secrets.json :/app/      several files into a directory
    %cp -r lib :/                     a directory with all in it
    %cp :/log.csv .                   from the board
    %cp :data/*.csv ~/new/data/       wildcards work there, too
    %cp "my file.txt" :'my lib/'      quotes as in a shell, the colon in front of them
    %cp :main.py :backup.py           on the board
    """
    texts = [*args.sources, args.destination]
    if not any(map(is_on_board, texts)):
        if ctx.default_target is Target.HOST:
            ctx.run_host(" ".join(["%cp", *["-r"] * args.recursive, "--", *map(respelled, texts)]))
            return
        raise UsageError(_no_side(args))
    board, host = BoardEndpoint(_files(ctx)), HostEndpoint()

    def named(text: str) -> PathOnSide:
        return PathOnSide(board, without_colon(text)) if is_on_board(text) else PathOnSide(host, text)

    made = plan([named(text) for text in args.sources], named(args.destination), recursive=args.recursive)
    with TransferProgress(ctx, "copying", made.total) as progress:
        notes = copy(ctx.session, made, progress.update)
    for note in notes:
        ctx.err(f"{note}\n")


def _no_side(args: argparse.Namespace) -> str:
    """What to do where nothing says that a path is on the board."""
    name = f"%cp{' -r' * args.recursive}"
    if quoted := next((text for text in (*args.sources, args.destination) if text.startswith(":")), None):
        return (
            f"%cp: error: the colon of '{quoted}' is in quotes, and so part of a name of this computer; "
            f"a path on the board has it in front of them: :{respelled(quoted[1:])}"
        )
    first, there = args.sources[0], args.destination if args.destination != "." else ""
    return (
        "%cp: error: none of these is on the board: put a colon before the path that is "
        f"('{name} {first} :{there}' or '{name} :{first} {args.destination}'); '! cp' copies on this computer"
    )


@line_magic("mkdirs")
@_paths("+", "directory on the board", Takes.BOARD_DIRECTORY)
def mkdirs(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Create all directories on the microcontroller, as needed (similar to Linux mkdir -p)

    A name that begins with a dash is written ./-name, or behind --.
    """
    files = _files(ctx)
    for text in args.paths:
        files.mkdirs(files.absolute(without_colon(text)))


@line_magic("rm", everywhere=False)
@argument("-r", "--recursive", action="store_true", help="remove directories with all in them")
@argument("-f", "--force", action="store_true", help="remove empty directories too; ignore what is missing")
@_paths("*", "what to remove; may hold wildcards")
def rm(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Remove files on microcontroller

    Nothing is removed where one of the paths cannot be. The root and what is mounted
    below it (/flash, /sd) are never removed. A name that begins with a dash is written
    ./-name, or behind --; [[] stands for a [.

    %rm main.py
    %rm *.csv /lib/old.py
    %rm -r /lib/old              a directory with all in it
    """
    files = _files(ctx)
    if not args.paths and not args.force:
        raise UsageError("%rm: error: the following arguments are required: path")
    found = _removable(files, args)
    files.remove_files([path for path, size in found.items() if size != DIRECTORY])
    directories = [path for path, size in found.items() if size == DIRECTORY]
    if args.recursive:
        for path in directories:
            files.remove_tree(path)
    else:
        _remove_empty(files, directories)


def _remove_empty(files: RemoteFiles, directories: Sequence[str]) -> None:
    try:
        files.remove_directories(directories)
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        text = f"{error.strerror}; -r removes it with all in it"
        raise OSError(error.errno, text, error.filename) from None


def _removable(files: RemoteFiles, args: argparse.Namespace) -> dict[str, int]:
    """What to remove, by path with its size; raises where something is in the way."""
    paths: list[str] = []
    for text in args.paths:
        try:
            paths += _board_paths(files, [text])
        except FileNotFoundError:
            if not args.force:
                raise
    sizes = dict(zip(paths, BoardEndpoint(files).sizes(paths), strict=True))
    missing = next((path for path, size in sizes.items() if size is None), None)
    if missing is not None and not args.force:
        raise board_error(ENOENT, missing)
    found = {path: size for path, size in sizes.items() if size is not None}
    _check_directories(files, [path for path, size in found.items() if size == DIRECTORY], args)
    return found


def _check_directories(files: RemoteFiles, paths: Sequence[str], args: argparse.Namespace) -> None:
    if not paths:
        return
    if not args.recursive and not args.force:
        text = "it is a directory; -r removes it with all in it"
        raise IsADirectoryError(errno.EISDIR, text, f":{paths[0]}")
    mounts = files.listing("/").mounts if any(parent(path) == "/" for path in paths) else frozenset()
    for path in paths:
        if path == "/" or path in mounts:
            raise PermissionError(errno.EPERM, "the root of a file system is never removed", f":{path}")


@line_magic("rlist")
@on_option
@argument("-a", "--all", action="store_true", help="list names that begin with a dot, too")
@argument(
    "path",
    takes=Takes.BOARD_DIRECTORY,
    type=path_text,
    nargs="?",
    default="/",
    help="directory on the board; all by default",
)
def rlist(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List files on microcontroller

    Shows size and time of last change, as far as the board knows them, and in
    the end how much of its disk is free. A name that begins with a dash is written
    ./-name, or behind --.
    """
    files = _files(ctx)
    root = files.absolute(without_colon(args.path))
    try:
        tree = files.tree(root)
    except NotADirectoryError:
        raise NotADirectoryError(errno.ENOTDIR, "it is a file, which '%ls' lists", f":{root}") from None
    show(ctx, listing(rows(tree, root, everything=args.all)), *disk_notes(files, tree))
    ctx.err(unlisted_line(tree))


@line_magic("ls", everywhere=False)
@argument("-a", "--all", action="store_true", help="list names that begin with a dot, too")
@_paths("*", "file or directory, may hold wildcards; the current one by default", default=["."])
def ls(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List one directory on microcontroller

    %rlist lists what is below it, too. In a cell for the host, %ls is IPython's. A name
    that begins with a dash is written ./-name, or behind --; [[] stands for a [.
    """
    files = _files(ctx)
    paths = _board_paths(files, args.paths)
    single: list[TableRow] = []  # files that follow one another, which are one table
    for path, size in zip(paths, BoardEndpoint(files).sizes(paths), strict=True):
        if size not in {None, DIRECTORY}:
            single += rows(files.listing(parent(path)), parent(path), only=name_of(path))
            continue
        show(ctx, listing(single))
        single = []
        if size is None:
            raise board_error(ENOENT, path)
        heading = [*[Note()] * (path != paths[0]), Note(f"{printable(path, SHOWN_PATH)}:", title)]
        tree = files.listing(path)
        show(ctx, *heading * (len(paths) > 1), listing(rows(tree, path, everything=args.all)))
        ctx.err(unlisted_line(tree))
    show(ctx, listing(single))
