"""``%stubs``: type stubs of the connected board's firmware, for completion and help."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from iot_kernel.errors import NotConnectedError
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.progress import Progress
from iot_kernel.packages import pip as pips
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.stubs import Stubs, are_there, arrange, stubs_directory, stubs_for
from iot_kernel.services.job import Job


@line_magic("stubs")
@argument("-U", "--upgrade", action="store_true", help="install them again, with the latest corrections")
def stubs(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Install type stubs for the connected device

    Stubs describe the modules of a firmware: with them, Tab and Shift-Tab also tell
    signatures, documentation, and what belongs to the results of calls. They come from
    PyPI, for the port and the version of the connected board, into a directory of their
    own. Names that the board itself tells need none.
    """
    device = ctx.session.device()
    about = device.info
    if about is None:
        raise NotConnectedError
    found = stubs_for(about.implementation, about.platform, about.version)
    if are_there(stubs_directory() / found.directory_name) and not args.upgrade:
        ctx.out(f"{found.names[0]} for {found.version} is installed ('%stubs -U' installs it again)\n")
        return
    if not _install(ctx, found, found.requirements):
        if not _install(ctx, found, list(found.names)):
            raise PackageError(found.names[0], "PyPI has no such package")
        ctx.err(f"there is no {found.names[0]} for {found.version} (yet): the latest one takes its place\n")
    ctx.out(f"Installed {found.names[0]} for {found.version}\n")


def _install(ctx: MagicContext, stubs: Stubs, requirements: list[str]) -> bool:
    """Installs packages in the place of what is there, whole or not at all.

    Returns:
        Whether the index has them.
    """
    place = stubs_directory() / stubs.directory_name
    place.parent.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=place.parent) as directory:
        new = Path(directory) / "new"
        job = Job(pips.command(requirements, new), said.append, environment=pips.ENVIRONMENT)
        waiting = Progress(ctx, f"installing {stubs.names[0]}", keep=False)
        with waiting, ctx.interruptible(job.stop):
            returncode = job.run()
        if returncode:
            text = "".join(said)
            if pips.is_unknown(text):
                return False
            raise pips.failure(requirements, text)
        if not are_there(new):
            raise PackageError(stubs.names[0], "the package has no stubs in it")
        arrange(new)
        if place.exists():
            place.rename(Path(directory) / "old")
        new.rename(place)
    return True
