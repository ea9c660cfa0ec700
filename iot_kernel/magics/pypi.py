"""``%pip``: packages of PyPI, into a directory of this computer that %rsync copies to the board."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from iot_kernel.errors import UsageError
from iot_kernel.files.host_files import host_path
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.package_arguments import checked_operation, host_directory
from iot_kernel.packages import pip as pips
from iot_kernel.services.job import Job
from iot_kernel.syntax.words import is_on_board
from ukernel.directories import Places

_LIBS = "libs"  # in $IOT_PROJECTS
_PACKAGES = "what pip takes: names on PyPI, with versions; none is needed with -r"
_REQUIREMENTS = "install what a file lists, such as requirements.txt"


def operation(text: str) -> str:
    """Reads what is to be done."""
    libs = host_directory(Places.from_environment(os.environ), _LIBS)
    shown = str(libs) if shlex.quote(str(libs)) == str(libs) else f'"{libs}"'
    files = f"its packages are files in {libs} or the DIR of -t"
    listed = f"{files}: '! ls {shown}' lists them"
    removed = f"{files}: '! rm -r {shown}/NAME' removes one here, and then '%rsync' on the board"
    instead = {
        **dict.fromkeys(("list", "freeze", "show"), listed),
        **dict.fromkeys(("uninstall", "remove"), removed),
        **dict.fromkeys(("update", "upgrade"), "'%pip install NAME' installs the latest version"),
        "download": "'%pip install -t DIR NAME' keeps a package on this computer",
    }
    return checked_operation("%pip", text, instead)


class _Names(argparse.Action):
    """Words that may be missing, and may stand behind options; with ``*`` these would end them."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  argparse's own
        super().__init__(**{**options, "required": False})

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, values)


@line_magic("pip", everywhere=False)
@argument("operation", takes="install", type=operation, help="install")
@argument("packages", nargs="+", action=_Names, default=[], help=_PACKAGES)
@argument(
    "-t",
    "--target",
    takes=Takes.PROJECT_DIRECTORY,
    metavar="DIR",
    default=_LIBS,
    help="where to, on this computer",
)
@argument(
    "-r",
    "--requirement",
    takes=Takes.HOST_PATH,
    metavar="FILE",
    action="append",
    default=[],
    help=_REQUIREMENTS,
)
@argument("-U", "--upgrade", action="store_true", help=argparse.SUPPRESS)
def pip(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Install packages from PyPi

    The packages go to a directory of this computer, relative to $IOT_PROJECTS and by
    default libs; %rsync takes them from there to a board that has them among its
    resources. The directory is created if it does not exist. What they depend on
    is not installed: most of it is part of the firmware. You get the latest versions
    that fit, in place of earlier ones.

    Other options of pip are set by its variables, such as PIP_INDEX_URL or PIP_PRE, or
    in its configuration file.

    In a host cell, %pip is IPython's: it installs for Python on this computer.

    For example:

        %pip install adafruit-io Adafruit-BME280
        %pip install -t my_project/code/lib Adafruit-BME280
        %pip install -r requirements.txt
    """
    if is_on_board(args.target):
        raise UsageError(
            f"%pip installs on this computer; '%upip install -t {args.target}' or %rsync on the board"
        )
    files = [_requirements(text) for text in args.requirement]
    if not args.packages and not files:
        pip.parser.error("the following arguments are required: packages")
    places = Places.from_environment(os.environ)
    target = host_directory(places, args.target)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=target) as directory:
        _run_pip(ctx, args.packages, files, Path(directory))
        done = pips.deliver(Path(directory), target, [places.secrets])
    for path in done.compiled:
        ctx.err(f"{path} is machine code for this computer; no board can import it\n")
    for path in done.removed:
        ctx.out(f"Removed {path} of an earlier version\n")
    ctx.out(f"Installed to {target}: {', '.join(done.names)}\n" if done.names else "no packages\n")


def _requirements(text: str) -> str:
    """The file of this computer that somebody means, or the address of one.

    Raises:
        FileNotFoundError: it is not there.
    """
    if "://" in text:
        return text
    path = host_path(text)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or directory on this computer", str(path))
    return str(path)


def _run_pip(ctx: MagicContext, packages: list[str], files: list[str], directory: Path) -> None:
    said: list[str] = []

    def show(text: str) -> None:
        said.append(text)
        ctx.out(text)

    job = Job(pips.command(packages, directory, files), show, environment=pips.ENVIRONMENT)
    with ctx.interruptible(job.stop):
        returncode = job.run()
    if returncode:
        raise pips.failure([*packages, *files], "".join(said))
