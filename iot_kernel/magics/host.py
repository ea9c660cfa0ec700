"""%cd, !, %%bash, %%host, %%ucore and %%writefile: this computer, and which side a cell runs on."""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path

from iot_kernel.files.host_files import host_path
from iot_kernel.magics.arguments import Split
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, cell_magic, line_magic
from iot_kernel.magics.scripts import conclude, run_script, script_arguments
from iot_kernel.services.errors import HostCommandError
from iot_kernel.services.shell import ShellJob
from iot_kernel.syntax.cell import CellMagic


@line_magic("cd")
@argument(
    "path",
    takes=Takes.HOST_DIRECTORY,
    nargs="?",
    default="~",
    help="new directory; home by default, - is the previous one",
)
def cd(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Change current working directory on host

    The directory holds for ! and %%bash, for host cells, and for relative paths in
    all magics. A ~ and $VARIABLES in the path are expanded.
    """
    wanted = Path(os.environ.get("OLDPWD", ".")) if args.path == "-" else host_path(args.path)
    target = wanted.resolve()
    with contextlib.suppress(FileNotFoundError):  # the present directory may have been removed
        os.environ["OLDPWD"] = str(Path.cwd())
    os.chdir(target)
    if ctx.host_started:
        ctx.run_host(f"__import__('os').chdir({str(target)!r})")
    ctx.out(f"cwd = {target}\n")


@line_magic("!", split=Split.NONE, everywhere=False)
@argument(
    "command",
    takes=Takes.SHELL_WORD,
    help="what bash runs; a backslash at its end continues it in the next line",
)
def shell(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Pass line to bash shell for evaluation

    Output appears as it comes, errors among it. A command that fails ends the cell;
    "! command || true" goes on.
    """
    job = ShellJob(args.command, ctx.out)
    with ctx.interruptible(job.stop):
        returncode = job.run()
    if returncode:
        raise HostCommandError(returncode)


@cell_magic("bash")
@script_arguments
def bash(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Pass cell to bash shell for evaluation

    Output appears as it comes, errors among it. The cell fails if the last command
    does; "set -e" stops at the first that does. An interrupt ends everything the
    script started. What it leaves running in the background (command &) lives on and
    goes on printing into this cell.
    """
    apart = args.out or args.err
    ended = run_script(ctx, args, lambda out, err: ShellJob(cell.body, out, err if apart else None))
    conclude(args, ended, "the shell command")


@cell_magic("host")
def host(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Pass cell to host (cPython) for evaluation."""
    ctx.run_host(cell.source)


@cell_magic("ucore")
def ucore(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Pass cell to the connected microcontroller for evaluation"""
    ctx.run_board(cell.body, cell.line)


@cell_magic("writefile")
@argument("-a", "--append", action="store_true", help="append to the file instead of replacing it")
@argument("path", takes=Takes.HOST_PATH, help="file on the host; its directory has to exist")
def writefile(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Write cell contents to file

    A ~ and $VARIABLES in the path are expanded.
    """
    path = host_path(args.path).absolute()
    text = cell.body if cell.body.endswith("\n") or not cell.body else f"{cell.body}\n"
    with path.open("a" if args.append else "w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(text)
    ctx.out(f"{'Appending to' if args.append else 'Writing'} {path}\n")
